"""Regular files of an open folder, known by number, size and times; links are never followed."""

import os
import stat
from typing import NamedTuple

from pop3lab.core.errors import StoreFailed
from pop3lab.stores.posix import O_NOFOLLOW

TIMESTAMP_RESOLUTION_NS = (
    20_000_000  # a change soon after another may leave a file's times as they are
)
OPEN_FOR_READING = os.O_RDONLY | O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class FileIdentity(NamedTuple):
    """A regular file as it was seen. A later one is equal if the file is the same, unchanged.

    ctime_ns: the only time that no program can set; 0 if it is not to be compared.
    """

    name: str
    inode: int
    octets: int
    mtime_ns: int
    ctime_ns: int = 0

    def without_ctime(self) -> "FileIdentity":
        """Return the identity without its ctime, which also changes with name, mode and owner."""
        return self._replace(ctime_ns=0)


def identify(
    directory: int, name: str, owner: int | None = None, linked: set[str] | None = None
) -> FileIdentity | None:
    """Return the regular file of this name, or None. Raises OSError.

    owner: the only user whose files may have hard links; None for anybody. linked: gets the name
    if the file has hard links.
    """
    try:
        status = os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return None
    if status.st_nlink > 1:
        if _is_anothers(status, owner):
            return None
        if linked is not None:
            linked.add(name)
    return _seen(name, status)


def is_foreign_hard_link(directory: int, name: str, owner: int | None) -> bool:
    """Tell whether `identify` ignores a file only for its hard links. Raises OSError."""
    try:
        status = os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return stat.S_ISREG(status.st_mode) and _is_anothers(status, owner)


def _is_anothers(status: os.stat_result, owner: int | None) -> bool:
    return owner is not None and status.st_nlink > 1 and status.st_uid != owner


def is_unchanged(directory: int, file: FileIdentity) -> bool:
    """Tell whether the file is still there as it was seen. Raises OSError."""
    try:
        status = os.stat(file.name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return _is(file, status)


def open_unchanged(directory: int, file: FileIdentity) -> int:
    """Open the file that was seen, for reading. Raises StoreFailed if it is another now."""
    try:
        descriptor = os.open(file.name, OPEN_FOR_READING, dir_fd=directory)
    except OSError as error:
        raise StoreFailed("the message can't be opened") from error
    try:
        check_unchanged(descriptor, file)
    except StoreFailed:
        os.close(descriptor)
        raise
    return descriptor


def check_unchanged(descriptor: int, file: FileIdentity) -> None:
    """Raise StoreFailed if the open file is not, or no longer, as it was seen."""
    try:
        same = _is(file, os.fstat(descriptor))
    except OSError as error:
        raise StoreFailed("the message can't be looked at") from error
    if not same:
        raise StoreFailed("the message has changed since login")


def close_all(*descriptors: int) -> None:
    """Close descriptors, ignoring errors: whatever was written has been flushed before."""
    for descriptor in descriptors:
        try:  # at each logout: suppress would take longer than closing
            os.close(descriptor)
        except OSError:
            pass


def _is(file: FileIdentity, status: os.stat_result) -> bool:
    return (
        status.st_ino == file.inode
        and status.st_mtime_ns == file.mtime_ns
        and status.st_size == file.octets
        and (not file.ctime_ns or status.st_ctime_ns == file.ctime_ns)
        and stat.S_ISREG(status.st_mode)
    )


def _seen(name: str, status: os.stat_result) -> FileIdentity | None:
    if not stat.S_ISREG(status.st_mode):
        return None
    return FileIdentity(name, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
