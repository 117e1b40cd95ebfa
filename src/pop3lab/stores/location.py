"""Where a maildrop is: a name in a folder, which is opened anew at each login.

The part of a path that the operator wrote is opened as it is. What follows may be under a user's
control: there no link is ever followed, as each part is opened relative to the one before.
"""

import errno
import os
import stat
import sys
from collections.abc import Sequence
from typing import Protocol

from pop3lab.core.errors import ConfigError, StoreFailed
from pop3lab.stores.posix import O_DIRECTORY, O_NOFOLLOW

_READ = os.O_RDONLY | O_DIRECTORY | os.O_CLOEXEC
_PASS = getattr(os, "O_PATH", os.O_RDONLY) | O_DIRECTORY | os.O_CLOEXEC  # needs x only
_ONE_CALL = sys.platform == "linux"


class Location(Protocol):
    """A maildrop's name, and the folder that it is in. `str` of it is the path."""

    @property
    def name(self) -> str:
        """The last part of the path, the name of the mbox file or folder."""

    def stat(self) -> os.stat_result | None:
        """Return the status of what is there; None if only its folder is. Raises OSError."""

    def open_folder(self) -> int:
        """Open the folder that the name is in, for reading. Raises OSError."""

    def open(self) -> int:
        """Open the folder of this name, for reading. Raises OSError."""

    def owner(self, folder: os.stat_result) -> int | None:
        """Return the only user whose files in this folder may have hard links; None for anybody.

        folder: the status of what `open` returned.
        """

    def check_file(self, folder: int, file: int) -> None:
        """Raise StoreFailed if the open file may be a hard link to another user's file.

        folder: as `open_folder` returned it.
        """


class PathLocation:
    """A path as it was written. Links are followed."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._folder, self.name = os.path.split(path)

    def __str__(self) -> str:
        return self._path

    def stat(self) -> os.stat_result | None:
        """Raises OSError."""
        try:
            return os.stat(self._path)
        except FileNotFoundError:
            os.stat(self._folder or ".")
            return None

    def open_folder(self) -> int:
        """Raises OSError."""
        return os.open(self._folder or ".", _READ)

    def open(self) -> int:
        """Raises OSError."""
        return os.open(self._path, _READ)

    def owner(self, folder: os.stat_result) -> int | None:
        """Allow hard links of anybody."""
        return None

    def check_file(self, folder: int, file: int) -> None:
        """Allow hard links of anybody."""


class BeneathLocation:
    """Parts of a path beneath a base. The base is opened as written; no link beneath is followed.

    An error names the part that is a link. users: so many parts at the end are a user's, who could
    link another user's file there: such a file is refused. Its owner is not that of the user's
    folder; in a folder that is nobody's in particular, a second name is enough if anybody may make
    names there.
    """

    def __init__(self, base: str, parts: Sequence[str], *, users: int = 0) -> None:
        """base: the path of a folder. parts: at least one, none of them empty, `.` or `..`."""
        self._base = base
        self._parts = tuple(parts)
        self._users = users
        self.name = self._parts[-1]

    def __str__(self) -> str:
        return os.path.join(self._base, *self._parts)

    def stat(self) -> os.stat_result | None:
        """Raises OSError, ELOOP if it is a link."""
        folder = self._open(self._parts[:-1], _PASS)
        try:
            status = os.stat(self.name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return None
        finally:
            os.close(folder)
        if stat.S_ISLNK(status.st_mode):
            raise _not_followed(str(self))
        return status

    def open_folder(self) -> int:
        """Raises OSError."""
        return self._open(self._parts[:-1])

    def open(self) -> int:
        """Raises OSError."""
        return self._open(self._parts)

    def _open(self, parts: Sequence[str], flags: int = _READ) -> int:
        # Without users it is not worth importing ctypes; who watches folders has done so.
        at_once = _ONE_CALL and (self._users > 0 or "ctypes" in sys.modules)
        return _open_beneath(self._base, parts, flags, at_once=at_once)

    def owner(self, folder: os.stat_result) -> int | None:
        """Return the owner of the folder, if it is a user's."""
        return folder.st_uid if self._users else None

    def check_file(self, folder: int, file: int) -> None:
        """Raises StoreFailed."""
        status = os.fstat(file)
        if not self._users or status.st_nlink <= 1:
            return
        above = os.fstat(folder)
        in_users = self._users > 1
        bad = status.st_uid != above.st_uid if in_users else above.st_mode & stat.S_IWOTH
        if bad:
            what = "has several names, and may be another user's file"
            raise StoreFailed("the maildrop can't be opened") from OSError(
                errno.EPERM, what, str(self)
            )


def _open_beneath(
    base: str, parts: Sequence[str], flags: int = _READ, *, at_once: bool = False
) -> int:
    """Open the folder at the end of the parts, without following links.

    base: opened as it is. at_once: in one call, if the system has it. Raises OSError, which names
    the part that is missing, not a folder, or a link (ELOOP).
    """
    if not parts:
        return os.open(base, flags)
    top = None if base == "/" and at_once else os.open(base, _PASS)
    try:
        if at_once:
            from pop3lab.stores.openat2 import openat2  # ctypes, not without need

            try:
                return openat2(top, "/".join(parts), flags | O_NOFOLLOW)
            except OSError:
                pass  # the system has no such call; or, part by part, it is seen what is wrong
        if top is None:
            top = os.open(base, _PASS)
        return _open_part_by_part(top, base, parts, flags)
    finally:
        if top is not None:
            os.close(top)


def _open_part_by_part(top: int, base: str, parts: Sequence[str], flags: int) -> int:
    *passed, last = parts
    path, here = base, os.dup(top)
    try:
        for part in passed:
            path = os.path.join(path, part)
            above, here = here, open_subfolder(here, part, path, flags=_PASS)
            os.close(above)
        return open_subfolder(here, last, os.path.join(path, last), flags=flags)
    finally:
        os.close(here)


def open_subfolder(above: int, part: str, called: str = "", *, flags: int = _READ) -> int:
    """Open a folder in an open one. Raises OSError; ELOOP if it is a link.

    called: its name in the error.
    """
    try:
        return os.open(part, flags | O_NOFOLLOW, dir_fd=above)
    except OSError as error:
        if _is_link(above, part):
            raise _not_followed(called or part) from error
        raise OSError(error.errno, error.strerror, called or part) from error


def _is_link(directory: int, name: str) -> bool:
    try:
        mode = os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode
    except OSError:
        return False
    return stat.S_ISLNK(mode)


def _not_followed(path: str) -> OSError:
    return OSError(errno.ELOOP, "is a link, which is not followed", path)


# Paths with `{user}` in them, which stands for the name that logs in.

USER_PLACEHOLDER = "{user}"


class PathTemplate:
    """A path with `{user}` in one or more of its parts.

    base: the folder before the first of them. Links are followed up to there, and no further.
    """

    def __init__(self, text: str) -> None:
        """Raises ConfigError if a part after `{user}` is empty, `.` or `..`, or is hidden."""
        parts = text.rstrip("/").split("/")
        first = next(number for number, part in enumerate(parts) if USER_PLACEHOLDER in part)
        self.base = "/".join(parts[:first]) or ("/" if first else ".")
        self._parts = tuple(parts[first:])
        for part in self._parts:
            if part in ("", ".", ".."):
                raise ConfigError(
                    f"TARGET {text!r}: a part {part!r} behind {USER_PLACEHOLDER} would lead"
                    " elsewhere for some; write the path without it"
                )
            if USER_PLACEHOLDER in part and part.startswith("."):
                raise ConfigError(
                    f"TARGET {text!r}: {part!r} begins with a dot, and what is hidden is nobody's"
                )

    def location(self, user: str) -> "_UserLocation":
        """Return where this user's maildrop is, or is to be.

        Raises ValueError for a name that can't be part of a path, or would lead elsewhere.
        """
        named = {
            number: part.replace(USER_PLACEHOLDER, user)
            for number, part in enumerate(self._parts)
            if USER_PLACEHOLDER in part
        }
        os.fsencode(user)  # raises such an error as well
        if not user or not all(map(_is_name, named.values())):
            raise ValueError("the name can't be a part of a path")
        parts = [named.get(number, part) for number, part in enumerate(self._parts)]
        return _UserLocation(self.base, parts, named)


def _is_name(part: str) -> bool:
    """Tell whether it names a file. Hidden ones, with `.` and `..`, belong to nobody."""
    return "/" not in part and "\0" not in part and not part.startswith(".")


class _UserLocation(BeneathLocation):
    """A user's location. The user's name must be listed in its folder exactly as it is spelt.

    So another spelling that the file system takes for the same is another name.
    """

    def __init__(self, base: str, parts: list[str], named: dict[int, str]) -> None:
        """named: the parts that hold the user's name, by their places."""
        super().__init__(base, parts, users=len(parts))
        self._named = named
        self._at = base, parts
        self._is_listed = False  # it was, once

    def stat(self) -> os.stat_result | None:
        """Raises OSError."""
        status = super().stat()
        if status is None or self._is_listed:
            return status
        if not all(self._listed(number) for number in self._named):
            return None
        self._is_listed = True
        return status

    def _listed(self, number: int) -> bool:
        base, parts = self._at
        directory = _open_beneath(base, parts[:number])
        try:
            return self._named[number] in os.listdir(directory)
        finally:
            os.close(directory)
