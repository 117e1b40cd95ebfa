"""Maildrops as they were when the session was greeted (test server of Mail::Box)."""

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from typing import cast

from pop3lab.core.actions import Action, Wait
from pop3lab.core.errors import MessageGone
from pop3lab.core.maildrop import Entry, Looked, Maildrop
from pop3lab.core.script import Script
from pop3lab.core.session import Session
from pop3lab.core.standing import Standing
from pop3lab.faults.bending.maildrops import InSession, Octets, Seen, Shown


class _Ends:
    """Counts the sessions that are over."""

    def __init__(self) -> None:
        self._open: list[Session] = []
        self._over = 0

    def begin(self, session: Standing) -> int:
        """Another session begins; how many are over by now."""
        over = self.count()
        self._open.append(cast(Session, session))
        return over

    def count(self) -> int:
        """How many are over by now."""
        still = [session for session in self._open if not session.over]
        self._over += len(self._open) - len(still)
        self._open[:] = still
        return self._over


class ListAtGreeting(InSession):
    """Numbers the messages that were there at the greeting, unless a session has ended since.

    Where the store can't be looked at before a login, they are those of the login.
    """

    _over = 0
    _listed: Callable[[str], Sequence[Entry]] | None = None

    def __init__(self) -> None:
        self._ends = _Ends()

    def begin(self, session: Standing) -> Script:
        begun = copy(self)
        begun.session = session
        begun._over = self._ends.begin(session)
        return begun

    def prepare(self) -> Iterator[Action]:
        """The list, however long that takes."""
        store = self.session.store
        if isinstance(store, Looked):
            yield Wait()
            self._listed = store.look()

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        if self._listed is None or self._ends.count() != self._over:
            return maildrop
        listed = self._listed(self.user)
        there = {entry.uid: entry for entry in maildrop.snapshot.entries}
        if [*there] == [entry.uid for entry in listed]:
            return maildrop
        return Seen(maildrop, [_shown(entry, there.get(entry.uid)) for entry in listed])


def _shown(entry: Entry, there: Entry | None) -> Shown:
    return Shown(there, there.uid) if there else Shown(entry, alter=_is_gone)


def _is_gone(octets: Octets) -> Octets:
    raise MessageGone("the message is gone")
