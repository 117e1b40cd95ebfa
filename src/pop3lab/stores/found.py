"""A maildrop that may not be there yet, and may be of another kind at the next login."""

from collections.abc import Collection
from typing import NoReturn

from pop3lab.core.errors import MessageGone, NoMaildrop, StoreFailed
from pop3lab.core.maildrop import Maildrop, OpensAtOnce, Snapshot, Store
from pop3lab.stores.file_store import OnDelete
from pop3lab.stores.kinds import Kind, kind_at, store_of_kind
from pop3lab.stores.location import Location

NO_MAILDROP = "there is no maildrop for this user"


class FoundAnew:
    """The store of what is at the location, at each login.

    Where nothing is yet, but the folder that it belongs into is there, the maildrop is empty:
    nothing is made, and as there is nothing that a session could change, nothing is locked.
    """

    open_waits = True  # folders are looked at

    def __init__(self, location: Location, on_delete: OnDelete) -> None:
        self._location = location
        self._on_delete = on_delete
        self._stores: dict[Kind, Store] = {}  # each keeps what it has learnt
        self._latest: Store | None = None

    def open(self, user: str) -> Maildrop:
        """Raises MaildropBusy, MessageGone, NoMaildrop."""
        try:
            kind = kind_at(self._location)
        except OSError as error:
            raise NoMaildrop(NO_MAILDROP) from error
        if kind is None:
            return _Nothing()
        self._latest = store = self._store(kind)
        return store.open(user)

    def open_at_once(self, user: str) -> Maildrop | None:
        """As open does, if nothing has changed, the kind neither. Raises MaildropBusy."""
        latest = self._latest
        try:
            return latest.open_at_once(user) if isinstance(latest, OpensAtOnce) else None
        except StoreFailed:
            return None  # it may be another, or none at all

    def _store(self, kind: Kind) -> Store:
        if kind not in self._stores:
            made = store_of_kind(kind, self._location, self._on_delete)
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
