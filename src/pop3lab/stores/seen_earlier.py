"""A store as it was when a client was greeted, before there was a server to list it."""

from collections.abc import Callable, Collection, Sequence

from pop3lab.core.maildrop import Entry, ListedBeforeLogin, Maildrop, OpensAtOnce, Store


class StoreSeenEarlier:
    """A store whose look shows no message that came after a moment in the past.

    store: the store as it is. uids: the unique-ids of that moment.
    """

    def __init__(self, store: Store, uids: Collection[str]) -> None:
        self._store = store
        self._uids = uids

    @property
    def open_waits(self) -> bool:
        """Whether open may take long: as the store itself."""
        return self._store.open_waits

    def open(self, user: str) -> Maildrop:
        """Raises as the store's own."""
        return self._store.open(user)

    def open_at_once(self, user: str) -> Maildrop | None:
        """Raises as open does."""
        return self._store.open_at_once(user) if isinstance(self._store, OpensAtOnce) else None

    def look(self) -> Callable[[str], Sequence[Entry]] | None:
        """List what there is now, and was there then."""
        listed = self._store.look() if isinstance(self._store, ListedBeforeLogin) else None
        if listed is None:
            return None
        return lambda user: [entry for entry in listed(user) if entry.uid in self._uids]
