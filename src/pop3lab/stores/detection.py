"""Detect what is at a location, a folder, a Maildir or an mbox file, and create its store."""

import errno
import os
import stat
from collections.abc import Collection, Iterable
from enum import Enum
from typing import NoReturn

from pop3lab.core.delivery import Envelope, is_delivering
from pop3lab.core.errors import MessageGone, NoMaildrop, StoreFailed
from pop3lab.core.maildrop import Maildrop, OpensAtOnce, Snapshot, Store
from pop3lab.stores.delivery import delivery_errors, make_maildir, make_mbox
from pop3lab.stores.file_store import OnDelete
from pop3lab.stores.folder import FolderStore
from pop3lab.stores.location import Location
from pop3lab.stores.maildir import MaildirStore
from pop3lab.stores.maildir_detection import is_maildir
from pop3lab.stores.mbox.store import MboxStore

# Errors that say nothing of the place: another time it may be found.
_PASSING = {
    *(errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EBUSY, errno.EAGAIN),
    *(errno.EMFILE, errno.ENFILE, errno.ENOMEM),
}


class StoreKind(Enum):
    """A kind of maildrop."""

    FOLDER = "a folder"
    MAILDIR = "a Maildir"
    MBOX = "an mbox file"


def detect_kind(location: Location) -> StoreKind | None:
    """Return what is there; None if nothing is, though its folder is there.

    Raises OSError, also for a link that is not followed, and what is neither a folder nor a file.
    """
    status = location.stat()
    if status is None:
        return None
    if stat.S_ISREG(status.st_mode):
        return StoreKind.MBOX
    if not stat.S_ISDIR(status.st_mode):
        raise OSError(errno.EINVAL, "is neither a folder nor a file", str(location))
    directory = location.open()
    try:
        return StoreKind.MAILDIR if is_maildir(directory) else StoreKind.FOLDER
    finally:
        os.close(directory)


def create_store_of_kind(kind: StoreKind, location: Location, on_delete: OnDelete) -> Store:
    """Create the store. Raises StoreFailed for an mbox file if deletion is to use the trash."""
    path = str(location)
    if kind is StoreKind.MAILDIR:
        return MaildirStore(path, on_delete=on_delete, location=location)
    if kind is StoreKind.FOLDER:
        return FolderStore(path, on_delete=on_delete, location=location)
    if on_delete == "trash":
        raise StoreFailed("an mbox file has no trash")
    return MboxStore(path, on_delete=on_delete, location=location)


# Detection at each login, for maildrops that may not exist yet.

NO_MAILDROP = "there is no maildrop for this user"

_MAKERS = {StoreKind.MAILDIR: make_maildir, StoreKind.MBOX: make_mbox}


class DetectedStore:
    """Detects at each login what is at the location, and opens that.

    If nothing is there yet, but the folder that it belongs in is, the maildrop is empty. Nothing
    is created by a login, and nothing locked, as there is nothing that a session could change.
    new: what the first delivery makes then; None if it is refused.
    """

    open_waits = True  # folders are looked at

    def __init__(
        self, location: Location, on_delete: OnDelete, new: StoreKind | None = None
    ) -> None:
        self._location = location
        self._on_delete = on_delete
        self._new = new
        self._stores: dict[StoreKind, Store] = {}  # each keeps what it has learnt
        self._latest: Store | None = None

    def open(self, user: str) -> Maildrop:
        """Raises MaildropBusy, NoMaildrop, StoreFailed."""
        kind = self._kind()
        if kind is None:
            return _Nothing()
        self._latest = store = self._store(kind)
        return store.open(user)

    def deliver(self, user: str, message: Iterable[bytes], envelope: Envelope) -> str:
        """Deliver to what is there, or to a new maildrop. Raises as DeliveringStore says."""
        kind = self._kind()
        if kind is None and self._new:
            with delivery_errors():
                _MAKERS[self._new](self._location)
            kind = self._kind()
        store = self._store(kind) if kind else None
        if not is_delivering(store):
            raise NoMaildrop(NO_MAILDROP)
        return store.deliver(user, message, envelope)

    def _kind(self) -> StoreKind | None:
        """Return what is there; None if nothing is yet. Raises NoMaildrop, StoreFailed."""
        try:
            return detect_kind(self._location)
        except OSError as error:
            if error.errno in _PASSING:
                raise StoreFailed("the maildrop can't be opened") from error
            raise NoMaildrop(NO_MAILDROP) from error

    def path_of(self, user: str) -> str:
        """Return the path of the maildrop."""
        return str(self._location)

    def open_at_once(self, user: str) -> Maildrop | None:
        """Open at once if nothing has changed, not even the kind. Raises MaildropBusy."""
        latest = self._latest
        try:
            return latest.open_at_once(user) if isinstance(latest, OpensAtOnce) else None
        except StoreFailed:
            return None  # it may be another, or none at all

    def _store(self, kind: StoreKind) -> Store:
        if kind not in self._stores:
            made = create_store_of_kind(kind, self._location, self._on_delete)
            return self._stores.setdefault(kind, made)  # another session may have been here
        return self._stores[kind]


class _Nothing:
    """The maildrop of a user who has no mail yet."""

    snapshot = Snapshot([])
    read_waits = False

    def delete_waits(self, uids: Collection[str]) -> bool:
        return False

    def read(self, uid: str) -> NoReturn:
        raise MessageGone("the message is gone")

    def delete(self, uids: Collection[str]) -> None:
        pass

    def close(self) -> None:
        pass
