"""What is at a location: a folder, a Maildir or an mbox file."""

import errno
import os
import stat
from enum import Enum

from pop3lab.core.errors import StoreFailed
from pop3lab.core.maildrop import Store
from pop3lab.stores.file_store import OnDelete
from pop3lab.stores.folder import Folder
from pop3lab.stores.folders import is_maildir
from pop3lab.stores.location import Location
from pop3lab.stores.maildir import Maildir
from pop3lab.stores.mbox import Mbox


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
