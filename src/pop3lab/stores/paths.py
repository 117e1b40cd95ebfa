"""What is at a path: a folder, a Maildir or an mbox file; and whether it may be a maildrop."""

import os
import re
import stat

from pop3lab.core.errors import ConfigError, NoMaildrop, StoreFailed
from pop3lab.core.maildrop import Store
from pop3lab.stores.file_store import OnDelete
from pop3lab.stores.folder import Folder
from pop3lab.stores.maildir import Maildir
from pop3lab.stores.mbox import Mbox
from pop3lab.stores.nearest import nearest

USER = "{user}"
_PLACEHOLDER = re.compile(r"\{([^{}/]*)\}")
_SCHEME = re.compile(r"([A-Za-z]+):(?!/[^/])")
_SCHEMES = ("gen", "memory")
_REPOSITORIES = (".git", ".hg", ".svn", ".bzr", ".jj")
_NO_MAILDROP = "there is no maildrop for this user"


def store_at(path: str, on_delete: OnDelete) -> Store:
    """The store of the folder, Maildir or mbox file that is there."""
    if not os.path.isdir(path):
        if on_delete == "trash":
            raise StoreFailed("an mbox file has no trash")
        return Mbox(path, on_delete=on_delete)
    if all(os.path.isdir(os.path.join(path, name)) for name in ("new", "cur")):
        return Maildir(path, on_delete=on_delete)
    return Folder(path, on_delete=on_delete)


def check_path(path: str, on_delete: OnDelete) -> None:
    """Raises ConfigError if this can be no maildrop."""
    _check_text(path)
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError) as error:
        hint = _scheme_hint(path)
        raise ConfigError(f"TARGET {path!r} can't be opened: {_reason(error)}{hint}") from error
    if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
        raise ConfigError(f"TARGET {path!r} is neither a folder, nor a Maildir, nor an mbox file")
    if os.path.realpath(path) == "/":
        raise ConfigError(f"TARGET {path!r} is the root of all files, no maildrop")
    if stat.S_ISDIR(mode):
        _check_folder(path, on_delete)
    else:
        _check_mbox(path, on_delete)


def _check_folder(path: str, on_delete: OnDelete) -> None:
    if not os.access(path, os.R_OK | os.X_OK):
        raise ConfigError(f"TARGET {path!r} is not readable")
    if on_delete == "hide":
        return
    if not os.access(path, os.W_OK):
        raise ConfigError(f"TARGET {path!r} is not writable, as deleting needs it")
    _check_precious(path)


def _check_mbox(path: str, on_delete: OnDelete) -> None:
    if on_delete == "trash":
        raise ConfigError(f"TARGET {path!r} is an mbox file and has no trash; use unlink or hide")
    if not os.access(path, os.R_OK | os.W_OK):
        raise ConfigError(f"TARGET {path!r} is not readable and writable, as locking it needs")


def _check_text(path: str) -> None:
    if not path or "\0" in path:
        raise ConfigError(f"TARGET {path!r} is no path")
    for word in _PLACEHOLDER.findall(path):
        if word != "user":
            hint = nearest(word, ["user"]).replace("user", USER)
            raise ConfigError(f"{{{word}}} in TARGET {path!r} stands for nothing{hint}")


def _scheme_hint(path: str) -> str:
    match = _SCHEME.match(path)
    if match is None:
        return ""
    known = "; besides paths there are gen:SEED and memory:"
    return nearest(match[1], _SCHEMES).replace("?", ":?") or known


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _check_precious(path: str) -> None:
    real = os.path.realpath(path)
    if real == os.path.realpath(os.path.expanduser("~")):
        what = "is your home folder"
    elif any(os.path.lexists(os.path.join(real, name)) for name in _REPOSITORIES):
        what = "is a repository of a version control system"
    else:
        return
    raise ConfigError(
        f"TARGET {path!r} {what}, whose files a client could delete;"
        " --on-delete hide leaves them alone"
    )


def check_template(template: str, on_delete: OnDelete) -> None:
    """Raises ConfigError if `{user}` in this can't stand for anything."""
    _check_text(template)
    place, _ = _split(template)
    if not os.path.isdir(place):
        raise ConfigError(f"TARGET {template!r}: there is no folder {place!r} with the users in it")
    if not os.access(place, os.R_OK | os.X_OK):
        raise ConfigError(f"TARGET {template!r}: the folder {place!r} is not readable")


def _split(template: str) -> tuple[str, list[str]]:
    """The folder before the first part with `{user}` in it, and the parts from there on."""
    parts = template.split("/")
    first = next(number for number, part in enumerate(parts) if USER in part)
    place = "/".join(parts[:first]) or ("/" if first else ".")
    return place, [part for part in parts[first:] if part]


def store_of(template: str, user: str, on_delete: OnDelete) -> Store:
    """The store of this user. Raises StoreFailed if there is none."""
    path, parts = _split(template)
    for part in parts:
        path = os.path.join(path, _listed(path, part, user) if USER in part else part)
    try:
        mode = os.stat(path, follow_symlinks=False).st_mode
    except OSError as error:
        raise NoMaildrop(_NO_MAILDROP) from error
    if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
        raise NoMaildrop(_NO_MAILDROP)
    return store_at(path, on_delete)


def _listed(folder: str, part: str, user: str) -> str:
    """The name for this user, from the list of the folder. Hidden ones are nobody's."""
    wanted = part.replace(USER, user)
    try:
        names = os.listdir(folder)
    except OSError as error:
        raise NoMaildrop(_NO_MAILDROP) from error
    for name in names:
        if name == wanted and user and not name.startswith("."):
            return _no_link(folder, name)
    raise NoMaildrop(_NO_MAILDROP)


def _no_link(folder: str, name: str) -> str:
    if os.path.islink(os.path.join(folder, name)):
        raise NoMaildrop(_NO_MAILDROP)
    return name
