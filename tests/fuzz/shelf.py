"""A store that keeps octets as they are, and hands them over whole or in small chunks."""

from collections.abc import Collection, Iterator

from pop3lab.core.errors import MaildropBusy
from pop3lab.core.maildrop import Entry, Maildrop, Snapshot
from pop3lab.core.text import MessageText

_CHUNK = 7


class Shelf:
    """Messages by user; every other one is read in chunks, and the rest kept as they were read.

    Sessions on the same messages share a snapshot, and so the replies that are kept.
    """

    open_waits = False

    def __init__(self) -> None:
        self.boxes: dict[str, dict[str, bytes]] = {}
        self.locked: set[str] = set()
        self.snapshots: dict[str, Snapshot] = {}
        self.texts: dict[str, MessageText] = {}
        self._added = 0

    def add(self, user: str, message: bytes) -> str:
        """The answer is its unique-id."""
        self._added += 1
        self.boxes.setdefault(user, {})[str(self._added)] = message
        return str(self._added)

    def open(self, user: str) -> Maildrop:
        """Raises MaildropBusy."""
        if user in self.locked:
            raise MaildropBusy("in use")
        self.locked.add(user)
        return _Taken(self, user)


class _Taken:
    read_waits = False

    def __init__(self, shelf: Shelf, user: str) -> None:
        self._shelf, self._user = shelf, user
        self._box = shelf.boxes.setdefault(user, {})
        entries = [Entry(uid, len(text)) for uid, text in self._box.items()]
        known = shelf.snapshots.get(user)
        self.snapshot = known if known and known.entries == entries else Snapshot(entries)
        shelf.snapshots[user] = self.snapshot

    def delete_waits(self, uids: Collection[str]) -> bool:
        return False

    def read(self, uid: str) -> MessageText | Iterator[bytes]:
        octets = self._box[uid]
        if int(uid) % 2:
            return self._shelf.texts.setdefault(uid, MessageText(octets))
        return (octets[at : at + _CHUNK] for at in range(0, len(octets), _CHUNK))

    def delete(self, uids: Collection[str]) -> None:
        for uid in uids:
            del self._box[uid]

    def close(self) -> None:
        self._shelf.locked.discard(self._user)
