"""Where the files of a maildrop are: one open folder, or several."""

import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple, Protocol

from pop3lab.core.errors import StoreFailed

# Regular files of a folder, named relative to its descriptor; links are never followed.

PIECE = 262_144  # octets that are read, and in memory, at a time
YOUNG_NS = 20_000_000  # a change soon after another may leave a file's times as they are
LOOK_ONLY = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class Regular(NamedTuple):
    """A regular file as it was seen; a later look is equal if it is that file, unchanged.

    ctime_ns: the only time that no program can set; 0 where it does not count.
    """

    name: str
    inode: int
    octets: int
    mtime_ns: int
    ctime_ns: int = 0

    def but_for_ctime(self) -> "Regular":
        """The same, whatever its ctime: that changes with each name, mode and owner, too."""
        return self._replace(ctime_ns=0)


def look(directory: int, name: str, owner: int | None = None) -> Regular | None:
    """The regular file of this name, or None if there is none. Raises OSError.

    owner: the only user whose files may have other names as well; None: anybody's may.
    """
    try:
        status = os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return None
    return None if _is_anothers(status, owner) else _seen(name, status)


def is_anothers(directory: int, name: str, owner: int | None) -> bool:
    """Whether look passes it over only since it has other names as well. Raises OSError."""
    try:
        status = os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return stat.S_ISREG(status.st_mode) and _is_anothers(status, owner)


def _is_anothers(status: os.stat_result, owner: int | None) -> bool:
    return owner is not None and status.st_nlink > 1 and status.st_uid != owner


def unchanged(directory: int, file: Regular) -> bool:
    """Whether the file is still there as it was seen. Raises OSError."""
    try:
        status = os.stat(file.name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return _is(file, status)


def open_same(directory: int, file: Regular) -> int:
    """A descriptor for reading the file that was seen. Raises StoreFailed if it is another now."""
    try:
        descriptor = os.open(file.name, LOOK_ONLY, dir_fd=directory)
    except OSError as error:
        raise StoreFailed("the message can't be opened") from error
    try:
        check_same(descriptor, file)
    except StoreFailed:
        os.close(descriptor)
        raise
    return descriptor


def check_same(descriptor: int, file: Regular) -> None:
    """Raises StoreFailed if the open file is not, or no longer, as it was seen."""
    try:
        same = _is(file, os.fstat(descriptor))
    except OSError as error:
        raise StoreFailed("the message can't be looked at") from error
    if not same:
        raise StoreFailed("the message has changed since login")


def close(*descriptors: int) -> None:
    """Close them. An error says nothing that matters: whatever was written has been flushed."""
    for descriptor in descriptors:
        with suppress(OSError):
            os.close(descriptor)


def _is(file: Regular, status: os.stat_result) -> bool:
    return (
        status.st_ino == file.inode
        and status.st_mtime_ns == file.mtime_ns
        and status.st_size == file.octets
        and (not file.ctime_ns or status.st_ctime_ns == file.ctime_ns)
        and stat.S_ISREG(status.st_mode)
    )


def _seen(name: str, status: os.stat_result) -> Regular | None:
    if not stat.S_ISREG(status.st_mode):
        return None
    return Regular(name, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


TRASH = ".pop3lab-trash"


class Found(NamedTuple):
    """A file that is as it was seen, where it is now."""

    directory: int
    file: Regular  # by its name there; its ctime is 0 if that was not compared


class MaildropFolder(Protocol):
    """The open folders of a maildrop. What is done with a file begins with its being found."""

    @property
    def root(self) -> int:
        """A descriptor of the folder that holds the lock, the journal and the trash."""

    @property
    def folders(self) -> Sequence[int]:
        """Descriptors of the folders that hold messages."""

    @property
    def trash(self) -> Sequence[str]:
        """The way from the root to the folder of what is deleted but kept."""

    def names(self) -> list[str]:
        """What may be messages, in their order. Raises OSError."""

    @property
    def stirred(self) -> bool:
        """Whether files may have other names by now, so that to find one takes a new list."""

    def key(self, name: str) -> str:
        """The part of a name that stays while other programs rename the file."""

    def where(self, name: str) -> tuple[int, str] | None:
        """The folder's descriptor and the name in it; None if a message can't be named so."""

    def look(self, name: str) -> Regular | None:
        """The regular file of this name, or None if there is none. Raises OSError."""

    def is_anothers(self, name: str) -> bool:
        """Whether it is a file that may be another user's, and so is none here. Raises OSError."""

    def find(self, file: Regular) -> Found | None:
        """The file, if it is there as it was seen. Raises OSError.

        If it has another name now, its ctime does not count: that changes with the name.
        """

    def inodes(self, file: Regular) -> list[int]:
        """Of all that has the file's name, or what stays of it, be it that file or another.

        None is left of a file that is gone. Raises OSError.
        """

    def open(self, file: Regular) -> int:
        """A descriptor for reading the file that was seen. Raises StoreFailed if it is another."""

    def close(self) -> None:
        """Close the descriptors, and so release the lock."""


def is_message(name: str) -> bool:
    """Whether a file of this name may be a message: it leads nowhere, and has no dot in front."""
    return name[:1] not in ("", ".") and "/" not in name and "\0" not in name


def listed(directory: int) -> list[str]:
    """All names in the open folder. Raises OSError.

    It is opened anew: where one descriptor is listed again, and could not be rewound, the list
    would be empty, and no error told.
    """
    again = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=directory)
    try:
        return os.listdir(again)
    finally:
        close(again)


def inode(directory: int, name: str) -> list[int]:
    """Of what has the name, if anything has. Raises OSError."""
    with suppress(FileNotFoundError):
        return [os.stat(name, dir_fd=directory, follow_symlinks=False).st_ino]
    return []


class SingleFolder:
    """One folder: every name without a dot in front may be a message, in byte-wise order."""

    trash = (TRASH,)

    def __init__(self, root: int, owner: int | None = None) -> None:
        """owner: see look of pop3lab.stores.maildrop_folder."""
        self.root = root
        self.folders = (root,)
        self._owner = owner

    def names(self) -> list[str]:
        """All that have no dot in front."""
        names = [name for name in listed(self.root) if name[0] != "."]
        names.sort(key=None if "".join(names).isascii() else os.fsencode)
        return names

    stirred = False

    def key(self, name: str) -> str:
        """The name itself: a file that is renamed is another message."""
        return name

    def where(self, name: str) -> tuple[int, str] | None:
        """In this folder only."""
        return (self.root, name) if is_message(name) else None

    def look(self, name: str) -> Regular | None:
        """The regular file of this name, or None. Raises OSError."""
        return look(self.root, name, self._owner)

    def is_anothers(self, name: str) -> bool:
        """Whether it has other names, and another owner than this folder. Raises OSError."""
        return is_anothers(self.root, name, self._owner)

    def find(self, file: Regular) -> Found | None:
        """Looked for under its name. Raises OSError."""
        return Found(self.root, file) if unchanged(self.root, file) else None

    def inodes(self, file: Regular) -> list[int]:
        """Of what has its name. Raises OSError."""
        return inode(self.root, file.name)

    def open(self, file: Regular) -> int:
        """A descriptor for reading it. Raises StoreFailed if it is another now."""
        return open_same(self.root, file)

    def close(self) -> None:
        """Close the folder."""
        close(self.root)
