"""The messages of a server, for those who are no clients: listed, read, added and removed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, TypeVar

from pop3lab.control.server_control import NoSuchUid
from pop3lab.core.delivery import Envelope, is_delivering
from pop3lab.core.errors import ConfigError
from pop3lab.core.maildrop import Entry, Maildrop, Store, is_listed_before_login
from pop3lab.stores.look_alikes import messages_in

_T = TypeVar("_T")


class InLoop(Protocol):
    """Calls a function in the loop that serves."""

    def __call__(self, act: Callable[[], _T], /) -> _T:
        """Return its result."""


class MaildropAccess:
    """Opens maildrops for a moment, as a session does: one that is in use stays closed.

    Raises MaildropBusy and StoreFailed.
    """

    def __init__(self, store: Store, in_loop: InLoop) -> None:
        """in_loop: for stores that take no time, and whose sessions are in no other thread."""
        self._store = store
        self._in_loop = in_loop

    def entries(self, user: str) -> Sequence[Entry]:
        """Return the messages of a user, also while a session has the maildrop."""
        if is_listed_before_login(self._store):
            looked = self._do(self._store.look)
            if looked:
                return looked(user)
        return self._do(lambda: self._listed(user))

    def _listed(self, user: str) -> Sequence[Entry]:
        with self._opened(user) as maildrop:
            return maildrop.snapshot.entries

    def read(self, user: str, uid: str) -> bytes:
        """Return the octets of a message, as RETR sends them before stuffing."""

        def read() -> bytes:
            with self._opened(user) as maildrop:
                _check_there(maildrop, user, uid)
                return b"".join(maildrop.read(uid))

        return self._do(read)

    def remove(self, user: str, uid: str | None) -> list[str]:
        """Delete a message, or all; return their unique-ids."""

        def remove() -> list[str]:
            with self._opened(user) as maildrop:
                if uid is not None:
                    _check_there(maildrop, user, uid)
                uids = [
                    entry.uid for entry in maildrop.snapshot.entries if uid in (None, entry.uid)
                ]
                maildrop.delete(uids)
                return uids

        return self._do(remove)

    def add(self, user: str, octets: bytes) -> str:
        """Deliver a message; return what it is called in the store. Raises ConfigError."""
        store = self._store
        if not is_delivering(store):
            raise ConfigError("this server's messages are made up: serve a folder, or memory:")
        if messages_in(iter((octets,))) > 1:
            raise ConfigError("this is an mbox file: add its messages one by one")
        return self._do(lambda: store.deliver(user, [octets], Envelope()))

    def _do(self, act: Callable[[], _T]) -> _T:
        return act() if self._store.open_waits else self._in_loop(act)

    @contextmanager
    def _opened(self, user: str) -> Iterator[Maildrop]:
        maildrop = self._store.open(user)
        try:
            yield maildrop
        finally:
            maildrop.close()


def _check_there(maildrop: Maildrop, user: str, uid: str) -> None:
    if all(entry.uid != uid for entry in maildrop.snapshot.entries):
        raise NoSuchUid(user, uid)
