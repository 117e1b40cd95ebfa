"""A maildrop with a great many messages, which take next to no memory."""

from array import array
from collections.abc import Collection, Iterator, Sequence
from typing import overload

from pop3lab.core.maildrop import Entry, Maildrop, Snapshot
from pop3lab.core.text import Text
from pop3lab.faults.bending.maildrops import InSession, Octets

_UID = "pop3lab-made-up-"


class Huge(InSession):
    """Makes up messages behind the true ones. entries: how many there are in all, at first."""

    def __init__(self, entries: int) -> None:
        self._entries = entries
        self._deleted: dict[str, set[int]] = {}

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        deleted = self._deleted.setdefault(self.user, set())
        made = range(1, self._entries - len(maildrop.snapshot.entries) + 1)
        left = array("L", (one for one in made if one not in deleted))
        return _HugeMaildrop(maildrop, left, deleted)


class _Entries(Sequence[Entry]):
    """The true ones, then those made up, each made when it is asked for."""

    def __init__(self, true: Sequence[Entry], made: Sequence[int]) -> None:
        self._true = true
        self._made = made

    def __len__(self) -> int:
        return len(self._true) + len(self._made)

    @overload
    def __getitem__(self, place: int) -> Entry: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Entry]: ...

    def __getitem__(self, place: int | slice) -> Entry | Sequence[Entry]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        if not 0 <= place < len(self):
            raise IndexError(place)
        true = len(self._true)
        return self._true[place] if place < true else _entry(self._made[place - true])

    def __iter__(self) -> Iterator[Entry]:
        yield from self._true
        yield from map(_entry, self._made)


def _entry(made: int) -> Entry:
    return Entry(f"{_UID}{made}", len(_text(made)))


def _text(made: int) -> bytes:
    return b"Subject: message %d\r\n\r\nMade up.\r\n" % made


class _HugeMaildrop:
    def __init__(self, maildrop: Maildrop, made: Sequence[int], deleted: set[int]) -> None:
        self._maildrop = maildrop
        self._deleted = deleted
        self.snapshot = Snapshot(_Entries(maildrop.snapshot.entries, made))
        self.read_waits = maildrop.read_waits
        self.close = maildrop.close

    def read(self, uid: str) -> Octets:
        if uid.startswith(_UID):
            return Text(_text(int(uid.removeprefix(_UID))))
        return self._maildrop.read(uid)

    def delete_waits(self, uids: Collection[str]) -> bool:
        return self._maildrop.delete_waits(self._true(uids))

    def delete(self, uids: Collection[str]) -> None:
        self._maildrop.delete(self._true(uids))
        made = (uid for uid in uids if uid.startswith(_UID))
        self._deleted.update(int(uid.removeprefix(_UID)) for uid in made)

    def _true(self, uids: Collection[str]) -> list[str]:
        return [uid for uid in uids if not uid.startswith(_UID)]
