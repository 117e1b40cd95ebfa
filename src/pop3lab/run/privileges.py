"""Giving root up, for good."""

import os
from collections.abc import Callable, Sequence

from pop3lab.core.errors import ConfigError


def is_root() -> bool:
    """Whether this process may do anything."""
    return os.geteuid() == 0


def check_root(name: str) -> None:
    """Raises ConfigError if there is nothing to give up. name: for whom."""
    if not is_root():
        raise ConfigError(f"run-as {name!r} needs root, to give it up: start as root, or without")


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
        raise ConfigError(f"run-as {name!r}: root could be had again, so nothing is served")


def _obeyed(call: Callable[[int], None]) -> bool:
    try:
        call(0)
    except OSError:
        return False
    return True
