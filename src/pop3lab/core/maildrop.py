"""What the outer parts implement: users, stores and their maildrops."""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property
from typing import NamedTuple, Protocol, TypeGuard, runtime_checkable

from pop3lab.core.actions import Proof
from pop3lab.core.cached_replies import CachedReplies
from pop3lab.core.errors import NotWanted
from pop3lab.core.sasl import Channel, Mechanism
from pop3lab.core.text import MessageText


class Entry(NamedTuple):
    """A message as a maildrop lists it."""

    uid: str  # 1 to 70 characters in 0x21-0x7E, never another message's (RFC 1939 section 7)
    octets: int  # what RETR sends before stuffing (RFC 1939 section 11)


class Snapshot:
    """The messages of a maildrop at a login, in order; a store may share one between sessions.

    left_out: what is in the maildrop, but not among them, and why, a line each for the operator.
    """

    def __init__(self, entries: Sequence[Entry], left_out: Sequence[str] = ()) -> None:
        self.entries = entries
        self.left_out = left_out
        self.utf8_headers: dict[str, bool] = {}  # whether a message has one, once that is known
        self._replies: dict[Hashable, CachedReplies] = {}

    def replies(self, manner: Hashable = None) -> CachedReplies:
        """Return what is kept of the replies of sessions that answer in the same manner."""
        kept = self._replies.get(manner)
        return self._replies.setdefault(manner, CachedReplies()) if kept is None else kept

    def forget_replies(self) -> None:
        """Have all replies made anew: a message is gone. Any thread may call it."""
        for kept in [*self._replies.values()]:
            kept.by_line.clear()

    @cached_property
    def octets(self) -> int:
        """The sum of all sizes."""
        return sum(entry.octets for entry in self.entries)

    @cached_property
    def sizes(self) -> MessageText:
        """The lines of LIST (RFC 1939 section 5)."""
        return size_lines(enumerate(self.entries, 1))

    @cached_property
    def uids(self) -> MessageText:
        """The lines of UIDL (RFC 1939 section 7)."""
        return uid_lines(enumerate(self.entries, 1))

    def edited(self, entries: Sequence[Entry]) -> "Snapshot":
        """Return a snapshot of these entries instead.

        If they begin with those of this one, the lines that have been made of them are not made
        again.
        """
        snapshot = Snapshot(entries, self.left_out)
        count, made = len(self.entries), vars(self)
        if made.keys() >= {"octets", "sizes", "uids"} and entries[:count] == self.entries:
            more = [*enumerate(entries[count:], count + 1)]
            snapshot.octets = self.octets + sum(entry.octets for _, entry in more)
            snapshot.sizes = MessageText(self.sizes.octets + size_lines(more).octets)
            snapshot.uids = MessageText(self.uids.octets + uid_lines(more).octets)
        return snapshot


Numbered = tuple[int, Entry]


def size_lines(numbered: Iterable[Numbered]) -> MessageText:
    """A line `number octets` for each."""
    return _lines(f"{number} {entry.octets}\r\n" for number, entry in numbered)


def uid_lines(numbered: Iterable[Numbered]) -> MessageText:
    """A line `number uid` for each."""
    return _lines(f"{number} {entry.uid}\r\n" for number, entry in numbered)


def _lines(lines: Iterable[str]) -> MessageText:
    return MessageText("".join(lines).encode("ascii"))


TextOrChunks = MessageText | Iterator[bytes]  # a message, whole or as it comes


class Maildrop(Protocol):
    """One user's messages, locked for one session; all in terms of unique-ids."""

    @property
    def snapshot(self) -> Snapshot:
        """What was there when the maildrop was opened; it does not change."""

    @property
    def read_waits(self) -> bool:
        """Whether reading may now take long enough to keep other sessions from going on."""

    def delete_waits(self, uids: Collection[str]) -> bool:
        """Whether deleting these may."""

    def read(self, uid: str) -> TextOrChunks:
        """The message's octets, whole or in chunks of any size, as many as its entry says.

        Raises StoreFailed at the call if the message is not what the snapshot says (MessageGone
        if it is not there at all), or later, from the iterator, if it can't be had in full: what
        came until then must not be presented as the message.
        """

    def delete(self, uids: Collection[str]) -> None:
        """Remove them all or none; back when they are gone. Called once, at QUIT.

        What somebody else has removed is gone, too. What is no longer the text that was there at
        login is kept. Raises StoreFailed if one of them is not, or not yet, gone.
        """

    def close(self) -> None:
        """Release the lock. May be called again; does not fail.

        It is called where other sessions wait: what takes long is left to a thread of the store's.
        """


class Store(Protocol):
    """Opens maildrops."""

    @property
    def open_waits(self) -> bool:
        """Whether open may take long enough to keep other sessions from going on."""

    def open(self, user: str) -> Maildrop:
        """Lock the user's maildrop, then take its snapshot.

        Raises MaildropBusy at once if it is locked, StoreFailed if it can't be had, NotWanted as
        soon as nobody waits for it: see pop3lab.core.maildrop. What the maildrop raises later may
        be LockLost, which ends the session.
        """


@runtime_checkable
class OpensAtOnce(Protocol):
    """A store that knows when a login takes no time."""

    def open_at_once(self, user: str) -> Maildrop | None:
        """As open does, if nothing is to be listed, read or waited for; None if there may be.

        Raises as open does.
        """


@runtime_checkable
class HasPaths(Protocol):
    """A store whose maildrops are files or folders."""

    def path_of(self, user: str) -> str:
        """Return where the user's maildrop is, for the operator; empty if it is in no file."""


@runtime_checkable
class ManagedStore(Protocol):
    """A store with connections or threads, which belong to the process that serves."""

    def start(self) -> None:
        """Begin, in the serving process, before the first login. Neither waits nor fails."""

    def stop(self) -> None:
        """Release all maildrops and what start made; no session is left. Does not fail."""


class ListedBeforeLogin(Protocol):
    """A store that tells what there is without opening a maildrop."""

    def look(self) -> Callable[[str], Sequence[Entry]] | None:
        """The messages that a user has at this moment, in order; asked for later, if at all.

        None where that can't be seen now. May take as long as open.
        """

    def look_at_once(self) -> Callable[[str], Sequence[Entry]] | None:
        """As look does, if nothing is to be listed; None if there may be."""


def is_listed_before_login(store: object) -> TypeGuard[ListedBeforeLogin]:
    """Whether a store is: each greeting asks, so the protocol itself takes too long."""
    return hasattr(store, "look") and hasattr(store, "look_at_once")


class Users(Protocol):
    """Knows who may log in; each answer is the user whose maildrop is to be opened."""

    @property
    def offers_pass(self) -> bool:
        """Whether anybody can log in by USER and PASS."""

    @property
    def offers_apop(self) -> bool:
        """Whether anybody can log in by APOP."""

    def login(self, name: str, password: str) -> str | Proof:
        """The user, or a proof where that takes a slow hash.

        Raises LoginFailed, as the proof does, with the same words for a wrong name and a wrong
        password.
        """

    def apop(self, name: str, timestamp: str, digest: str) -> str:
        """digest: MD5 of the timestamp with its brackets and the password (RFC 1939 section 7).

        Raises LoginFailed.
        """

    def mechanisms(self, channel: Channel) -> Sequence[Mechanism]:
        """The SASL mechanisms that work on this channel, the preferred first."""


# Whether what takes long is still wanted: a runner knows, and a store asks while it works.

Wanted = Callable[[], bool]

_wanted: ContextVar[Wanted | None] = ContextVar("wanted", default=None)


@contextmanager
def wanted_while(wanted: Wanted) -> Iterator[None]:
    """What is done within, in this thread, is wanted as long as this says so."""
    token = _wanted.set(wanted)
    try:
        yield
    finally:
        _wanted.reset(token)


def check_wanted() -> None:
    """Raises NotWanted when nobody waits any more for what is being done."""
    wanted = _wanted.get()
    if wanted is not None and not wanted():
        raise NotWanted("the login was given up, for its client has closed the connection")
