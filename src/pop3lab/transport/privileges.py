"""Giving root up, for good."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

from pop3lab.core.errors import ConfigError


def is_root() -> bool:
    """Whether this process may do anything."""
    return os.geteuid() == 0


def check_root(name: str) -> None:
    """Raises ConfigError if there is nothing to give up. name: for whom."""
    if not is_root():
        raise ConfigError(f"run-as {name!r} needs root: start as root, or leave it out")


def give_up_root(name: str, uid: int, gid: int, groups: Sequence[int]) -> None:
    """Be this user in all threads from now on. Raises ConfigError: then nothing is to be served.

    name: what the user is called in an error.
    """
    try:
        os.setgroups(groups)  # while it may still be done, and the user last
        os.setgid(gid)
        os.setuid(uid)
    except OSError as error:
        raise ConfigError(f"run-as {name!r}: {error.strerror}") from error
    kept = set(os.getgroups()) - {gid, *groups}
    back: list[Callable[[int], None]] = [os.setuid, os.seteuid]
    if gid:
        back += [os.setgid, os.setegid]
    if kept or any(_obeyed(call) for call in back):
        raise ConfigError(f"run-as {name!r}: the process could regain root, so nothing is served")


def _obeyed(call: Callable[[int], None]) -> bool:
    try:
        call(0)
    except OSError:
        return False
    return True


# Importing now what is else imported at first use: the files may be out of reach by then.

# Of the standard library, imported by parts of it within functions.
_STANDARD = (
    "concurrent.futures.thread",
    "ctypes",
    "difflib",
    "encodings.ascii",
    "encodings.idna",
    "encodings.latin_1",
    "ipaddress",
    "json",
    "linecache",
    "socket",
    "stringprep",
    "tokenize",
    "traceback",
)


def import_all(packages: Iterable[str]) -> None:
    """Import these packages with all that is in them, and what they need of the standard library.

    Packages and modules that can't be imported, as an extra is not installed, are left out.
    """
    for module in _STANDARD:
        import_module(module)
    for package in packages:
        if _is_there(package):
            for module in (package, *_inside(package)):
                with suppress(ImportError):
                    import_module(module)


def _is_there(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ImportError:  # of what it is in
        return False


def _inside(package: str) -> Iterator[str]:
    """The names of its modules, those of its packages too."""
    with suppress(ImportError):
        for found in iter_modules(getattr(import_module(package), "__path__", ()), f"{package}."):
            if not found.name.endswith(".__main__"):
                yield found.name
                if found.ispkg:
                    yield from _inside(found.name)


def out_of_reach() -> str:
    """The folder with Python's own or our files that can't be read, if there is one."""
    places = (os.path.dirname(os.__file__), os.path.dirname(__file__))
    bad = [place for place in places if not os.access(place, os.R_OK | os.X_OK)]
    return next(iter(bad), "")
