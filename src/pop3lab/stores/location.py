"""Where a maildrop is: a name in a folder, which is opened anew at each login.

What the operator wrote is opened as it is. What stands behind it may be in a user's hand: there, no
link is followed, at no time, as each part is opened relative to the one before.
"""

import errno
import os
import stat
import sys
from collections.abc import Sequence
from typing import Protocol

from pop3lab.core.errors import StoreFailed

_READ = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_PASS = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC  # needs x only
_ONE_CALL = sys.platform == "linux"


class Location(Protocol):
    """A maildrop's name, and the folder that has it."""

    @property
    def name(self) -> str:
        """The last part: of the mbox file, or of the folder with the messages."""

    def open_folder(self) -> int:
        """A descriptor, for reading, of the folder in which the name is. Raises OSError."""

    def open(self) -> int:
        """A descriptor, for reading, of the folder that has this name. Raises OSError."""

    def owner(self, directory: int) -> int | None:
        """The only user whose files in this folder may have other names elsewhere; None: anybody's
        may. directory: as open opened it. Raises OSError.
        """  # noqa: D205 - one sentence

    def check_file(self, folder: int, file: int) -> None:
        """Raises StoreFailed if the open file may be another user's, under a name that was made
        for it here. folder: as open_folder opened it. Raises OSError.
        """  # noqa: D205 - one sentence


class AtPath:
    """A path as it was written, links and all."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._folder, self.name = os.path.split(path)

    def open_folder(self) -> int:
        """Raises OSError."""
        return os.open(self._folder or ".", _READ)

    def open(self) -> int:
        """Raises OSError."""
        return os.open(self._path, _READ)

    def owner(self, directory: int) -> int | None:
        """Files may have any names."""
        return None

    def check_file(self, folder: int, file: int) -> None:
        """Files may have any names."""


class Beneath:
    """Parts beneath a place. The place is opened as it was written; behind it no link is followed.

    A refusal says which part was the link. users: the last so many parts are a user's, who could
    also give a file of another user a second name there: such a file is refused. It is known by its
    owner, who is not the owner of the user's folder; in a folder that is nobody's in particular,
    by its second name alone, if anybody may make names there.
    """

    def __init__(self, place: str, parts: Sequence[str], *, users: int = 0) -> None:
        """place: the path of a folder. parts: at least one, none of them empty, `.` or `..`."""
        self._place = place
        self._parts = tuple(parts)
        self._users = users
        self.name = self._parts[-1]

    def open_folder(self) -> int:
        """Raises OSError."""
        return open_beneath(self._place, self._parts[:-1])

    def open(self) -> int:
        """Raises OSError."""
        return open_beneath(self._place, self._parts)

    def owner(self, directory: int) -> int | None:
        """The folder's own owner, if it is a user's. Raises OSError."""
        return os.fstat(directory).st_uid if self._users else None

    def check_file(self, folder: int, file: int) -> None:
        """Raises StoreFailed, OSError."""
        status = os.fstat(file)
        if not self._users or status.st_nlink <= 1:
            return
        above = os.fstat(folder)
        in_users = self._users > 1
        bad = status.st_uid != above.st_uid if in_users else above.st_mode & stat.S_IWOTH
        if bad:
            path = os.path.join(self._place, *self._parts)
            reason = OSError(errno.EPERM, "a second name, perhaps of another user's file", path)
            raise StoreFailed("the maildrop can't be opened") from reason


def open_beneath(place: str, parts: Sequence[str]) -> int:
    """A descriptor, for reading, of the folder at the end of the parts; no link is followed there.

    place: a folder, opened as it is. parts: none is empty, `.` or `..`. Raises OSError, which names
    the part that is not there, no folder, or a link (ELOOP).
    """
    if not parts:
        return os.open(place, _READ)
    top = os.open(place, _PASS)
    try:
        if _ONE_CALL:
            from pop3lab.stores.openat2 import open_in_one_call  # ctypes, not without need

            try:
                return open_in_one_call(top, "/".join(parts), _READ | os.O_NOFOLLOW)
            except OSError:
                pass  # the system has no such call; or, part by part, it is seen what is wrong
        return _open_part_by_part(top, place, parts)
    finally:
        os.close(top)


def _open_part_by_part(top: int, place: str, parts: Sequence[str]) -> int:
    *passed, last = parts
    path, here = place, os.dup(top)
    try:
        for part in passed:
            path = os.path.join(path, part)
            above, here = here, _open_part(here, part, _PASS, path)
            os.close(above)
        return _open_part(here, last, _READ, os.path.join(path, last))
    finally:
        os.close(here)


def _open_part(above: int, part: str, flags: int, path: str) -> int:
    try:
        return os.open(part, flags | os.O_NOFOLLOW, dir_fd=above)
    except OSError as error:
        if is_link(above, part):
            raise OSError(errno.ELOOP, "a link, which is not followed", path) from error
        raise OSError(error.errno, error.strerror, path) from error


def is_link(directory: int, name: str) -> bool:
    """Whether there is a link of this name."""
    try:
        mode = os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode
    except OSError:
        return False
    return stat.S_ISLNK(mode)
