"""One session as its client saw it: what it could know when it sent each line."""

from collections import deque
from collections.abc import Sequence

from pop3lab.conformance.exchange import ERR, ClientLine, CompletedExchange, Exchanges, is_number
from pop3lab.conformance.history import ClientHistory, SessionFetches, Wait, got
from pop3lab.conformance.login_attempts import LoginAttempt, LoginAttempts, useless_after
from pop3lab.core.command import INFORMING, TEXTS
from pop3lab.core.events import LineReceived, LoggedIn
from pop3lab.core.maildrop import Entry, Snapshot
from pop3lab.core.request import GREETING, State
from pop3lab.observe.redaction import BEFORE_SECRETS, is_command

# What a client knows of the numbers of its messages, and what they stand for.


class KnownMessages:
    """Of one session. known: the highest number that it was told; None before that.

    asked: a question for numbers was granted, whatever the answer was. shifted: a number is not
    the message that the store has there.
    """

    def __init__(self) -> None:
        self.known: int | None = None
        self.asked = False
        self.marked: set[int] = set()
        self.snapshot: Snapshot | None = None
        self.shifted = False

    def uid(self, number: int) -> str:
        """The unique-id of the message; empty if what the client is shown is something else."""
        stored = self.snapshot.entries if self.snapshot else ()
        other = self.shifted or self.known not in (None, len(stored))
        return "" if other or not 1 <= number <= len(stored) else stored[number - 1].uid

    def is_beyond(self, number: int) -> bool:
        """Whether it is more than there are messages, and the client is shown what there is."""
        if self.snapshot is None or self.shifted:
            return False
        return number > len(self.snapshot.entries)

    def learn(self, done: CompletedExchange) -> None:
        """Of a line that was answered as it should be."""
        self.asked = self.asked or (done.ok and done.said.verb in INFORMING)
        match done.said.verb:
            case "STAT" if done.ok:
                count, _, _ = done.answer.text.partition(" ")
                if is_number(count):
                    self._know(int(count) + len(self.marked))
            case "UIDL" if done.ok:
                self._note_uids(done.answer.lines or (done.answer.text,))
                if done.answer.lines is not None:
                    self._listed(done.answer.lines)
            case "LIST" if done.ok and done.answer.lines is not None:
                self._listed(done.answer.lines)
            case "RSET" if done.ok:
                self.marked.clear()
            case "DELE" if done.ok and done.said.number is not None:
                self.marked.add(done.said.number)

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
        if all(is_number(number) for number in numbers):
            self._know(max(map(int, numbers), default=0))

    def _know(self, number: int) -> None:
        self.known = max(number, self.known or 0, *self.marked)


def _ends_in(line: str, entry: Entry) -> bool:
    return line.endswith(entry.uid)


def _is_stored(line: str, stored: Sequence[Entry]) -> bool:
    """Whether a line of UIDL has what the store has."""
    number, _, uid = line.partition(" ")
    at = int(number) if is_number(number) else 0
    return 0 < at <= len(stored) and stored[at - 1].uid == uid


# The unique-ids that a client was shown, by number.


class ShownUids:
    """Of one session. snapshot: as the store has it; None before the login.

    What is shown as it is stored, as nearly always, costs nothing.
    """

    def __init__(self) -> None:
        self.snapshot: Snapshot | None = None
        self._as_stored = False
        self._others: dict[int, str] = {}

    def learn(self, done: CompletedExchange) -> None:
        """Of a line that was answered as it should be."""
        if done.said.verb != "UIDL" or not done.ok:
            return
        if done.said.words:
            self._learn(_pair(done.answer.text))
        elif (lines := done.answer.lines) is not None:
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
    if len(words) < 2 or not is_number(words[0]):
        return None
    return int(words[0]), words[1]


AT_ONCE = 1.0  # seconds after a refusal in which nobody has thought about it
_MOST_LOGGING_IN = 8

Capabilities = dict[str, list[str]]


class ClientKnowledge:
    """Facts that the client had, from octets alone: what the server thinks plays no part.

    An answer becomes a fact with the first line that is not early: then it had been sent before.
    in_step: each answer until now was one, so that the client knows which is which.
    state: None where the answers leave it open. timestamp: the greeting's, None before that.
    capabilities: None without a list since the beginning, or TLS; before: those before STLS.
    latest, previous: the last line, and the one before it. last: the last of which the client had
    the answer. received: the last line as an event, and before it the one behind which a line
    that is no command may be a secret. logging_in: the last lines that may have secrets, which may
    be said again. left: the line that the session ended before the answer to.
    """

    def __init__(self, number: int, peer: str, seconds: float, past: ClientHistory) -> None:
        self.number = number
        self.host = peer.rpartition(":")[0]
        self.opened = seconds
        self.past = past
        self.secure = False
        self.before: Capabilities | None = None
        self.timestamp: bool | None = None
        self.in_step = True
        self.utf8 = False
        self.user = ""
        self.numbers = KnownMessages()
        self.shown = ShownUids()
        self.visit = SessionFetches()
        self.exchanges = Exchanges(seconds)
        self.latest: ClientLine | None = None
        self.previous: ClientLine | None = None
        self.received: list[LineReceived] = []
        self.left: CompletedExchange | None = None
        self.logging_in: deque[LineReceived] = deque(maxlen=_MOST_LOGGING_IN)
        self._opens = False  # a line that is no command may be a secret behind the first of these
        self._entered = 0.0  # seconds
        self._begin()

    def _begin(self) -> None:
        """As a session begins, and again under TLS."""
        self.state: State | None = State.AUTHORIZATION
        self.capabilities: Capabilities | None = None
        self.asked_capa = False
        self.logins = LoginAttempts()
        self.last: CompletedExchange | None = None

    def knows_useless(self, attempt: LoginAttempt, code: str) -> bool:
        """Whether a refusal with this code, here or before it connected, was about this attempt."""
        useless = useless_after(code, attempt)
        if useless is None:
            return False
        before = self.past.was_refused(self.host, useless, code, self.opened)
        return before or self.logins.was_refused(useless, code)

    # What happens

    def hear(self, seconds: float, received: LineReceived) -> ClientLine:
        """A line came."""
        line = self.exchanges.begin(seconds, received)
        if not line.early:
            self._learn_all()
        self._keep(received, line)
        self.previous, self.latest = self.latest, line
        return line

    def _keep(self, received: LineReceived, line: ClientLine) -> None:
        if line.response or line.verb in BEFORE_SECRETS:
            self.logging_in.append(received)
        command = not line.response and (received.known or is_command(line.octets))
        if not command and self._opens:
            self.received = [self.received[0], received]
        else:
            self.received = [received]
            self._opens = not command or line.verb in BEFORE_SECRETS

    def enter(self, entered: LoggedIn) -> None:
        """The store has opened a maildrop."""
        self.user = entered.user
        self.numbers.snapshot = self.shown.snapshot = entered.snapshot

    def secured(self) -> None:
        """TLS is active: from the start, if no line has come yet."""
        self.secure = True
        if self.latest:
            self.exchanges.pause()
            self._learn_all()
            self.before = self.capabilities
            self._begin()

    def end(self, seconds: float) -> None:
        """The session is over; an answer that the client did not wait for is no fact."""
        self.left = self.exchanges.end(seconds)
        if self.left and self.left.said.verb in TEXTS and self.left.answer.status:
            self._note_text(self.left)
        self._learn_all()

    # What follows from it

    def _learn_all(self) -> None:
        """The client may have read all that was sent until now."""
        for done in self.exchanges.take():
            self._learn(done)
        exchanges = self.exchanges
        self.in_step = self.in_step and not (exchanges.unasked or exchanges.forgets)

    def _learn(self, done: CompletedExchange) -> None:
        if done.said.verb in TEXTS:
            self._note_text(done)
        self.in_step = self.in_step and done.sound
        if done.said.verb == GREETING.verb:
            self._greeted(done)
            return
        if self.in_step:
            self._note_login(done)
            self._note_others(done)
            self.numbers.learn(done)
            self.shown.learn(done)
            if self.numbers.shifted:
                self.past.note_unsure(self.user)
            self.logins.learn(done)
        self.last = done

    def _greeted(self, done: CompletedExchange) -> None:
        if done.answer.status == ERR:
            self.state = None
        _, opens, rest = done.answer.text.partition("<")
        self.timestamp = bool(opens) and ">" in rest

    def _note_text(self, done: CompletedExchange) -> None:
        number = done.said.number
        if number is None:
            return
        uids = {done.uid, self.numbers.uid(number)}  # the client may take it for either
        if done.uid:
            self.numbers.note_read(number, done.uid)
        for uid in uids - {""}:
            self.past.note_got(self.user, uid, got(done, self.in_step))

    def _note_others(self, done: CompletedExchange) -> None:
        match done.said.verb:
            case "CAPA":
                self.asked_capa = True
                if done.ok and done.answer.lines is not None:
                    self._note_capabilities(done.answer.lines)
            case "QUIT" if done.ok:
                self.state = None
            case "UTF8" if done.ok:
                self.utf8 = True

    def _note_capabilities(self, lines: tuple[str, ...]) -> None:
        tags = [line.split(" ") for line in lines]
        self.capabilities = (self.capabilities or {}) | {tag.upper(): rest for tag, *rest in tags}
        self._note_delay(self.user)

    def _note_login(self, done: CompletedExchange) -> None:
        if not done.said.logs_in:
            return
        attempt = self.logins.decided(done)
        if done.ok:
            self.state = State.TRANSACTION
            self._entered = done.seconds
            user = attempt.user if attempt else self.user
            self.past.note_entered(self.host, user)
            self._note_delay(user)
        elif attempt:
            self._note_refused(attempt, done)

    def _note_refused(self, attempt: LoginAttempt, done: CompletedExchange) -> None:
        code = done.answer.code
        if code in ("IN-USE", "LOGIN-DELAY"):
            self._wait(attempt.user, code, done.seconds, AT_ONCE)
        elif useless := useless_after(code, attempt):
            self.past.note_refused(self.host, useless, code, done.seconds)

    def _note_delay(self, name: str) -> None:
        """RFC 2449 section 6.5: with USER it is the largest of all, and not this user's."""
        words = (self.capabilities or {}).get("LOGIN-DELAY", [])
        if self.state is State.TRANSACTION and len(words) == 1 and is_number(words[0]):
            for user in {name, self.user} - {""}:
                self._wait(user, "LOGIN-DELAY", self._entered, float(words[0]))

    def _wait(self, user: str, code: str, since: float, seconds: float) -> None:
        self.past.note_wait(self.host, user, Wait(code, self.number, since, since + seconds))
