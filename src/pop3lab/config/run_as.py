"""The user that a server runs as, if it is started as root."""

import grp
import os
import pwd
from typing import NamedTuple

from pop3lab.core.errors import ConfigError


class Identity(NamedTuple):
    """A user of this machine, by numbers. name: as it was given."""

    name: str
    uid: int
    gid: int
    groups: tuple[int, ...]


def identity(text: str) -> Identity:
    """Parse `USER` or `USER:GROUP`, each a name or a number. Raises ConfigError.

    The groups are those of the user, and the given one.
    """
    user, colon, group = text.partition(":")
    found = _user(user, text)
    if found is None and not group:
        raise ConfigError(f"run-as {text!r}: user {user} has no name here: give {user}:GROUP")
    uid = found.pw_uid if found else int(user)
    if colon:
        gid = _group(group, text)
    else:
        assert found
        gid = found.pw_gid
    if uid == 0:
        raise ConfigError(f"run-as {text!r}: that is root: name another user")
    groups = os.getgrouplist(found.pw_name, gid) if found else [gid]
    return Identity(text, uid, gid, tuple(groups))


def _user(user: str, text: str) -> pwd.struct_passwd | None:
    """Return the user; None for a number without a name."""
    try:
        return pwd.getpwnam(user)
    except KeyError:
        pass
    if not _is_number(user):
        raise ConfigError(f"run-as {text!r}: there is no user {user!r} on this machine")
    try:
        return pwd.getpwuid(int(user))
    except KeyError:
        return None


def _group(group: str, text: str) -> int:
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        if _is_number(group):
            return int(group)
    raise ConfigError(f"run-as {text!r}: there is no group {group!r} on this machine")


def _is_number(text: str) -> bool:
    """Whether it is a valid id; the largest number means none."""
    return text.isascii() and text.isdecimal() and len(text) <= 10 and int(text) < 2**32 - 1


def check_port_file(path: str | None) -> None:
    """Raise ConfigError if the file can't be created, or removed at the end.

    It is the only file that the server opens only when it is ready.
    """
    folder = os.path.dirname(path or "") or "."
    if path is not None and not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(f"port-file {path!r}: let this user write into {folder!r}")
