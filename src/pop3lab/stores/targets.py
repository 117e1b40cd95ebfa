"""From the text of a TARGET to a store: a folder, a Maildir, an mbox file, gen:... or memory:.

`{user}` in a path stands for the name that logs in. The name is looked for in what is listed at
that place, exactly as it is, and never made part of a path before it was found there: `..`, slashes
and other spellings of a name lead nowhere.
"""

import os
from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock

from pop3lab.core.errors import StoreFailed
from pop3lab.core.maildrop import Maildrop, Store
from pop3lab.stores.file_store import OnDelete
from pop3lab.stores.generated import Generated
from pop3lab.stores.generated_spec import SCHEME
from pop3lab.stores.memory import Memory
from pop3lab.stores.paths import USER, check_path, check_template, store_at, store_of

MEMORY = "memory:"
_KEPT = 1000  # stores of users, of those who logged in last


def store_for(
    target: str,
    *,
    on_delete: OnDelete = "unlink",
    target_for: Mapping[str, str] | None = None,
) -> Store:
    """The store that a target is. Raises ConfigError.

    on_delete: of messages in folders and Maildirs; see FileStore. target_for: users whose maildrop
    is another; `{user}` in it is that user.
    """
    store = _store(target, on_delete)
    if not target_for:
        return store
    own = {user: _store(text, on_delete) for user, text in target_for.items()}
    return _Assigned(store, own)


def _store(target: str, on_delete: OnDelete) -> Store:
    if target.startswith(SCHEME):
        return Generated(target)
    if target == MEMORY:
        return Memory()
    if USER in target:
        check_template(target, on_delete)
        return PerUser(target, on_delete)
    check_path(target, on_delete)
    return store_at(os.path.realpath(target), on_delete)


class _Assigned:
    """Some users have a store of their own."""

    def __init__(self, store: Store, own: Mapping[str, Store]) -> None:
        self._store = store
        self._own = own

    @property
    def open_waits(self) -> bool:
        return any(store.open_waits for store in (self._store, *self._own.values()))

    def open(self, user: str) -> Maildrop:
        return self._own.get(user, self._store).open(user)


class PerUser:
    """A store for each user, found at the first login and kept for the next.

    kept: how many stores, at most; of stores that hide what is deleted all are kept, since with
    them it would be forgotten.
    """

    open_waits = True  # folders are listed

    def __init__(self, template: str, on_delete: OnDelete, *, kept: int = _KEPT) -> None:
        self._template = template
        self._on_delete = on_delete
        self._most = None if on_delete == "hide" else kept
        self._stores: OrderedDict[str, Store] = OrderedDict()
        self._lock = Lock()

    def open(self, user: str) -> Maildrop:
        """Raises MaildropBusy, StoreFailed, the latter also if the user has no maildrop there."""
        store = self._store(user)
        try:
            return store.open(user)
        except StoreFailed:
            self._forget(user)  # it may be another kind of store by now
            raise

    def _store(self, user: str) -> Store:
        with self._lock:
            if user not in self._stores:
                self._stores[user] = store_of(self._template, user, self._on_delete)
            self._stores.move_to_end(user)
            if self._most is not None and len(self._stores) > self._most:
                self._stores.popitem(last=False)
            return self._stores[user]

    def _forget(self, user: str) -> None:
        if self._most is not None:
            with self._lock:
                self._stores.pop(user, None)
