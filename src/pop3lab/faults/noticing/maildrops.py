"""Whether what a client is shown is another maildrop than that of the store."""

from collections.abc import Callable, Collection, Iterator

from pop3lab.core.exchange import State
from pop3lab.core.maildrop import Maildrop, Snapshot
from pop3lab.core.reply import Body, End
from pop3lab.core.standing import Standing
from pop3lab.core.text import Text
from pop3lab.faults.noticing.octets import Changed, Heard, compared

Octets = Text | Iterator[bytes]

_AS_IT_IS = End(b"", b"", b"")


def shown(
    session: Standing,
    maildrop: Maildrop,
    ask: Callable[[Maildrop], Maildrop],
    changed: Changed,
) -> Maildrop:
    """What a script makes of the maildrop: other messages are told of now, other texts later."""
    true = _True(maildrop)
    there = maildrop.snapshot
    seen = ask(true)
    if seen is true and true.snapshot is there:
        return maildrop
    if seen.snapshot is not there and seen.snapshot.entries != there.entries:
        changed()
    return _Shown(session, true, seen, changed)


class _True:
    """What the store has, and what was asked of it."""

    def __init__(self, maildrop: Maildrop) -> None:
        self._maildrop = maildrop
        self.snapshot = maildrop.snapshot
        self.read_waits = maildrop.read_waits
        self.delete_waits = maildrop.delete_waits
        self.close = maildrop.close
        self.given: Octets | None = None
        self.failed: Exception | None = None
        self.gone: Collection[str] | None = None

    def read(self, uid: str) -> Octets:
        try:
            octets = self._maildrop.read(uid)
        except Exception as failure:
            self.failed = failure
            raise
        self.given = octets if isinstance(octets, Text) else Heard(octets)
        return self.given

    def delete(self, uids: Collection[str]) -> None:
        self.gone = uids
        self._maildrop.delete(uids)


class _Shown:
    """What a client sees."""

    def __init__(self, session: Standing, true: _True, seen: Maildrop, changed: Changed) -> None:
        self._session = session
        self._true = true
        self._seen = seen
        self._changed = changed

    @property
    def snapshot(self) -> Snapshot:
        return self._seen.snapshot

    @property
    def read_waits(self) -> bool:
        return self._seen.read_waits

    def delete_waits(self, uids: Collection[str]) -> bool:
        return self._seen.delete_waits(uids)

    def read(self, uid: str) -> Octets:
        self._true.given = self._true.failed = None
        try:
            octets = self._seen.read(uid)
        except Exception as failure:
            if failure is not self._true.failed:
                self._changed()
            raise
        return self._compared(octets)

    def _compared(self, octets: Octets) -> Octets:
        given = self._true.given
        if given is octets:
            return octets
        if given is None:
            self._changed()
            return octets
        if isinstance(given, Text) and isinstance(octets, Text):
            if given.octets != octets.octets:
                self._changed()
            return octets
        mine, its = (Body(chunks, _AS_IT_IS, stuffed=False) for chunks in (given, octets))
        return compared(mine, its, self._changed)

    def delete(self, uids: Collection[str]) -> None:
        self._true.gone = None
        self._seen.delete(uids)
        wanted = set(uids) if self._session.state is State.UPDATE else set()
        there = {entry.uid for entry in self._true.snapshot.entries}
        if there.issuperset(wanted) and wanted != set(self._true.gone or ()):
            self._changed()

    def close(self) -> None:
        self._seen.close()
