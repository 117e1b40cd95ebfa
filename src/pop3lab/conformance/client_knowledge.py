"""What a client knew when it sent each line of its session."""

from collections.abc import Sequence

from pop3lab.conformance.exchange import ERR, ClientLine, CompletedExchange, ExchangeLog, is_decimal
from pop3lab.conformance.history import ClientHistory, LoginWait, SessionFetches, retrieval_of
from pop3lab.conformance.login_attempts import LoginAttempt, LoginAttempts, useless_after
from pop3lab.core.command import INFORMING, TEXTS
from pop3lab.core.events import LineReceived, LoggedIn
from pop3lab.core.maildrop import Entry, Snapshot
from pop3lab.core.request import GREETING, State

# Message numbers


class KnownMessages:
    """Of one session. highest: the highest number that it was told; None before that.

    asked: a question for numbers was granted, whatever the answer was. shifted: a number is not
    the message that the store has there.
    """

    def __init__(self) -> None:
        self.highest: int | None = None
        self.asked = False
        self.marked: set[int] = set()
        self.snapshot: Snapshot | None = None
        self.shifted = False

    def uid(self, number: int) -> str:
        """The unique-id of the message; empty if what the client is shown is something else."""
        stored = self.snapshot.entries if self.snapshot else ()
        other = self.shifted or self.highest not in (None, len(stored))
        return "" if other or not 1 <= number <= len(stored) else stored[number - 1].uid

    def is_beyond(self, number: int) -> bool:
        """Whether it is more than there are messages, and the client is shown what there is."""
        if self.snapshot is None or self.shifted:
            return False
        return number > len(self.snapshot.entries)

    def learn(self, exchange: CompletedExchange) -> None:
        """Of a line that was answered as it should be."""
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
        """For this number, that message was read."""
        self.shifted = self.shifted or self.uid(number) not in ("", uid)

    def _note_uids(self, lines: Sequence[str]) -> None:
        """Where the client is shown one message's unique-id at the number of another."""
        stored = self.snapshot.entries if self.snapshot else ()
        if len(lines) == len(stored) and all(map(_ends_in, lines, stored)):
            return  # as it mostly is, and soon seen
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
    """Whether a line of UIDL has what the store has."""
    number, _, uid = line.partition(" ")
    at = int(number) if is_decimal(number) else 0
    return 0 < at <= len(stored) and stored[at - 1].uid == uid


# Unique-ids


class ShownUids:
    """Of one session. snapshot: as the store has it; None before the login.

    What is shown as it is stored, as nearly always, costs nothing.
    """

    def __init__(self) -> None:
        self.snapshot: Snapshot | None = None
        self._as_stored = False
        self._others: dict[int, str] = {}

    def learn(self, exchange: CompletedExchange) -> None:
        """Of a line that was answered as it should be."""
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
        """What UIDL said of this message; empty if it was not asked, or can't be read."""
        return self._others.get(number) or (self._stored(number) if self._as_stored else "")

    def _stored(self, number: int) -> str:
        entries = self.snapshot.entries if self.snapshot else ()
        return entries[number - 1].uid if 1 <= number <= len(entries) else ""

    def _whole(self, lines: tuple[str, ...]) -> bool:
        """Whether this is the list of the store, and all of it."""
        entries = self.snapshot.entries if self.snapshot else ()
        return len(lines) == len(entries) and all(
            line == f"{number} {entry.uid}"
            for number, (line, entry) in enumerate(zip(lines, entries, strict=True), 1)
        )

    def _learn(self, pair: tuple[int, str] | None) -> None:
        if pair and not (self._as_stored and self._stored(pair[0]) == pair[1]):
            self._others[pair[0]] = pair[1]


def _pair(line: str) -> tuple[int, str] | None:
    """A number and a unique-id, with whatever a server may put around them."""
    words = line.split()
    if len(words) < 2 or not is_decimal(words[0]):
        return None
    return int(words[0]), words[1]


_AT_ONCE = 1.0  # seconds after a refusal in which nobody has thought about it

_Capabilities = dict[str, list[str]]


class ClientKnowledge:
    """What the client knew: facts from octets alone; what the server thinks plays no part.

    A reply becomes a fact with the first line that is not early: it had been sent before that.

    synchronized: each reply until now was one, so that the client knows which is to which line.
    state: None where the replies leave it open.
    timestamp: whether the greeting had one; None before the greeting.
    capabilities: None without a list since the beginning, or TLS.
    capabilities_before_tls: those from before STLS.
    latest, previous: the last line, and the one before it.
    last: the last exchange of which the client had the reply.
    unanswered: the exchange that the session ended within.
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
        """As a session begins, and again under TLS."""
        self.state: State | None = State.AUTHORIZATION
        self.capabilities: _Capabilities | None = None
        self.asked_capa = False
        self.login_attempts = LoginAttempts()
        self.last: CompletedExchange | None = None

    def knows_useless(self, attempt: LoginAttempt, code: str) -> bool:
        """Whether a refusal with this code, here or before it connected, was about this attempt."""
        useless = useless_after(code, attempt)
        if useless is None:
            return False
        before = self.history.was_refused(self.host, useless, code, self.opened)
        return before or self.login_attempts.was_refused(useless, code)

    def line_received(self, seconds: float, received: LineReceived) -> ClientLine:
        """Take a line; the client may know of all replies before it, unless it is early."""
        line = self.exchanges.begin(seconds, received)
        if not line.early:
            self._learn_all()
        self.previous, self.latest = self.latest, line
        return line

    def logged_in(self, entered: LoggedIn) -> None:
        """Take the user and the snapshot of the maildrop."""
        self.user = entered.user
        self.messages.snapshot = self.shown_uids.snapshot = entered.snapshot

    def tls_established(self) -> None:
        """TLS is active: from the start, if no line has come yet."""
        self.secure = True
        if self.latest:
            self.exchanges.pause()
            self._learn_all()
            self.capabilities_before_tls = self.capabilities
            self._begin()

    def session_ended(self, seconds: float) -> None:
        """The session has ended; an answer that the client did not wait for is no fact."""
        self.unanswered = self.exchanges.end(seconds)
        if self.unanswered and self.unanswered.line.verb in TEXTS and self.unanswered.reply.status:
            self._note_text(self.unanswered)
        self._learn_all()

    def _learn_all(self) -> None:
        """The client may have read all that was sent until now."""
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
        if self.synchronized:
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
        uids = {exchange.uid, self.messages.uid(number)}  # the client may take it for either
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
        """RFC 2449 section 6.5: with USER it is the largest of all, and not this user's."""
        words = (self.capabilities or {}).get("LOGIN-DELAY", [])
        if self.state is State.TRANSACTION and len(words) == 1 and is_decimal(words[0]):
            for user in {name, self.user} - {""}:
                self._wait(user, "LOGIN-DELAY", self._login_time, float(words[0]))

    def _wait(self, user: str, code: str, since: float, seconds: float) -> None:
        self.history.note_wait(
            self.host, user, LoginWait(code, self.number, since, since + seconds)
        )
