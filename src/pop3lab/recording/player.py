"""A session that is played from a transcript."""

from collections.abc import Callable, Iterator
from math import inf
from typing import NamedTuple

from pop3lab.core.actions import Action, Close, Part, Reset, Send, StartTLS
from pop3lab.core.command import COMMANDS
from pop3lab.core.config import Limits
from pop3lab.core.counter import BoundedCounter
from pop3lab.core.events import (
    ActionPerformed,
    ConnectionClosed,
    ConnectionOpened,
    Event,
    EventSink,
    LineReceived,
    PlaintextAfterStls,
    SessionEnded,
    TlsEstablished,
    TlsFailed,
    UnexpectedTls,
)
from pop3lab.core.exchange import ExchangeTracker
from pop3lab.core.sasl import Channel
from pop3lab.core.wire import LineSplitter, tls_hello_at
from pop3lab.observe.redaction import Redactor
from pop3lab.recording.script import ReplayScript, ScriptStep

_LINE = 65_536  # octets of a line that are compared
_SHOWN = 1000  # octets kept of a deviating line
_MOST = 1000  # deviations kept


class Deviation(NamedTuple):
    """The client sent another line than expected; wanted is empty after the last line.

    Secrets in both are ****. answered: the client got the reply to the wanted line, which has the
    same verb and other arguments.
    """

    session: int
    wanted: bytes
    line: bytes
    answered: bool = False


class Player:
    """Plays the server's side. strict: each line must be the next of the transcript.

    Otherwise the player continues at the next equal line, in any spelling, or at the next line with
    the same verb and other arguments, which is a deviation, too. It skips the lines before that,
    and refuses a command that does not occur any more. deviations: gets the first 1,000 of all
    sessions.
    """

    def __init__(
        self,
        number: int,
        script: ReplayScript,
        *,
        strict: bool = False,
        deviations: list[Deviation],
        peer: str = "",
        sink: EventSink | None = None,
        limits: Limits = Limits(),
    ) -> None:
        self.number = number
        self.limits = limits
        self.channel = Channel()
        self.user: str | None = None
        self.watched = sink is not None
        self._script = script
        self._next = 1
        self._strict = strict
        self.deviations = deviations
        self._sink = sink
        self._lines = LineSplitter(_LINE)
        self._tracker = ExchangeTracker()
        self._verbs = BoundedCounter()
        self._redactor = Redactor()
        self._shown = b""  # the last line of the client, redacted
        self._over = False
        self._ended = False
        self._emit(ConnectionOpened(number, peer))

    def greeting(self, tls: bool = False) -> Iterator[Action]:
        """Return what the server sends first. tls: start TLS before, unless the script does."""
        first = self._script[0].actions
        if tls and not isinstance(next(iter(first), None), StartTLS):
            yield self._performed(StartTLS())
        yield from self._play(self._script[0])

    def feed(self, data: bytes, early: bool = False) -> tuple[bytes, Iterator[Action] | None]:
        """Return what the server sends after these lines."""
        return b"", self._said_to(data, early)

    def _said_to(self, data: bytes, early: bool) -> Iterator[Action]:
        hello = -1 if self.channel.secure else tls_hello_at(data, self._lines.begun)
        yield from self._obey(data if hello < 0 else data[:hello], early)
        if hello >= 0 and not self._over:
            self._emit(UnexpectedTls(self.number))
            self._deviate(b"(TLS handshake)\n")
            yield self._performed(Close())

    def _obey(self, data: bytes, early: bool) -> Iterator[Action]:
        for place, line in enumerate(self._lines.feed(data)):
            if self._over:
                return
            received = self._received(line, early=early or place > 0)
            self._shown = self._redactor.redact(received)
            self._emit(received)
            if not received.response:
                self._verbs.add(received.verb, made_up=True)
            yield from self._answer(line + b"\n")

    def _received(self, line: bytes, early: bool) -> LineReceived:
        request = self._tracker.begin(line)
        if request.responds:
            return LineReceived(self.number, line, response=True, early=early)
        known = request.verb in COMMANDS
        return LineReceived(self.number, line, early=early, verb=request.verb, known=known)

    def _answer(self, line: bytes) -> Iterator[Action]:
        turn = self._turn(line)
        if turn:
            if not (turn.is_line(line) or turn.asks_the_same(line)):
                self._deviate(self._shown + b"\n", turn)
            yield from self._play(turn)
            return
        self._deviate(self._shown + b"\n")
        yield self._performed(Send(b"-ERR this is not in the transcript\r\n", Part.HEAD))
        if self._strict:
            yield self._performed(Close())

    def _deviate(self, line: bytes, turn: ScriptStep | None = None) -> None:
        """Note a deviation. turn: the step that is played nevertheless."""
        following = self._script[self._next] if self._next < len(self._script) else None
        wanted = turn or following
        if len(self.deviations) < _MOST:  # the first ones are the informative ones
            meant = (wanted and wanted.line) or b""
            deviation = Deviation(self.number, meant, line[:_SHOWN], answered=turn is not None)
            self.deviations.append(deviation)

    def _turn(self, line: bytes) -> ScriptStep | None:
        """Return the step that begins with the line, and continue after it."""
        place = next(self._places(line), None)
        if place is None:
            return None
        self._next = place + 1
        return self._script[place]

    def _places(self, line: bytes) -> Iterator[int]:
        """Yield the possible positions of the line, the best first."""
        if self._next < len(self._script) and self._script[self._next].is_line(line):
            yield self._next
        if self._strict:
            return
        ahead = range(self._next, len(self._script))
        known = [place for place in ahead if not self._script[place].is_masked]
        yield from (place for place in known if self._script[place].is_line(line))
        yield from (place for place in known if self._script[place].asks_the_same(line))
        yield from (place for place in known if self._script[place].answers(line))

    def _play(self, turn: ScriptStep) -> Iterator[Action]:
        for action in turn.actions:
            yield self._performed(action)
            if self._over:
                return

    def _performed(self, action: Action) -> Action:
        self._over = isinstance(action, Close | Reset)
        if isinstance(action, Send):
            self._tracker.say(action.data)
        self._emit(ActionPerformed(self.number, action))
        return action

    @property
    def may_wake(self) -> bool:
        """Return False: a transcript continues only with a line of the client."""
        return False

    @property
    def wakeup_delay(self) -> float:
        """Return infinity."""
        return inf

    def on_wakeup_reset(self, call: Callable[[], None]) -> None:
        """Ignore the callback: there are no timers."""

    def wake_up(self) -> Iterator[Action]:
        """Do nothing."""
        return iter(())

    def plaintext_after_stls(self) -> Iterator[Action]:
        """End the session: no transcript continues like this."""
        self._emit(PlaintextAfterStls(self.number))
        yield self._performed(Close())

    def tls_established(self, channel: Channel) -> None:
        """Note that TLS is active."""
        self.channel = channel
        self._lines = LineSplitter(_LINE)
        self._emit(TlsEstablished(self.number, channel.version))

    def tls_failed(self, reason: str) -> None:
        """Note that TLS failed."""
        self._emit(TlsFailed(self.number, reason))

    def session_ended(self, how: str) -> None:
        """Note the end. If strict, the remaining lines are a deviation."""
        if self._ended:
            return
        self._ended = self._over = True
        if self._tracker.request.verb == "QUIT" and self._tracker.reply.complete:
            how = "quit"
        if self._strict and self._next < len(self._script):
            self._deviate(b"")
        self._emit(SessionEnded(self.number, how, None, self._verbs))

    def connection_closed(self, how: str) -> None:
        """Note that the connection is closed."""
        self._emit(ConnectionClosed(self.number, how))

    def _emit(self, event: Event) -> None:
        if self._sink:
            self._sink.emit(event)
