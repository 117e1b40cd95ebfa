"""A session that is played from a score, in place of one that obeys."""

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

_LINE = 65_536  # octets of a line that are looked at
_SHOWN = 1000  # octets of a line that are put down
_MOST = 1000  # deviations that are put down


class Deviation(NamedTuple):
    """The client said another line than the one that was to come, which is empty after the last.

    Secrets in both are ****. answered: it was said what was to be said to the one wanted, whose
    arguments are others.
    """

    session: int
    wanted: bytes
    line: bytes
    answered: bool = False


class Player:
    """Says what the server said. strict: each line must be the one that was sent then.

    Otherwise it is the next that is the same, in this or another spelling, or else the next with
    the same verb and other arguments, which is a deviation, too; a command that does not come any
    more is refused, and those that are left out are skipped. deviations: where the first 1,000 of
    all sessions are put down.
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
        self._shown = b""  # the last line of the client, secrets as ****
        self._over = False
        self._ended = False
        self._emit(ConnectionOpened(number, peer))

    def greeting(self, tls: bool = False) -> Iterator[Action]:
        """What the server said at first. tls: before that, unless the score has it."""
        first = self._script[0].actions
        if tls and not isinstance(next(iter(first), None), StartTLS):
            yield self._performed(StartTLS())
        yield from self._play(self._script[0])

    def feed(self, data: bytes, early: bool = False) -> tuple[bytes, Iterator[Action] | None]:
        """What the server said to these lines."""
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
        """turn: that is played all the same."""
        following = self._script[self._next] if self._next < len(self._script) else None
        wanted = turn or following
        if len(self.deviations) < _MOST:  # the first say what is wrong
            meant = (wanted and wanted.line) or b""
            deviation = Deviation(self.number, meant, line[:_SHOWN], answered=turn is not None)
            self.deviations.append(deviation)

    def _turn(self, line: bytes) -> ScriptStep | None:
        """The turn that begins with the line, from which it goes on."""
        place = next(self._places(line), None)
        if place is None:
            return None
        self._next = place + 1
        return self._script[place]

    def _places(self, line: bytes) -> Iterator[int]:
        """Where the line may be, the best first."""
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
    def wakeup_delay(self) -> float:
        """Never: a transcript goes on with a line of the client."""
        return inf

    def on_wakeup_reset(self, call: Callable[[], None]) -> None:
        """It never does."""

    def wake_up(self) -> Iterator[Action]:
        """Nothing."""
        return iter(())

    def plaintext_after_stls(self) -> Iterator[Action]:
        """What came instead of TLS was in clear: no transcript goes on like this."""
        self._emit(PlaintextAfterStls(self.number))
        yield self._performed(Close())

    def tls_established(self, channel: Channel) -> None:
        """TLS is active."""
        self.channel = channel
        self._lines = LineSplitter(_LINE)
        self._emit(TlsEstablished(self.number, channel.version))

    def tls_failed(self, reason: str) -> None:
        """TLS has not come about, or is broken."""
        self._emit(TlsFailed(self.number, reason))

    def session_ended(self, how: str) -> None:
        """The session is over. If strict, what was still to come is a deviation."""
        if self._ended:
            return
        self._ended = self._over = True
        if self._tracker.request.verb == "QUIT" and self._tracker.reply.complete:
            how = "quit"
        if self._strict and self._next < len(self._script):
            self._deviate(b"")
        self._emit(SessionEnded(self.number, how, None, self._verbs))

    def connection_closed(self, how: str) -> None:
        """The connection is gone."""
        self._emit(ConnectionClosed(self.number, how))

    def _emit(self, event: Event) -> None:
        if self._sink:
            self._sink.emit(event)
