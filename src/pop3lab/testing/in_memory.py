"""The store of a server under test: current, initial and deleted messages."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from threading import Condition
from typing import TYPE_CHECKING, NamedTuple

from pop3lab.core.delivery import Envelope
from pop3lab.core.errors import ConfigError, MaildropBusy, MessageGone, NoMaildrop
from pop3lab.core.maildrop import Entry, Maildrop, Snapshot
from pop3lab.core.text import MessageText
from pop3lab.observe.notifier import holds
from pop3lab.stores.line_endings import to_crlf

if TYPE_CHECKING:
    from email.message import EmailMessage


class NewMessage(NamedTuple):
    """A message to be stored. uid: empty for the next free number. read: returns its text."""

    uid: str
    octets: int
    read: Callable[[], MessageText | Iterator[bytes]]


class StoredMessage(NamedTuple):
    """A message in the maildrop.

    Attributes:
        user: The owner.
        uid: The unique-id.
        octets: The size, as LIST reports it.
        envelope: The sender and the recipients, if it came by SMTP or LMTP.
    """

    user: str
    uid: str
    octets: int
    read: Callable[[], MessageText | Iterator[bytes]]
    envelope: Envelope | None = None

    @property
    def bytes(self) -> bytes:
        """The whole message, as RETR sends it but without dot-stuffing."""
        return b"".join(self.read())

    @property
    def parsed(self) -> "EmailMessage":
        """The message as email.message.EmailMessage, with its header fields and parts."""
        from email import message_from_bytes, policy  # large

        return message_from_bytes(self.bytes, policy=policy.default)

    def __repr__(self) -> str:
        return f"<message {self.uid} of {self.user}, {self.octets} octets>"


class InMemoryStore:
    """A store in memory. Messages can be added at any time; the next login sees them.

    deleted: the unique-ids of messages that clients have deleted, in order.
    """

    open_waits = False

    def __init__(
        self, items: Mapping[str, Iterable[NewMessage]], *, any_user: bool = False
    ) -> None:
        """items: the initial messages by user. any_user: others get maildrops on demand.

        Raises ConfigError.
        """
        self._any_user = any_user
        self._lock = Condition()
        self._locked: set[str] = set()
        self._listed: dict[str, _Listed] = {}  # at the last login of each user
        self._last = 0
        self._there: dict[str, dict[str, StoredMessage]] = {user: {} for user in items}
        self.deleted: list[str] = []
        for user, some in items.items():
            self._fill(user, list(some))
        self._first = {user: dict(there) for user, there in self._there.items()}
        self._first_last = self._last

    @property
    def held(self) -> bool:
        """Whether this thread holds the lock; a signal handler may ask."""
        return holds(self._lock)

    def _fill(self, user: str, items: Sequence[NewMessage]) -> None:
        """Add messages; those without a unique-id get a free number."""
        taken = {item.uid for item in items if item.uid}
        for item in items:
            uid = item.uid or self._free(user, taken)
            self.add(user, item._replace(uid=uid))

    def deliver(self, user: str, message: Iterable[bytes], envelope: Envelope) -> str:
        """Add a message as the last, with its envelope. Raises NoMaildrop for an unknown user."""
        text = MessageText(b"".join(to_crlf(message)))
        try:
            return self.add(user, NewMessage("", len(text.octets), lambda: text), envelope)
        except ConfigError as error:
            raise NoMaildrop("there is no maildrop for this user") from error

    def add(self, user: str, item: NewMessage, envelope: Envelope | None = None) -> str:
        """Add a message as the last; return its unique-id. Raises ConfigError."""
        with self._lock:
            there = self._box(user)
            uid = item.uid or self._free(user)
            if uid in there:
                raise ConfigError(f"{user} has a message with the unique-id {uid!r} already")
            there[uid] = StoredMessage(user, uid, item.octets, item.read, envelope)
            return uid

    def add_user(self, user: str) -> None:
        """Add a user, with an empty maildrop."""
        with self._lock:
            self._there.setdefault(user, {})

    def clear(self, user: str | None) -> None:
        """Remove all messages of a user, or of all. Raises ConfigError."""
        with self._lock:
            boxes = self._there if user is None else {user: self._box(user)}
            for owner, there in boxes.items():
                there.clear()
                self._forget_replies(owner)

    def _box(self, user: str) -> dict[str, StoredMessage]:
        """Return the messages of a user. Raises ConfigError."""
        if self._any_user:
            return self._there.setdefault(user, {})
        if user not in self._there:
            raise ConfigError(f"unknown user {user!r}; the users are {', '.join(self._there)}")
        return self._there[user]

    def remove(self, user: str, uid: str) -> None:
        """Remove a message that no client has deleted. Raises ConfigError."""
        with self._lock:
            if self._there.get(user, {}).pop(uid, None) is None:
                raise ConfigError(f"{user} has no message with the unique-id {uid!r}")
            self._forget_replies(user)

    def _forget_replies(self, user: str) -> None:
        """Let an open session find out what is gone, whatever was said to it or before it."""
        if listed := self._listed.get(user):
            listed.snapshot.forget_replies()

    def _free(self, user: str, taken: Collection[str] = ()) -> str:
        self._last += 1
        while f"{self._last}" in self._there[user] or f"{self._last}" in taken:
            self._last += 1
        return f"{self._last}"

    @property
    def messages(self) -> list[StoredMessage]:
        """The current messages, user by user."""
        with self._lock:
            return [stored for there in self._there.values() for stored in there.values()]

    def reset(self) -> None:
        """Restore the messages of the start."""
        with self._lock:
            self._there = {user: dict(there) for user, there in self._first.items()}
            self._last = self._first_last
            self.deleted = []

    def look(self) -> Callable[[str], Sequence[Entry]]:
        """Return a function that lists the messages that each user has now."""
        with self._lock:
            now = {user: [*there.values()] for user, there in self._there.items()}
        return lambda user: [Entry(one.uid, one.octets) for one in now.get(user, ())]

    look_at_once = look

    def open(self, user: str) -> Maildrop:
        """Open the maildrop. Raises MaildropBusy."""
        with self._lock:
            if user in self._locked:
                raise MaildropBusy("maildrop is in use by another session")
            self._locked.add(user)
            there = self._there.get(user, {})
            return _InMemoryMaildrop(self, user, there, self._list(user, there))

    def _list(self, user: str, there: Mapping[str, StoredMessage]) -> "_Listed":
        """Return what the last login has listed, if nothing has changed: it knows its replies."""
        listed = self._listed.get(user)
        if listed is None or [*listed.messages.values()] != [*there.values()]:
            entries = [Entry(stored.uid, stored.octets) for stored in there.values()]
            self._listed[user] = listed = _Listed(dict(there), Snapshot(entries))
        return listed

    def delete(self, user: str, messages: Collection[StoredMessage]) -> None:
        """Delete these messages, as far as they are there."""
        with self._lock:
            there = self._there.get(user, {})
            for stored in messages:
                if there.get(stored.uid) == stored:
                    del there[stored.uid]
                    self.deleted.append(stored.uid)

    def release(self, user: str) -> None:
        """Unlock the user's maildrop."""
        with self._lock:
            self._locked.discard(user)


class _Listed(NamedTuple):
    """What a login lists: the messages by unique-id, and as a snapshot."""

    messages: Mapping[str, StoredMessage]
    snapshot: Snapshot


class _InMemoryMaildrop:
    """A maildrop whose messages may be removed meanwhile, or others come by the same name."""

    read_waits = False

    def __init__(
        self,
        store: InMemoryStore,
        user: str,
        there: Mapping[str, StoredMessage],
        listed: _Listed,
    ) -> None:
        self._store: InMemoryStore | None = store
        self._user = user
        self._there = there
        self._messages, self.snapshot = listed

    def delete_waits(self, uids: Collection[str]) -> bool:
        return False

    def read(self, uid: str) -> MessageText | Iterator[bytes]:
        stored = self._messages.get(uid)
        if stored is None or self._there.get(uid) != stored:
            raise MessageGone("the message is gone")
        return stored.read()

    def delete(self, uids: Collection[str]) -> None:
        if self._store:
            listed = self._messages
            self._store.delete(self._user, [listed[uid] for uid in uids if uid in listed])

    def close(self) -> None:
        if self._store:
            self._store.release(self._user)
            self._store = None
