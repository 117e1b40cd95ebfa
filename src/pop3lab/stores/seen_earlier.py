"""A store as it was when a client was greeted, before there was a server to list it."""

import os
from collections.abc import Callable, Mapping, Sequence

from pop3lab.core.maildrop import (
    Entry,
    HasPaths,
    Maildrop,
    OpensAtOnce,
    Store,
    is_listed_before_login,
)


class StoreSeenEarlier:
    """A store of files whose look shows what there was at a moment in the past.

    store: the store as it is. seen: what was a file then and may have been a message, by its path,
    in the order of the store.
    """

    def __init__(self, store: Store, seen: Mapping[str, Entry]) -> None:
        self._store = store
        self._seen = seen

    @property
    def open_waits(self) -> bool:
        """Whether open may take long: as the store itself."""
        return self._store.open_waits

    def open(self, user: str) -> Maildrop:
        """Raises as the store's own."""
        return self._store.open(user)

    def path_of(self, user: str) -> str:
        """Return the path of the maildrop, as the store itself does."""
        return self._store.path_of(user) if isinstance(self._store, HasPaths) else ""

    def open_at_once(self, user: str) -> Maildrop | None:
        """Raises as open does."""
        return self._store.open_at_once(user) if isinstance(self._store, OpensAtOnce) else None

    def look_at_once(self) -> None:
        """List nothing: many a file may be gone."""

    def look(self) -> Callable[[str], Sequence[Entry]] | None:
        """List the messages of that moment: without later ones, and with those that are gone."""
        listed = self._store.look() if is_listed_before_login(self._store) else None
        if listed is None:
            return None
        gone = {entry.uid for path, entry in self._seen.items() if not os.path.lexists(path)}

        def of(user: str) -> Sequence[Entry]:
            now = {entry.uid: entry for entry in listed(user)}
            return [
                now.get(entry.uid, entry)
                for entry in self._seen.values()
                if entry.uid in now or entry.uid in gone
            ]

        return of
