"""A folder as a maildrop: each regular file whose name does not begin with a dot is a message."""

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


# Telling a Maildir from a folder of messages.

_FOLDERS = ("new", "cur")


def is_maildir(directory: int) -> bool:
    """Tell whether the open folder is a Maildir. Raises OSError.

    One that is still being made counts: it has new/ or cur/, and no message of its own.
    """
    there = sum(_is_folder(directory, name) for name in _FOLDERS)
    return there == len(_FOLDERS) or (there > 0 and not holds_messages(directory))


def holds_messages(directory: int) -> bool:
    """Tell whether the open folder has a regular file whose name does not begin with a dot."""
    with os.scandir(directory) as entries:
        return any(
            entry.name[0] != "." and entry.is_file(follow_symlinks=False) for entry in entries
        )


def _is_folder(directory: int, name: str) -> bool:
    """A link counts as a folder: opening it will say that links are not followed."""
    try:
        mode = os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(mode) or stat.S_ISLNK(mode)
