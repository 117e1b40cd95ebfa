"""The open folder of a maildrop, or the several of a Maildir, and the files in them."""

import os
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple, Protocol

from pop3lab.stores.file_identity import (
    FileIdentity,
    close_all,
    identify,
    is_foreign_hard_link,
    is_unchanged,
    open_unchanged,
)

TRASH_FOLDER = ".pop3lab-trash"


class FoundFile(NamedTuple):
    """A file that is as it was seen, where it is now."""

    directory: int
    file: FileIdentity  # by its name there; its ctime is 0 if that was not compared


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
    def may_be_renamed(self) -> bool:
        """Whether files may have other names by now, so that to find one takes a new list."""

    def stable_name(self, name: str) -> str:
        """The part of a name that stays while other programs rename the file."""

    def locate(self, name: str) -> tuple[int, str] | None:
        """The folder's descriptor and the name in it; None if a message can't be named so."""

    def identify(self, name: str) -> FileIdentity | None:
        """The regular file of this name, or None if there is none. Raises OSError."""

    def is_foreign_hard_link(self, name: str) -> bool:
        """Whether it is a file that may be another user's, and so is none here. Raises OSError."""

    def find(self, file: FileIdentity) -> FoundFile | None:
        """The file, if it is there as it was seen. Raises OSError.

        If it has another name now, its ctime does not count: that changes with the name.
        """

    def inodes(self, file: FileIdentity) -> list[int]:
        """Of all that has the file's name, or what stays of it, be it that file or another.

        None is left of a file that is gone. Raises OSError.
        """

    def open(self, file: FileIdentity) -> int:
        """A descriptor for reading the file that was seen. Raises StoreFailed if it is another."""

    def close(self) -> None:
        """Close the descriptors, and so release the lock."""


def is_message_name(name: str) -> bool:
    """Whether a file of this name may be a message: it leads nowhere, and has no dot in front."""
    return name[:1] not in ("", ".") and "/" not in name and "\0" not in name


def list_names(directory: int) -> list[str]:
    """All names in the open folder. Raises OSError.

    It is opened anew: where one descriptor is listed again, and could not be rewound, the list
    would be empty, and no error told.
    """
    again = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=directory)
    try:
        return os.listdir(again)
    finally:
        close_all(again)


def inode_of(directory: int, name: str) -> list[int]:
    """Of what has the name, if anything has. Raises OSError."""
    with suppress(FileNotFoundError):
        return [os.stat(name, dir_fd=directory, follow_symlinks=False).st_ino]
    return []


class SingleFolder:
    """One folder: every name without a dot in front may be a message, in byte-wise order."""

    trash = (TRASH_FOLDER,)

    def __init__(self, root: int, owner: int | None = None) -> None:
        """owner: see `identify`."""
        self.root = root
        self.folders = (root,)
        self._owner = owner

    def names(self) -> list[str]:
        """All that have no dot in front."""
        names = [name for name in list_names(self.root) if name[0] != "."]
        names.sort(key=None if "".join(names).isascii() else os.fsencode)
        return names

    may_be_renamed = False

    def stable_name(self, name: str) -> str:
        """The name itself: a file that is renamed is another message."""
        return name

    def locate(self, name: str) -> tuple[int, str] | None:
        """In this folder only."""
        return (self.root, name) if is_message_name(name) else None

    def identify(self, name: str) -> FileIdentity | None:
        """The regular file of this name, or None. Raises OSError."""
        return identify(self.root, name, self._owner)

    def is_foreign_hard_link(self, name: str) -> bool:
        """Whether it has other names, and another owner than this folder. Raises OSError."""
        return is_foreign_hard_link(self.root, name, self._owner)

    def find(self, file: FileIdentity) -> FoundFile | None:
        """Looked for under its name. Raises OSError."""
        return FoundFile(self.root, file) if is_unchanged(self.root, file) else None

    def inodes(self, file: FileIdentity) -> list[int]:
        """Of what has its name. Raises OSError."""
        return inode_of(self.root, file.name)

    def open(self, file: FileIdentity) -> int:
        """A descriptor for reading it. Raises StoreFailed if it is another now."""
        return open_unchanged(self.root, file)

    def close(self) -> None:
        """Close the folder."""
        close_all(self.root)
