"""What is remembered across sessions, within limits: retrievals, logins, messages."""

from collections.abc import Collection, Iterable
from enum import Enum
from typing import NamedTuple

from pop3lab.conformance.exchange import ClientLine, CompletedExchange, is_decimal
from pop3lab.conformance.login_attempts import LoginAttempt

_MOST_RETRIEVED = 200_000  # messages
_MOST_USERS = 10_000  # users
_MOST_REFUSED = 10  # refused logins of a user


class RetrievedMessage(Enum):
    """How much of a message a client has."""

    NOTHING = 0
    BROKEN = 1  # it asked, and the reply was a refusal or had no end
    LOOKED = 2  # the part that TOP sends
    PERHAPS = 3  # it depends on how the client parses the reply
    WHOLE = 4


_LASTING = {
    RetrievedMessage.PERHAPS,
    RetrievedMessage.WHOLE,
}  # whatever comes later, the client may have it


def retrieval_of(exchange: CompletedExchange, synchronized: bool) -> RetrievedMessage:
    """Return how much the client has after RETR or TOP.

    synchronized: it knows which reply belongs to which line.
    """
    reply = exchange.reply
    if reply.whole and exchange.ok:
        return RetrievedMessage.WHOLE if exchange.line.verb == "RETR" else RetrievedMessage.LOOKED
    broken = reply.cut or (reply.whole and exchange.refused)
    return RetrievedMessage.BROKEN if broken and synchronized else RetrievedMessage.PERHAPS


class LoginWait(NamedTuple):
    """The time until which a user on a host should not log in again.

    since: sessions opened earlier could not know of it. code: LOGIN-DELAY or IN-USE.
    """

    code: str
    session: int
    since: float
    until: float


# The first refusal of each secret and code; None stands for any secret.
_RefusalTimes = dict[tuple[int | None, str], float]


class ClientHistory:
    """What users have retrieved, who must wait, and which logins are pointless."""

    def __init__(self) -> None:
        self._retrieved: dict[int, RetrievedMessage] = {}
        self._waits: dict[tuple[str, str], LoginWait] = {}
        self._refused: dict[tuple[str, str], _RefusalTimes] = {}
        self._unsure: set[str] = set()  # users who were shown messages under wrong numbers
        self._forgets = False  # something was not remembered for lack of space

    def note_retrieved(self, user: str, uid: str, what: RetrievedMessage) -> None:
        """Note how much of a message was sent to this user; a whole message stays whole."""
        key = hash((user, uid))
        if len(self._retrieved) >= _MOST_RETRIEVED and key not in self._retrieved:
            self._forgets = True
        elif what is RetrievedMessage.WHOLE or self._retrieved.get(key) not in _LASTING:
            self._retrieved[key] = what

    def retrieved(self, user: str, uid: str) -> RetrievedMessage:
        """Return how much of a message this user has; WHOLE if that is not known."""
        if user in self._unsure:
            return RetrievedMessage.WHOLE
        return self._retrieved.get(
            hash((user, uid)), RetrievedMessage.WHOLE if self._forgets else RetrievedMessage.NOTHING
        )

    def note_unsure(self, user: str) -> None:
        """Note that it is unknown which messages this user got."""
        if len(self._unsure) >= _MOST_USERS:
            self._forgets = True
        else:
            self._unsure.add(user)

    def note_deleted(self, user: str, uids: tuple[str, ...]) -> None:
        """Forget messages that are gone."""
        for uid in uids:
            self._retrieved.pop(hash((user, uid)), None)

    def note_wait(self, host: str, user: str, wait: LoginWait) -> None:
        """Note that this user must wait, unless the user must already wait longer."""
        before = self._waits.pop((host, user), None)
        longer = before if before and before.until > wait.until else wait
        self._waits[host, user] = longer
        if len(self._waits) > _MOST_USERS:
            del self._waits[next(iter(self._waits))]

    def wait(self, host: str, user: str) -> LoginWait | None:
        """Return what this user must wait for, or had to."""
        return self._waits.get((host, user))

    def note_refused(self, host: str, attempt: LoginAttempt, code: str, seconds: float) -> None:
        """Note a refusal with this code. attempt: stands for any secret if it has none."""
        refusals = self._refused.setdefault((host, attempt.user), {})
        refusals.setdefault((attempt.secret, code), seconds)
        if len(refusals) > _MOST_REFUSED:
            del refusals[next(iter(refusals))]
        if len(self._refused) > _MOST_USERS:
            del self._refused[next(iter(self._refused))]

    def was_refused(self, host: str, attempt: LoginAttempt, code: str, before: float) -> bool:
        """Whether this was refused before that time, and no login worked since."""
        since = self._refused.get((host, attempt.user), {}).get((attempt.secret, code))
        return since is not None and since <= before

    def note_entered(self, host: str, user: str) -> None:
        """Note a successful login: the earlier problem is solved."""
        self._refused.pop((host, user), None)


# Messages across sessions

_MOST_MESSAGES = 100_000
_MOST_CLIENTS = 10_000
_MOST_OF_CLIENT = 16  # messages; one is enough to recognize the client


class ClientIdentity(NamedTuple):
    """A client, as far as a server can distinguish clients."""

    user: str
    host: str


class _Stop(NamedTuple):
    """The message at which the last sessions of a client ended, and their number."""

    uid: str
    sessions: int


class _BoundedSet:
    """A set of hashes that forgets the oldest. forgets: it has forgotten some."""

    def __init__(self) -> None:
        self._hashes: dict[int, None] = {}
        self.forgets = False

    def add(self, *value: str) -> None:
        self._hashes[hash(value)] = None
        if len(self._hashes) > _MOST_MESSAGES:
            del self._hashes[next(iter(self._hashes))]
            self.forgets = True

    def has(self, *value: str) -> bool:
        return hash(value) in self._hashes


class MessageHistory:
    """The history of all users' messages, by the unique-ids of the store.

    remembers: clients claim to remember messages, even if the session broke afterwards.
    """

    def __init__(self, *, remembers: bool = False) -> None:
        self.remembers = remembers
        self._fetched = _BoundedSet()
        self._sent = _BoundedSet()
        self._read = _BoundedSet()
        self._stops: dict[ClientIdentity, _Stop] = {}
        self._undeleted: dict[ClientIdentity, tuple[str, ...]] = {}

    def note_sent(self, user: str, uid: str) -> None:
        """Note that a message was sent completely to some client of this user."""
        self._sent.add(user, uid)

    def was_sent(self, user: str, uid: str) -> bool:
        """Whether it was, or may have been."""
        return self._sent.forgets or self._sent.has(user, uid)

    def note_read(self, user: str, uid: str) -> None:
        """Note that a message was sent and, as far as can be told, read."""
        self._read.add(user, uid)

    def was_read(self, user: str, uid: str) -> bool:
        """Whether it was, or may have been."""
        return self._read.forgets or self._read.has(user, uid)

    def note_fetched(self, client: ClientIdentity, shown: str, uid: str) -> None:
        """Note that a client has the whole message under the unique-id that it was shown."""
        self._fetched.add(*client, shown, uid)

    def was_fetched(self, client: ClientIdentity, shown: str, uid: str) -> bool:
        """Whether it had the same message under the same unique-id in an earlier session."""
        return self._fetched.has(*client, shown, uid)

    def note_stop(self, client: ClientIdentity, uid: str) -> int:
        """Note that a session ended at this message; return how many did so in a row."""
        before = self._stops.pop(client, _Stop("", 0))
        sessions = before.sessions + 1 if before.uid == uid else 1
        self._stops[client] = _Stop(uid, sessions)
        _forget_oldest(self._stops)
        return sessions

    def note_undeleted(self, client: ClientIdentity, uids: Iterable[str]) -> None:
        """Note the messages that a client marked, but that are kept because of how it left."""
        self._undeleted.pop(client, None)
        self._undeleted[client] = tuple(uids)[:_MOST_OF_CLIENT]
        _forget_oldest(self._undeleted)

    def take_undeleted(self, client: ClientIdentity) -> Collection[str]:
        """Return these messages, once."""
        return self._undeleted.pop(client, ())


def _forget_oldest(
    known: dict[ClientIdentity, _Stop] | dict[ClientIdentity, tuple[str, ...]],
) -> None:
    if len(known) > _MOST_CLIENTS:
        del known[next(iter(known))]


# Messages within a session

_ALL_LINES = 1_000_000  # TOP with this many lines asks for the whole message


class WantedMessage(NamedTuple):
    """A message that was requested as a whole. uid: the store's; empty if unknown."""

    number: int
    uid: str


class SessionFetches:
    """What a session has fetched so far, by number; unique-ids are the store's.

    fetched: messages sent completely, after which the client went on. unread: messages sent
    completely that may not have been read. asked: the message being sent, if it was requested as a
    whole. disturbed: a rule took effect in the session.
    """

    def __init__(self) -> None:
        self.fetched: dict[int, str] = {}
        self.unread: dict[int, str] = {}
        self.asked: WantedMessage | None = None
        self.disturbed = False
        self._last: WantedMessage | None = None
        self._failed: WantedMessage | None = None  # the first that was not sent
        self._pipelines = False
        self._whole = False  # the current message was sent completely so far

    def line_received(self, line: ClientLine, uid: str, *, pipelines: bool) -> None:
        """Process a line. uid: of its message, if known.

        pipelines: the client may pipeline, so a line does not prove that it has read earlier
        replies.
        """
        self._pipelines = self._pipelines or pipelines or line.early
        if not line.early and (line.verb == "QUIT" or not self._pipelines):
            self.confirm()
        self._settle()
        if line.verb in ("RETR", "TOP") and line.number is not None:
            self._last = self.asked = WantedMessage(line.number, uid) if _wants_all(line) else None

    def message_read(self, uid: str) -> None:
        """Note that a message is read for the current line."""
        if self.asked:
            self._last = self.asked = self.asked._replace(uid=uid)
            self._whole = True

    def body_truncated(self) -> None:
        """Note that the message being sent is incomplete."""
        self._whole = False

    def whole_message(self) -> WantedMessage | None:
        """Return the message at the end of a reply, if it was sent completely."""
        return self.asked if self._whole else None

    def rule_applied(self, *, unconditional: bool) -> None:
        """Note that a rule changes the current reply, or acts after it."""
        self.disturbed = self.disturbed or not unconditional
        if self.asked:
            self.unread.pop(self.asked.number, None)

    def note_fetched(self) -> None:
        """Note that the message is as requested."""
        if self.asked:
            self.unread[self.asked.number] = self.asked.uid

    def confirm(self) -> None:
        """Note that everything sent so far has been read."""
        self.fetched |= self.unread
        self.unread.clear()

    def last_wanted(self) -> WantedMessage | None:
        """Return the message at which the session ended; None if there is none.

        A pipelining client has asked for more messages, and may not have read them.
        """
        self._settle()
        return self._failed if self._failed and self._pipelines else self._last

    def was_sent(self, number: int) -> bool:
        """Whether this message was sent as requested."""
        return number in self.fetched or number in self.unread

    def _settle(self) -> None:
        """Note that nothing more of the last requested message will come."""
        if self.asked and not self.was_sent(self.asked.number):
            self._failed = self._failed or self.asked
        self.asked, self._whole = None, False


def _wants_all(line: ClientLine) -> bool:
    if line.verb == "RETR":
        return True
    lines = line.words[1:2]
    return bool(lines) and is_decimal(lines[0]) and int(lines[0]) >= _ALL_LINES
