"""Messages kept in memory, for as long as the process lives."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from threading import Lock

from pop3lab.core.delivery import Envelope
from pop3lab.core.errors import MaildropBusy, MessageGone
from pop3lab.core.maildrop import Entry, Maildrop, Snapshot
from pop3lab.core.text import MessageText
from pop3lab.stores.line_endings import to_crlf


class MemoryStore:
    """A maildrop for each user, empty at first. Any thread may add messages, at any time."""

    open_waits = False

    def __init__(self) -> None:
        self._lock = Lock()
        self._boxes: dict[str, dict[str, MessageText]] = {}
        self._locked: set[str] = set()
        self._added = 0
        self._snapshots: dict[str, Snapshot] = {}  # of boxes that have not changed since

    def add(self, user: str, message: bytes) -> str:
        """Deliver a message, which the next login shows. Return its unique-id."""
        text = MessageText(b"".join(to_crlf((message,))))
        with self._lock:
            self._added += 1
            uid = f"{self._added}"
            self._boxes.setdefault(user, {})[uid] = text
            self._snapshots.pop(user, None)
            return uid

    def deliver(self, user: str, message: Iterable[bytes], envelope: Envelope) -> str:
        """As add does."""
        return self.add(user, b"".join(message))

    def look(self) -> Callable[[str], Sequence[Entry]]:
        """Return what each user has now."""
        with self._lock:
            now = {user: dict(box) for user, box in self._boxes.items()}
        return lambda user: [
            Entry(uid, len(text.octets)) for uid, text in now.get(user, {}).items()
        ]

    look_at_once = look

    def open(self, user: str) -> Maildrop:
        """Raises MaildropBusy."""
        with self._lock:
            if user in self._locked:
                raise MaildropBusy("maildrop is in use by another session")
            self._locked.add(user)
            box = self._boxes.setdefault(user, {})
            return _MemoryMaildrop(self, user, box, self._snapshot(user, box))

    def _snapshot(self, user: str, box: Mapping[str, MessageText]) -> Snapshot:
        """Return what is there now: the same as before, with all it knows, if nothing changed."""
        if user not in self._snapshots:
            entries = [Entry(uid, len(text.octets)) for uid, text in box.items()]
            self._snapshots[user] = Snapshot(entries)
        return self._snapshots[user]

    def delete(self, user: str, uids: Collection[str]) -> None:
        """Delete these messages."""
        with self._lock:
            for uid in uids:
                if self._boxes[user].pop(uid, None):
                    self._snapshots.pop(user, None)

    def release(self, user: str) -> None:
        """Unlock the user's maildrop."""
        with self._lock:
            self._locked.discard(user)


class _MemoryMaildrop:
    def __init__(
        self, store: MemoryStore, user: str, box: Mapping[str, MessageText], snapshot: Snapshot
    ) -> None:
        self._store: MemoryStore | None = store
        self._user = user
        self._box = box
        self.snapshot = snapshot

    read_waits = False

    def delete_waits(self, uids: Collection[str]) -> bool:
        return False

    def read(self, uid: str) -> MessageText:
        try:
            return self._box[uid]
        except KeyError as missing:
            raise MessageGone("the message is gone") from missing

    def delete(self, uids: Collection[str]) -> None:
        if self._store:
            self._store.delete(self._user, uids)

    def close(self) -> None:
        if self._store:
            self._store.release(self._user)
            self._store = None
