"""A folder as a maildrop: each regular file whose name begins with no dot is a message."""

import os
import stat
from collections.abc import Callable

from pop3lab.stores.file_store import FileStore, OnDelete
from pop3lab.stores.location import Location, PathLocation
from pop3lab.stores.maildrop_folder import SingleFolder
from pop3lab.stores.unique_ids import legal_uid

__all__ = ["FolderStore", "legal_uid"]


class FolderStore(FileStore):
    """One maildrop, whoever logs in; in byte-wise order of names, looked at anew at each login.

    verbatim: messages go out octet for octet, whatever their line ends.
    uid: makes a name a unique-id. on_delete: see FileStore. location: instead of the path.
    """

    def __init__(
        self,
        path: str,
        *,
        verbatim: bool = False,
        uid: Callable[[str], str] = legal_uid,
        on_delete: OnDelete = "unlink",
        location: Location | None = None,
    ) -> None:
        super().__init__(
            location or PathLocation(path),
            SingleFolder,
            verbatim=verbatim,
            uid=uid,
            on_delete=on_delete,
        )


# What an open folder is: a Maildir, or one with messages in it.

_FOLDERS = ("new", "cur")


def is_maildir(directory: int) -> bool:
    """Whether the open folder is a Maildir, also one that is still being made: it has new/ or cur/,
    and no message of its own. Raises OSError.
    """  # noqa: D205 - one sentence
    there = sum(_is_folder(directory, name) for name in _FOLDERS)
    return there == len(_FOLDERS) or (there > 0 and not holds_messages(directory))


def holds_messages(directory: int) -> bool:
    """Whether a regular file, whose name begins with no dot, is in the open folder."""
    with os.scandir(directory) as entries:
        return any(
            entry.name[0] != "." and entry.is_file(follow_symlinks=False) for entry in entries
        )


def _is_folder(directory: int, name: str) -> bool:
    """A link counts as what it stands for: that it is not followed is said when it is opened."""
    try:
        mode = os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(mode) or stat.S_ISLNK(mode)
