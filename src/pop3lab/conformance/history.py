"""What is remembered from one session to the next, bounded: retrievals, logins, messages."""

from collections.abc import Collection, Iterable
from enum import Enum
from typing import NamedTuple

from pop3lab.conformance.exchange import ClientLine, CompletedExchange, is_decimal
from pop3lab.conformance.login_attempts import LoginAttempt

_MOST_RETRIEVED = 200_000  # messages
_MOST_USERS = 10_000  # users
_MOST_REFUSED = 10  # logins of a user


class RetrievedMessage(Enum):
    """What a client has of a message."""

    NOTHING = 0
    BROKEN = 1  # it asked, and the answer was a refusal, or had no end
    LOOKED = 2  # as much as TOP gives
    PERHAPS = 3  # where the text ended, or what the answer was, is for the client to say
    WHOLE = 4


_LASTING = {
    RetrievedMessage.PERHAPS,
    RetrievedMessage.WHOLE,
}  # whatever comes later, the client may have it


def retrieval_of(exchange: CompletedExchange, synchronized: bool) -> RetrievedMessage:
    """What the client has after RETR or TOP.

    synchronized: it knows which reply is to which line.
    """
    reply = exchange.reply
    if reply.whole and exchange.ok:
        return RetrievedMessage.WHOLE if exchange.line.verb == "RETR" else RetrievedMessage.LOOKED
    broken = reply.cut or (reply.whole and exchange.refused)
    return RetrievedMessage.BROKEN if broken and synchronized else RetrievedMessage.PERHAPS


class LoginWait(NamedTuple):
    """Until when a user of a host should not log in again.

    since: a session opened before that knew nothing of it. code: LOGIN-DELAY or IN-USE.
    """

    code: str
    session: int
    since: float
    until: float


# When each was refused first: a secret with a code, or any secret, which is None.
_RefusalTimes = dict[tuple[int | None, str], float]


class ClientHistory:
    """What users have retrieved, who has to wait, and which logins are useless."""

    def __init__(self) -> None:
        self._retrieved: dict[int, RetrievedMessage] = {}
        self._waits: dict[tuple[str, str], LoginWait] = {}
        self._refused: dict[tuple[str, str], _RefusalTimes] = {}
        self._unsure: set[str] = set()  # users who were shown messages at the numbers of others
        self._forgets = False  # there was more than is remembered

    def note_retrieved(self, user: str, uid: str, what: RetrievedMessage) -> None:
        """What has come to this user of this message; what has come whole, has for ever."""
        key = hash((user, uid))
        if len(self._retrieved) >= _MOST_RETRIEVED and key not in self._retrieved:
            self._forgets = True
        elif what is RetrievedMessage.WHOLE or self._retrieved.get(key) not in _LASTING:
            self._retrieved[key] = what

    def retrieved(self, user: str, uid: str) -> RetrievedMessage:
        """What this user has of it; all, if that may be forgotten, or known to nobody."""
        if user in self._unsure:
            return RetrievedMessage.WHOLE
        return self._retrieved.get(
            hash((user, uid)), RetrievedMessage.WHOLE if self._forgets else RetrievedMessage.NOTHING
        )

    def note_unsure(self, user: str) -> None:
        """That it is not known which messages this user has got."""
        if len(self._unsure) >= _MOST_USERS:
            self._forgets = True
        else:
            self._unsure.add(user)

    def note_deleted(self, user: str, uids: tuple[str, ...]) -> None:
        """They are gone and need not be remembered."""
        for uid in uids:
            self._retrieved.pop(hash((user, uid)), None)

    def note_wait(self, host: str, user: str, wait: LoginWait) -> None:
        """Unless this user has to wait longer already."""
        before = self._waits.pop((host, user), None)
        longer = before if before and before.until > wait.until else wait
        self._waits[host, user] = longer
        if len(self._waits) > _MOST_USERS:
            del self._waits[next(iter(self._waits))]

    def wait(self, host: str, user: str) -> LoginWait | None:
        """What this user has to wait for, or had to."""
        return self._waits.get((host, user))

    def note_refused(self, host: str, attempt: LoginAttempt, code: str, seconds: float) -> None:
        """That this was refused with this code. attempt: without a secret, it is any."""
        refusals = self._refused.setdefault((host, attempt.user), {})
        refusals.setdefault((attempt.secret, code), seconds)
        if len(refusals) > _MOST_REFUSED:
            del refusals[next(iter(refusals))]
        if len(self._refused) > _MOST_USERS:
            del self._refused[next(iter(self._refused))]

    def was_refused(self, host: str, attempt: LoginAttempt, code: str, before: float) -> bool:
        """Whether it was, before this moment, and no login of that user has worked since."""
        since = self._refused.get((host, attempt.user), {}).get((attempt.secret, code))
        return since is not None and since <= before

    def note_entered(self, host: str, user: str) -> None:
        """A login of the user works: what was wrong has been mended."""
        self._refused.pop((host, user), None)


# Messages over sessions

_MOST_MESSAGES = 100_000
_MOST_CLIENTS = 10_000
_MOST_OF_CLIENT = 16  # messages; one of them is enough to tell


class ClientIdentity(NamedTuple):
    """Who fetches mail, as far as a server can tell."""

    user: str
    host: str


class _Stop(NamedTuple):
    """The message at which the last sessions of a client have ended, and how many these were."""

    uid: str
    sessions: int


class _BoundedSet:
    """A bounded set of hashes, which forgets the oldest. forgets: some have been forgotten."""

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
    """What was done with the messages of all users; unique-ids are the store's, if not shown ones.

    remembers: clients claim that they do: what came before a session broke counts, too.
    """

    def __init__(self, *, remembers: bool = False) -> None:
        self.remembers = remembers
        self._fetched = _BoundedSet()
        self._sent = _BoundedSet()
        self._read = _BoundedSet()
        self._stops: dict[ClientIdentity, _Stop] = {}
        self._undeleted: dict[ClientIdentity, tuple[str, ...]] = {}

    def note_sent(self, user: str, uid: str) -> None:
        """The message was sent to its end, to whatever client of this user."""
        self._sent.add(user, uid)

    def was_sent(self, user: str, uid: str) -> bool:
        """Whether it ever was, or may have been."""
        return self._sent.forgets or self._sent.has(user, uid)

    def note_read(self, user: str, uid: str) -> None:
        """The message was not only sent, but as far as can be told read, too."""
        self._read.add(user, uid)

    def was_read(self, user: str, uid: str) -> bool:
        """Whether it ever was, or may have been."""
        return self._read.forgets or self._read.has(user, uid)

    def note_fetched(self, client: ClientIdentity, shown: str, uid: str) -> None:
        """The client has the whole message, and knows by which unique-id it was shown."""
        self._fetched.add(*client, shown, uid)

    def was_fetched(self, client: ClientIdentity, shown: str, uid: str) -> bool:
        """Whether it had, in a session before, the same message by the same unique-id."""
        return self._fetched.has(*client, shown, uid)

    def note_stop(self, client: ClientIdentity, uid: str) -> int:
        """A session of the client has ended at this message: how many have, one behind another."""
        before = self._stops.pop(client, _Stop("", 0))
        sessions = before.sessions + 1 if before.uid == uid else 1
        self._stops[client] = _Stop(uid, sessions)
        _forget_oldest(self._stops)
        return sessions

    def note_undeleted(self, client: ClientIdentity, uids: Iterable[str]) -> None:
        """The client had marked these, and has left so that they are not deleted."""
        self._undeleted.pop(client, None)
        self._undeleted[client] = tuple(uids)[:_MOST_OF_CLIENT]
        _forget_oldest(self._undeleted)

    def take_undeleted(self, client: ClientIdentity) -> Collection[str]:
        """Those, once."""
        return self._undeleted.pop(client, ())


def _forget_oldest(
    known: dict[ClientIdentity, _Stop] | dict[ClientIdentity, tuple[str, ...]],
) -> None:
    if len(known) > _MOST_CLIENTS:
        del known[next(iter(known))]


# Messages within a session

_ALL_LINES = 1_000_000  # who asks TOP for so many wants the message


class WantedMessage(NamedTuple):
    """A message of which all was asked for. uid: the store's; empty if it is not known."""

    number: int
    uid: str


class SessionFetches:
    """What one session has fetched until now; unique-ids, by number, are the store's.

    had: of messages that came whole, and behind which the client has gone on. unread: of those
    that were sent whole, but may not have been read. asked: what is being sent, if it is wanted
    whole. disturbed: a rule has taken part in the session.
    """

    def __init__(self) -> None:
        self.fetched: dict[int, str] = {}
        self.unread: dict[int, str] = {}
        self.asked: WantedMessage | None = None
        self.disturbed = False
        self._last: WantedMessage | None = None
        self._failed: WantedMessage | None = None  # the first that did not come
        self._pipelines = False
        self._whole = False  # what is being sent, until now

    def line_received(self, line: ClientLine, uid: str, *, pipelines: bool) -> None:
        """The client has sent this line. uid: of the message that it is about, if that is known.

        pipelines: the client may, so that a line does not show that it has read what came before.
        """
        self._pipelines = self._pipelines or pipelines or line.early
        if not line.early and (line.verb == "QUIT" or not self._pipelines):
            self.confirm()
        self._settle()
        if line.verb in ("RETR", "TOP") and line.number is not None:
            self._last = self.asked = WantedMessage(line.number, uid) if _wants_all(line) else None

    def message_read(self, uid: str) -> None:
        """A message is read for it."""
        if self.asked:
            self._last = self.asked = self.asked._replace(uid=uid)
            self._whole = True

    def body_truncated(self) -> None:
        """What is being sent is not all of it."""
        self._whole = False

    def whole_message(self) -> WantedMessage | None:
        """A reply has come to its end: the message, if that is a whole one."""
        return self.asked if self._whole else None

    def rule_applied(self, *, unconditional: bool) -> None:
        """A rule takes part in what is being sent, or comes behind it."""
        self.disturbed = self.disturbed or not unconditional
        if self.asked:
            self.unread.pop(self.asked.number, None)

    def note_fetched(self) -> None:
        """It is as it was wanted."""
        if self.asked:
            self.unread[self.asked.number] = self.asked.uid

    def confirm(self) -> None:
        """All that was sent has been read."""
        self.fetched |= self.unread
        self.unread.clear()

    def last_wanted(self) -> WantedMessage | None:
        """Where the session has ended: who pipelines has asked for more, and perhaps not read it.

        None if it ended at no message.
        """
        self._settle()
        return self._failed if self._failed and self._pipelines else self._last

    def was_sent(self, number: int) -> bool:
        """Whether this message was sent as it was wanted."""
        return number in self.fetched or number in self.unread

    def _settle(self) -> None:
        """Nothing more comes of what was asked for before."""
        if self.asked and not self.was_sent(self.asked.number):
            self._failed = self._failed or self.asked
        self.asked, self._whole = None, False


def _wants_all(line: ClientLine) -> bool:
    if line.verb == "RETR":
        return True
    lines = line.words[1:2]
    return bool(lines) and is_decimal(lines[0]) and int(lines[0]) >= _ALL_LINES
