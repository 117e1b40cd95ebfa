"""What is at a location: a folder, a Maildir or an mbox file."""

import errno
import os
import stat
from enum import Enum

from pop3lab.core.errors import StoreFailed
from pop3lab.core.maildrop import Store
from pop3lab.stores.file_store import OnDelete
from pop3lab.stores.folder import Folder
from pop3lab.stores.location import Location
from pop3lab.stores.maildir import Maildir
from pop3lab.stores.mbox import Mbox

_FOLDERS = ("new", "cur")


class Kind(Enum):
    """A kind of maildrop."""

    FOLDER = "a folder"
    MAILDIR = "a Maildir"
    MBOX = "an mbox file"


def kind_at(location: Location) -> Kind | None:
    """What is there; None if nothing is, though its folder is there.

    Raises OSError, also for a link that is not followed, and what is neither a folder nor a file.
    """
    status = location.look()
    if status is None:
        return None
    if stat.S_ISREG(status.st_mode):
        return Kind.MBOX
    if not stat.S_ISDIR(status.st_mode):
        raise OSError(errno.EINVAL, "is neither a folder nor a file", str(location))
    directory = location.open()
    try:
        return Kind.MAILDIR if is_maildir(directory) else Kind.FOLDER
    finally:
        os.close(directory)


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


def store_of_kind(kind: Kind, location: Location, on_delete: OnDelete) -> Store:
    """Raises StoreFailed for an mbox file if deleted messages are to go into the trash."""
    path = str(location)
    if kind is Kind.MAILDIR:
        return Maildir(path, on_delete=on_delete, place=location)
    if kind is Kind.FOLDER:
        return Folder(path, on_delete=on_delete, place=location)
    if on_delete == "trash":
        raise StoreFailed("an mbox file has no trash")
    return Mbox(path, on_delete=on_delete, place=location)
