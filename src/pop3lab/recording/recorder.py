"""Turns the octets of a relayed session into events, as if the server were ours."""

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

_LINE = 65_536  # octets recorded of a client's line, and at once of a server's line
_ENOUGH = 65_536  # octets of waiting lines after which the client is no longer read
_MOST = 1_048_576  # octets of waiting lines that are kept in any case
_CUT = "a line of the client has more than 65,536 octets: the rest is not written here"
_AHEAD = "the client is far ahead of the server: its lines stand before their turn"


class RecordedReply(NamedTuple):
    """A status line of the server. verb: of its command; empty for the greeting."""

    verb: bytes
    ok: bool


class RelayedOctets(NamedTuple):
    """Octets for the client, and the status lines that they complete."""

    octets: bytes
    answers: list[RecordedReply]


class Recorder:
    """Makes events from the octets of both sides.

    A line that the client sends early is recorded when the reply to the previous line is complete,
    so that each reply follows its command. Only a piece of a long line is held: long lines of the
    server are recorded in pieces, and only the start of those of the client. offers: the client is
    offered STLS, whatever the server supports; it gets whole lines until then.
    """

    def __init__(self, number: int, sink: EventSink, peer: str, *, offers: bool = False) -> None:
        self._number = number
        self._sink = sink
        self._lines = LineSplitter(_LINE)
        self._last = b""  # verb of the client's last line, recorded or held
        self._rest = b""  # the unrecorded part of the server's line
        self._begun = False  # the start of the server's line is recorded
        self._noted: set[str] = set()
        self._tracker = ExchangeTracker()
        self._verbs = BoundedCounter()
        self._server_over = False
        self._offers = offers
        self._secure = self._hello = False  # TLS is active; the client speaks TLS without it
        self.emit(ConnectionOpened(number, peer))

    def emit(self, event: Event) -> None:
        """Emit the event."""
        self._sink.emit(event)

    def emit_action(self, action: Action) -> None:
        """Record an action of the server."""
        self.emit(ActionPerformed(self._number, action))

    def client(self, data: bytes) -> bool:
        """Record octets of the client; return whether they end in STLS."""
        if self._hello:
            return False
        hello = -1 if self._secure else tls_hello_at(data, self._lines.begun)
        for line in self._lines.feed(data if hello < 0 else data[:hello]):
            self._last = verb_of(line)
            for turn in self._tracker.client(line):
                self._received(turn)
            while self._server_over and self._tracker.waits:
                self._received(self._tracker.next())
            while self._tracker.waits > _MOST:  # the server speaks unasked
                self._received(self._tracker.next())
                self._note(_AHEAD)
        if hello >= 0:
            self._hello = True
            self.emit(UnexpectedTls(self._number))
        return self._last == b"STLS" and not self._lines.begun and hello < 0

    @property
    def enough(self) -> bool:
        """Whether the client must wait, because too many commands are unanswered."""
        return self._tracker.waits > _ENOUGH

    @property
    def awaits(self) -> bool:
        """Whether a reply of the server is pending."""
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
        """Whether the reply to STLS is next."""
        return self._tracker.request.verb == "STLS" and not self._tracker.idle

    @property
    def withheld(self) -> bytes:
        """Return the part of the server's last line that the client has not got."""
        return self._rest if self._offers else b""

    def server(self, data: bytes) -> RelayedOctets:
        """Record octets of the server."""
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
        """Process a status line that is complete."""
        if not said.octets.endswith(b"\n"):
            return []
        status = self._tracker.reply.status == OK if said.asked else said.octets[:3] == b"+OK"
        verb = "" if said.request is GREETING else said.request.verb
        return [RecordedReply(verb.encode("utf-8", "replace"), status)]

    def _pieces(self, data: bytes) -> Iterator[bytes]:
        """Yield lines with their LF; long lines in pieces."""
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
        """Note that the client's side is under TLS."""
        self._lines = LineSplitter(_LINE)
        self._tracker.drop()
        self._last = b""
        self._offers = False
        self._secure = True
        self.emit(TlsEstablished(self._number, version))

    def server_over(self, reset: bool = False) -> None:
        """Note that the server has closed; unanswered lines follow."""
        if not self._server_over:
            self._server_over = True
            self._flush()
            self.emit_action(Reset() if reset else Close())

    def client_gone(self, reset: bool) -> None:
        """Note that the client has closed."""
        self._flush()
        while self._tracker.waits:
            self._received(self._tracker.next())
        how = "reset" if reset else "closed"
        quits = self._tracker.request.verb == "QUIT" and self._tracker.idle
        ended = "quit" if quits else how
        self.emit(SessionEnded(self._number, ended, None, self._verbs))
        self.emit(ConnectionClosed(self._number, how))

    def failed(self, reason: str) -> None:
        """Note that the session can't be relayed."""
        self.emit(RecordingError(self._number, reason))

    def _flush(self) -> None:
        rest, self._rest = self._tracker.reply.held + self._rest, b""
        if rest:
            self.emit_action(Send(rest, Part.HEAD))
