"""One session as its client saw it: what it could know when it sent each line."""

from collections import deque

from pop3lab.core.commands import TEXTS
from pop3lab.core.events import Entered, Received
from pop3lab.core.exchange import GREETING, State
from pop3lab.watch.masks import BEFORE_SECRETS, is_command
from pop3lab.watch.violations.answer import ERR
from pop3lab.watch.violations.exchanges import Exchanges
from pop3lab.watch.violations.logins import Logins
from pop3lab.watch.violations.numbers import Numbers
from pop3lab.watch.violations.past import Past, Wait, got
from pop3lab.watch.violations.proofs import Attempt, useless_after
from pop3lab.watch.violations.said import Done, Said, is_number
from pop3lab.watch.violations.shown import Shown
from pop3lab.watch.violations.visit import Visit

AT_ONCE = 1.0  # seconds after a refusal in which nobody has thought about it
_MOST_LOGGING_IN = 8

Capabilities = dict[str, list[str]]


class Seen:
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

    def __init__(self, number: int, peer: str, seconds: float, past: Past) -> None:
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
        self.numbers = Numbers()
        self.shown = Shown()
        self.visit = Visit()
        self.exchanges = Exchanges(seconds)
        self.latest: Said | None = None
        self.previous: Said | None = None
        self.received: list[Received] = []
        self.left: Done | None = None
        self.logging_in: deque[Received] = deque(maxlen=_MOST_LOGGING_IN)
        self._opens = False  # a line that is no command may be a secret behind the first of these
        self._entered = 0.0  # seconds
        self._begin()

    def _begin(self) -> None:
        """As a session begins, and again under TLS."""
        self.state: State | None = State.AUTHORIZATION
        self.capabilities: Capabilities | None = None
        self.asked_capa = False
        self.logins = Logins()
        self.last: Done | None = None

    def knows_useless(self, attempt: Attempt, code: str) -> bool:
        """Whether a refusal with this code, here or before it connected, was about this attempt."""
        useless = useless_after(code, attempt)
        if useless is None:
            return False
        before = self.past.was_refused(self.host, useless, code, self.opened)
        return before or self.logins.was_refused(useless, code)

    # What happens

    def hear(self, seconds: float, received: Received) -> Said:
        """A line came."""
        line = self.exchanges.begin(seconds, received)
        if not line.early:
            self._learn_all()
        self._keep(received, line)
        self.previous, self.latest = self.latest, line
        return line

    def _keep(self, received: Received, line: Said) -> None:
        if line.response or line.verb in BEFORE_SECRETS:
            self.logging_in.append(received)
        command = not line.response and (received.known or is_command(line.octets))
        if not command and self._opens:
            self.received = [self.received[0], received]
        else:
            self.received = [received]
            self._opens = not command or line.verb in BEFORE_SECRETS

    def enter(self, entered: Entered) -> None:
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

    def _learn(self, done: Done) -> None:
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

    def _greeted(self, done: Done) -> None:
        if done.answer.status == ERR:
            self.state = None
        _, opens, rest = done.answer.text.partition("<")
        self.timestamp = bool(opens) and ">" in rest

    def _note_text(self, done: Done) -> None:
        number = done.said.number
        if number is None:
            return
        uids = {done.uid, self.numbers.uid(number)}  # the client may take it for either
        if done.uid:
            self.numbers.note_read(number, done.uid)
        for uid in uids - {""}:
            self.past.note_got(self.user, uid, got(done, self.in_step))

    def _note_others(self, done: Done) -> None:
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

    def _note_login(self, done: Done) -> None:
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

    def _note_refused(self, attempt: Attempt, done: Done) -> None:
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
