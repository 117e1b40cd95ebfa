"""What a client knew when it sent each line of its session."""

from collections.abc import Sequence

from pop3lab.conformance.exchange import ClientLine, CompletedExchange, ExchangeLog, is_decimal
from pop3lab.conformance.history import ClientHistory, LoginWait, SessionFetches, retrieval_of
from pop3lab.conformance.login_attempts import LoginAttempt, LoginAttempts, useless_after
from pop3lab.core.cached_replies import CachedReply
from pop3lab.core.command import INFORMING, TEXTS
from pop3lab.core.events import LineReceived, LoggedIn
from pop3lab.core.maildrop import Entry, Snapshot
from pop3lab.core.reply_reader import ERR
from pop3lab.core.request import GREETING, State
from pop3lab.core.text import MessageText

# Message numbers


class KnownMessages:
    """The messages that a client knows in one session.

    highest: the highest number that it was told; None before that. asked: it asked for the numbers
    successfully, whatever the reply was. shifted: a number means another message than in the store.
    """

    def __init__(self) -> None:
        self.highest: int | None = None
        self.asked = False
        self.marked: set[int] = set()
        self.snapshot: Snapshot | None = None
        self.shifted = False

    def uid(self, number: int) -> str:
        """Return the unique-id of a message; empty if the client is shown something else."""
        stored = self.snapshot.entries if self.snapshot else ()
        other = self.shifted or self.highest not in (None, len(stored))
        return "" if other or not 1 <= number <= len(stored) else stored[number - 1].uid

    def is_beyond(self, number: int) -> bool:
        """Whether the number exceeds the count, and the client is shown the real count."""
        if self.snapshot is None or self.shifted:
            return False
        return number > len(self.snapshot.entries)

    def learn(self, exchange: CompletedExchange) -> None:
        """Learn from an exchange that was answered properly."""
        self.asked = self.asked or (exchange.ok and exchange.line.verb in INFORMING)
        match exchange.line.verb:
            case "STAT" if exchange.ok:
                count, _, _ = exchange.reply.text.partition(" ")
                if is_decimal(count):
                    self._know(int(count) + len(self.marked))
            case "UIDL" if exchange.ok:
                self._note_uids(exchange.reply.lines or (exchange.reply.text,))
                if exchange.reply.lines is not None:
                    self._listed(exchange.reply.lines)
            case "LIST" if exchange.ok and exchange.reply.lines is not None:
                self._listed(exchange.reply.lines)
            case "RSET" if exchange.ok:
                self.marked.clear()
            case "DELE" if exchange.ok and exchange.line.number is not None:
                self.marked.add(exchange.line.number)

    def note_read(self, number: int, uid: str) -> None:
        """Note that this message was read for this number."""
        self.shifted = self.shifted or self.uid(number) not in ("", uid)

    def _note_uids(self, lines: Sequence[str]) -> None:
        """Find out whether a unique-id is listed at another message's number."""
        stored = self.snapshot.entries if self.snapshot else ()
        if len(lines) == len(stored) and all(map(_ends_in, lines, stored)):
            return  # the usual case, and quickly checked
        others = [line for line in lines if not _is_stored(line, stored)]
        if others and not self.shifted:
            known = {entry.uid for entry in stored}
            self.shifted = any(line.partition(" ")[2] in known for line in others)

    def _listed(self, lines: tuple[str, ...]) -> None:
        numbers = [line.split(" ")[0] for line in lines]
        if all(is_decimal(number) for number in numbers):
            self._know(max(map(int, numbers), default=0))

    def _know(self, number: int) -> None:
        self.highest = max(number, self.highest or 0, *self.marked)


def _ends_in(line: str, entry: Entry) -> bool:
    return line.endswith(entry.uid)


def _is_stored(line: str, stored: Sequence[Entry]) -> bool:
    """Whether a line of UIDL agrees with the store."""
    number, _, uid = line.partition(" ")
    at = int(number) if is_decimal(number) else 0
    return 0 < at <= len(stored) and stored[at - 1].uid == uid


# Unique-ids


class ShownUids:
    """The unique-ids that a client was shown in one session.

    snapshot: that of the store; None before the login. Unique-ids that agree with the store, as
    they nearly always do, take no memory.
    """

    def __init__(self) -> None:
        self.snapshot: Snapshot | None = None
        self._as_stored = False
        self._others: dict[int, str] = {}

    def learn(self, exchange: CompletedExchange) -> None:
        """Learn from an exchange that was answered properly."""
        if exchange.line.verb != "UIDL" or not exchange.ok:
            return
        if exchange.line.words:
            self._learn(_pair(exchange.reply.text))
        elif (lines := exchange.reply.lines) is not None:
            whole = self._whole(lines)
            for line in () if whole else lines:
                self._learn(_pair(line))
            self._as_stored = self._as_stored or whole

    def uid(self, number: int) -> str:
        """Return what UIDL listed for this message; empty if not asked or not readable."""
        return self._others.get(number) or (self._stored(number) if self._as_stored else "")

    def _stored(self, number: int) -> str:
        entries = self.snapshot.entries if self.snapshot else ()
        return entries[number - 1].uid if 1 <= number <= len(entries) else ""

    def _whole(self, lines: tuple[str, ...]) -> bool:
        """Whether this is exactly the list of the store."""
        entries = self.snapshot.entries if self.snapshot else ()
        return len(lines) == len(entries) and all(
            line == f"{number} {entry.uid}"
            for number, (line, entry) in enumerate(zip(lines, entries, strict=True), 1)
        )

    def _learn(self, pair: tuple[int, str] | None) -> None:
        if pair and not (self._as_stored and self._stored(pair[0]) == pair[1]):
            self._others[pair[0]] = pair[1]


def _pair(line: str) -> tuple[int, str] | None:
    """Return the number and unique-id of a line, whatever surrounds them."""
    words = line.split()
    if len(words) < 2 or not is_decimal(words[0]):
        return None
    return int(words[0]), words[1]


_AT_ONCE = 1.0  # seconds after a refusal that count as at once

_Capabilities = dict[str, list[str]]


class ClientKnowledge:
    """What the client knows, concluded from octets alone, not from the server's state.

    A reply becomes known with the first line that is not early, because it was sent before that.

    synchronized: every reply so far was proper, so the client knows which reply belongs to which
    line. state: None if the replies leave it open. timestamp: whether the greeting had one; None
    before the greeting. capabilities: None without a list since the start, or since TLS.
    capabilities_before_tls: the list from before STLS. latest, previous: the last line and the one
    before. last: the last exchange whose reply the client knows. unanswered: the exchange during
    which the session ended.
    """

    def __init__(self, number: int, peer: str, seconds: float, history: ClientHistory) -> None:
        self.number = number
        self.host = peer.rpartition(":")[0]
        self.opened = seconds
        self.history = history
        self.secure = False
        self.capabilities_before_tls: _Capabilities | None = None
        self.timestamp: bool | None = None
        self.synchronized = True
        self.utf8 = False
        self.user = ""
        self.messages = KnownMessages()
        self.shown_uids = ShownUids()
        self.fetches = SessionFetches()
        self.exchanges = ExchangeLog(seconds)
        self.latest: ClientLine | None = None
        self.previous: ClientLine | None = None
        self.unanswered: CompletedExchange | None = None
        self._login_time = 0.0  # seconds
        self._begin()

    def _begin(self) -> None:
        """Start from scratch, at the start of a session and again under TLS."""
        self.state: State | None = State.AUTHORIZATION
        self.capabilities: _Capabilities | None = None
        self.asked_capa = False
        self.login_attempts = LoginAttempts()
        self.last: CompletedExchange | None = None

    def knows_useless(self, attempt: LoginAttempt, code: str) -> bool:
        """Whether a refusal with this code shows that the attempt is pointless.

        The refusal came in this session, or before it was opened.
        """
        useless = useless_after(code, attempt)
        if useless is None:
            return False
        before = self.history.was_refused(self.host, useless, code, self.opened)
        return before or self.login_attempts.was_refused(useless, code)

    def line_received(self, seconds: float, received: LineReceived) -> ClientLine:
        """Process a line. Unless it is early, the client may know all replies before it."""
        line = self.exchanges.begin(seconds, received)
        if not line.early:
            self._learn_all()
        self.previous, self.latest = self.latest, line
        return line

    def read_replies(self) -> None:
        """Learn from all replies: the next line is not early, so the client has had them."""
        self.exchanges.pause()
        self._learn_all()

    def line_answered(self, line: ClientLine, reply: CachedReply, text: MessageText | None) -> None:
        """Process a line that had a reply of the table: the same as line_received."""
        self.exchanges.answer(line, reply, text)
        if not line.early:
            self._learn_all()
        self.previous, self.latest = self.latest, line

    def logged_in(self, entered: LoggedIn) -> None:
        """Note the user and the snapshot of the maildrop."""
        self.user = entered.user
        self.messages.snapshot = self.shown_uids.snapshot = entered.snapshot

    def tls_established(self) -> None:
        """Note that TLS is active; from the start, if no line has come yet."""
        self.secure = True
        if self.latest:
            self.exchanges.pause()
            self._learn_all()
            self.capabilities_before_tls = self.capabilities
            self._begin()

    def session_ended(self, seconds: float) -> None:
        """Note the end; a reply that the client did not wait for is not known."""
        self.unanswered = self.exchanges.end(seconds)
        if self.unanswered and self.unanswered.line.verb in TEXTS and self.unanswered.reply.status:
            self._note_text(self.unanswered)
        self._learn_all()

    def _learn_all(self) -> None:
        """Learn from all replies sent so far."""
        for exchange in self.exchanges.take_completed():
            self._learn(exchange)
        exchanges = self.exchanges
        self.synchronized = self.synchronized and not (
            exchanges.unsolicited or exchanges.overflowed
        )

    def _learn(self, exchange: CompletedExchange) -> None:
        if exchange.line.verb in TEXTS:
            self._note_text(exchange)
        self.synchronized = self.synchronized and exchange.sound
        if exchange.line.verb == GREETING.verb:
            self._greeted(exchange)
            return
        if self.synchronized and exchange.line.verb != "NOOP":
            self._note_login(exchange)
            self._note_others(exchange)
            self.messages.learn(exchange)
            self.shown_uids.learn(exchange)
            if self.messages.shifted:
                self.history.note_unsure(self.user)
            self.login_attempts.learn(exchange)
        self.last = exchange

    def _greeted(self, exchange: CompletedExchange) -> None:
        if exchange.reply.status == ERR:
            self.state = None
        _, opens, rest = exchange.reply.text.partition("<")
        self.timestamp = bool(opens) and ">" in rest

    def _note_text(self, exchange: CompletedExchange) -> None:
        number = exchange.line.number
        if number is None:
            return
        uids = {exchange.uid, self.messages.uid(number)}  # the client may mean either
        if exchange.uid:
            self.messages.note_read(number, exchange.uid)
        for uid in uids - {""}:
            self.history.note_retrieved(self.user, uid, retrieval_of(exchange, self.synchronized))

    def _note_others(self, exchange: CompletedExchange) -> None:
        match exchange.line.verb:
            case "CAPA":
                self.asked_capa = True
                if exchange.ok and exchange.reply.lines is not None:
                    self._note_capabilities(exchange.reply.lines)
            case "QUIT" if exchange.ok:
                self.state = None
            case "UTF8" if exchange.ok:
                self.utf8 = True

    def _note_capabilities(self, lines: tuple[str, ...]) -> None:
        tags = [line.split(" ") for line in lines]
        self.capabilities = (self.capabilities or {}) | {tag.upper(): rest for tag, *rest in tags}
        self._note_delay(self.user)

    def _note_login(self, exchange: CompletedExchange) -> None:
        if not exchange.line.logs_in:
            return
        attempt = self.login_attempts.decided(exchange)
        if exchange.ok:
            self.state = State.TRANSACTION
            self._login_time = exchange.seconds
            user = attempt.user if attempt else self.user
            self.history.note_entered(self.host, user)
            self._note_delay(user)
        elif attempt:
            self._note_refused(attempt, exchange)

    def _note_refused(self, attempt: LoginAttempt, exchange: CompletedExchange) -> None:
        code = exchange.reply.code
        if code in ("IN-USE", "LOGIN-DELAY"):
            self._wait(attempt.user, code, exchange.seconds, _AT_ONCE)
        elif useless := useless_after(code, attempt):
            self.history.note_refused(self.host, useless, code, exchange.seconds)

    def _note_delay(self, name: str) -> None:
        """Note the announced delay.

        With USER it is the largest of all delays, not that of the user (RFC 2449 section 6.5).
        """
        words = (self.capabilities or {}).get("LOGIN-DELAY", [])
        if self.state is State.TRANSACTION and len(words) == 1 and is_decimal(words[0]):
            for user in {name, self.user} - {""}:
                self._wait(user, "LOGIN-DELAY", self._login_time, float(words[0]))

    def _wait(self, user: str, code: str, since: float, seconds: float) -> None:
        self.history.note_wait(
            self.host, user, LoginWait(code, self.number, since, since + seconds)
        )
