"""The open folder of a maildrop, or the several of a Maildir, and the files in them."""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, Protocol

from pop3lab.stores.file_identity import (
    FileIdentity,
    close_all,
    identify,
    is_foreign_hard_link,
    is_unchanged,
    open_unchanged,
)
from pop3lab.stores.posix import O_DIRECTORY

TRASH_FOLDER = ".pop3lab-trash"


class FoundFile(NamedTuple):
    """A file that is as it was seen, and where it is now."""

    directory: int
    file: FileIdentity  # by its name there; its ctime is 0 if that was not compared


class MaildropFolder(Protocol):
    """The open folder of a maildrop, or its several folders."""

    @property
    def root(self) -> int:
        """A descriptor of the folder that holds the lock, the journal and the trash."""

    @property
    def folders(self) -> Sequence[int]:
        """Descriptors of the folders that hold messages."""

    @property
    def parts(self) -> Mapping[str, int]:
        """Descriptors of the folders in which a change matters, the root first.

        By what stands before the names in them.
        """

    @property
    def linked(self) -> set[str]:
        """Names of files that had hard links when they were looked at."""

    @property
    def trash_path(self) -> Sequence[str]:
        """The path, from the root, of the folder for deleted messages that are kept."""

    def names(self) -> list[str]:
        """Return the names that may be messages, in order. Raises OSError."""

    @property
    def may_be_renamed(self) -> bool:
        """Whether files may have been renamed since, so that finding one takes a new list."""

    def stable_name(self, name: str) -> str:
        """Return the part of a name that stays when other programs rename the file."""

    def order(self, name: str) -> Any:
        """Return the key by which names are in order."""

    def is_part(self, name: str) -> bool:
        """Tell whether the root has a folder of this name that holds messages."""

    def locate(self, name: str) -> tuple[int, str] | None:
        """Return the folder's descriptor and the name in it; None if no message can have it."""

    def identify(self, name: str) -> FileIdentity | None:
        """Return the regular file of this name, or None. Raises OSError.

        It may have been renamed since it was listed.
        """

    def look(self, name: str) -> FileIdentity | None:
        """Return the regular file of exactly this name, or None. Raises OSError."""

    def is_foreign_hard_link(self, name: str) -> bool:
        """Tell whether it may be another user's file, and so is ignored. Raises OSError."""

    def find(self, file: FileIdentity) -> FoundFile | None:
        """Return the file if it is there as it was seen. Raises OSError.

        If it was renamed, its ctime is not compared: that changes with the name.
        """

    def inodes(self, file: FileIdentity) -> list[int]:
        """Return the inode of whatever has the file's stable name now. Raises OSError."""

    def open(self, file: FileIdentity) -> int:
        """Open the file that was seen, for reading. Raises StoreFailed if it is another now."""

    def close(self) -> None:
        """Close the descriptors, which releases the lock."""


def is_message_name(name: str) -> bool:
    """Tell whether a file of this name may be a message: no dot in front, and no path."""
    return name[:1] not in ("", ".") and "/" not in name and "\0" not in name


def list_names(directory: int) -> list[str]:
    """Return all names in the open folder. Raises OSError.

    The folder is opened anew: listing one descriptor twice, if rewinding failed, would return an
    empty list without an error.
    """
    again = os.open(".", os.O_RDONLY | O_DIRECTORY | os.O_CLOEXEC, dir_fd=directory)
    try:
        return os.listdir(again)
    finally:
        close_all(again)


def inode_of(directory: int, name: str) -> list[int]:
    """Return the inode of what has the name, if anything has. Raises OSError."""
    with suppress(FileNotFoundError):
        return [os.stat(name, dir_fd=directory, follow_symlinks=False).st_ino]
    return []


class SingleFolder:
    """One folder: each name without a dot in front may be a message, in byte-wise order."""

    trash_path = (TRASH_FOLDER,)

    def __init__(self, root: int, owner: int | None = None) -> None:
        """owner: see `identify`."""
        self.root = root
        self.folders = (root,)
        self.parts = {"": root}
        self.linked: set[str] = set()
        self._owner = owner

    def names(self) -> list[str]:
        """Return the names without a dot in front."""
        names = [name for name in list_names(self.root) if name[0] != "."]
        names.sort(key=None if "".join(names).isascii() else os.fsencode)
        return names

    may_be_renamed = False

    def stable_name(self, name: str) -> str:
        """Return the name itself: a renamed file is another message."""
        return name

    def order(self, name: str) -> bytes:
        """Return its octets."""
        return os.fsencode(name)

    def is_part(self, name: str) -> bool:
        """There is but one folder."""
        return False

    def locate(self, name: str) -> tuple[int, str] | None:
        """Return where this name is; None if it leads elsewhere."""
        return (self.root, name) if is_message_name(name) else None

    def identify(self, name: str) -> FileIdentity | None:
        """The regular file of this name, or None. Raises OSError."""
        return identify(self.root, name, self._owner, self.linked)

    look = identify

    def is_foreign_hard_link(self, name: str) -> bool:
        """Tell whether it has hard links, and another owner than this folder. Raises OSError."""
        return is_foreign_hard_link(self.root, name, self._owner)

    def find(self, file: FileIdentity) -> FoundFile | None:
        """Return the file if its name still has it. Raises OSError."""
        return FoundFile(self.root, file) if is_unchanged(self.root, file) else None

    def inodes(self, file: FileIdentity) -> list[int]:
        """Return the inode of what has its name. Raises OSError."""
        return inode_of(self.root, file.name)

    def open(self, file: FileIdentity) -> int:
        """Open it for reading. Raises StoreFailed if it is another now."""
        return open_unchanged(self.root, file)

    def close(self) -> None:
        """Close the folder."""
        close_all(self.root)
