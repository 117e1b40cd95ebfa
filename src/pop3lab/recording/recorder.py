"""What is told of a relayed session: its lines, as if the server were ours."""

from collections.abc import Iterator
from typing import NamedTuple

from pop3lab.core.actions import Action, Close, Part, Reset, Send
from pop3lab.core.command import COMMANDS
from pop3lab.core.counter import BoundedCounter
from pop3lab.core.events import (
    ActionPerformed,
    ConnectionClosed,
    ConnectionOpened,
    Event,
    EventSink,
    LineReceived,
    RecordingError,
    SessionEnded,
    TlsEstablished,
    UnexpectedTls,
)
from pop3lab.core.exchange import ExchangeTracker, ReplyPiece, TrackedRequest
from pop3lab.core.reply_reader import OK
from pop3lab.core.request import GREETING, verb_of
from pop3lab.core.wire import LineSplitter, tls_hello_at

_LINE = 65_536  # octets of a line of the client that are told, and of a server's line at once
_ENOUGH = 65_536  # octets of lines that wait for their turn: no more are to come
_MOST = 1_048_576  # octets of those that are let wait all the same
_CUT = "a line of the client has more than 65,536 octets: the rest is not written here"
_AHEAD = "the client is far ahead of the server: its lines stand before their turn"


class RecordedReply(NamedTuple):
    """A status line of the server. verb: of the command that it answers, empty for the greeting."""

    verb: bytes
    ok: bool


class RelayedOctets(NamedTuple):
    """Octets for the client, and the status lines that they complete."""

    octets: bytes
    answers: list[RecordedReply]


class Recorder:
    """Makes events of the octets of both sides.

    A line that the client sends before its turn is told when the reply to the one before is
    complete, so that each reply stands behind its command. Of lines without end no more than a
    piece is held: the server's are told in pieces, of the client's the beginning.
    offers: STLS is offered to the client whatever the server does; it hears whole lines until then.
    """

    def __init__(self, number: int, sink: EventSink, peer: str, *, offers: bool = False) -> None:
        self._number = number
        self._sink = sink
        self._lines = LineSplitter(_LINE)
        self._last = b""  # verb of the client's last line, told or held
        self._rest = b""  # what the server has said of a line, and is not told
        self._begun = False  # the beginning of the server's line is told
        self._noted: set[str] = set()
        self._tracker = ExchangeTracker()
        self._verbs = BoundedCounter()
        self._server_over = False
        self._offers = offers
        self._secure = self._hello = False  # TLS is active; the client speaks it although it isn't
        self.emit(ConnectionOpened(number, peer))

    def emit(self, event: Event) -> None:
        """Emit the event."""
        self._sink.emit(event)

    def emit_action(self, action: Action) -> None:
        """The server did this."""
        self.emit(ActionPerformed(self._number, action))

    def client(self, data: bytes) -> bool:
        """Octets of the client; whether they end in STLS."""
        if self._hello:
            return False
        hello = -1 if self._secure else tls_hello_at(data, self._lines.begun)
        for line in self._lines.feed(data if hello < 0 else data[:hello]):
            self._last = verb_of(line)
            for turn in self._tracker.client(line):
                self._received(turn)
            while self._server_over and self._tracker.waits:
                self._received(self._tracker.next())
            while self._tracker.waits > _MOST:  # the server talks, and does not answer
                self._received(self._tracker.next())
                self._note(_AHEAD)
        if hello >= 0:
            self._hello = True
            self.emit(UnexpectedTls(self._number))
        return self._last == b"STLS" and not self._lines.begun and hello < 0

    @property
    def enough(self) -> bool:
        """Whether the client is to wait: the server has yet to answer very much."""
        return self._tracker.waits > _ENOUGH

    @property
    def awaits(self) -> bool:
        """Whether the server has yet to answer."""
        return self._tracker.waits > 0 or not self._tracker.idle

    def _note(self, what: str) -> None:
        if what not in self._noted:
            self._noted.add(what)
            self.failed(what)

    def _received(self, turn: TrackedRequest) -> None:
        line, (verb, _) = turn
        response = turn.request.responds
        known = not response and verb in COMMANDS
        told = "" if response else verb
        self.emit(LineReceived(self._number, line, response=response, verb=told, known=known))
        if len(line) >= _LINE:
            self._note(_CUT)
        if told:
            self._verbs.add(told, made_up=True)

    @property
    def awaits_tls(self) -> bool:
        """Whether it is the turn of the reply to STLS."""
        return self._tracker.request.verb == "STLS" and not self._tracker.idle

    @property
    def withheld(self) -> bytes:
        """What the client has not been given of the server's last line."""
        return self._rest if self._offers else b""

    def server(self, data: bytes) -> RelayedOctets:
        """Octets of the server."""
        answers: list[RecordedReply] = []
        octets: list[bytes] = []
        body: list[bytes] = []
        for piece in self._pieces(data):
            for told in self._tracker.server(piece):
                if isinstance(told, ReplyPiece) and told.part is not Part.HEAD:
                    body += self._offer(told)
                    continue
                octets.append(self._said(body, Part.BODY))
                if isinstance(told, TrackedRequest):
                    self._received(told)
                else:
                    octets.append(self._said([told.octets], Part.HEAD))
                    answers += self._answers(told)
        octets.append(self._said(body, Part.BODY))
        return RelayedOctets(b"".join(octets) if self._offers else data, answers)

    def _answers(self, said: ReplyPiece) -> list[RecordedReply]:
        """What is decided by this, if it ends a status line."""
        if not said.octets.endswith(b"\n"):
            return []
        status = self._tracker.reply.status == OK if said.asked else said.octets[:3] == b"+OK"
        verb = "" if said.request is GREETING else said.request.verb
        return [RecordedReply(verb.encode("utf-8", "replace"), status)]

    def _pieces(self, data: bytes) -> Iterator[bytes]:
        """Lines with their LF, and of those that are long what there is of them."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            yield line + b"\n"
        self._begun = self._begun and not lines
        if self._begun or len(self._rest) > _LINE:
            rest, self._rest = self._rest, b""
            self._begun = True
            yield from [rest] if rest else []

    def _offer(self, said: ReplyPiece) -> list[bytes]:
        if not self._offers or said.request.verb != "CAPA":
            return [said.octets]
        if said.part is Part.END:
            return [b"STLS\r\n", said.octets]
        return [] if verb_of(said.octets) == b"STLS" else [said.octets]

    def _said(self, pieces: list[bytes], part: Part) -> bytes:
        octets = b"".join(pieces)
        pieces.clear()
        if octets:
            self.emit_action(Send(octets, part))
        return octets

    def secured(self, version: str) -> None:
        """The client's side is under TLS."""
        self._lines = LineSplitter(_LINE)
        self._tracker.drop()
        self._last = b""
        self._offers = False
        self._secure = True
        self.emit(TlsEstablished(self._number, version))

    def server_over(self, reset: bool = False) -> None:
        """The server has closed. Lines that it has not answered come behind that."""
        if not self._server_over:
            self._server_over = True
            self._flush()
            self.emit_action(Reset() if reset else Close())

    def client_gone(self, reset: bool) -> None:
        """The client has."""
        self._flush()
        while self._tracker.waits:
            self._received(self._tracker.next())
        how = "reset" if reset else "closed"
        quits = self._tracker.request.verb == "QUIT" and self._tracker.idle
        ended = "quit" if quits else how
        self.emit(SessionEnded(self._number, ended, None, self._verbs))
        self.emit(ConnectionClosed(self._number, how))

    def failed(self, reason: str) -> None:
        """The session can't be relayed."""
        self.emit(RecordingError(self._number, reason))

    def _flush(self) -> None:
        rest, self._rest = self._tracker.reply.held + self._rest, b""
        if rest:
            self.emit_action(Send(rest, Part.HEAD))
