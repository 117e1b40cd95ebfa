"""What is told of a relayed session: its lines, as if the server were ours."""

from collections.abc import Iterator
from typing import NamedTuple

from pop3lab.core.actions import Action, Close, Part, Reset, Send
from pop3lab.core.events import Did, Ended, Event, Failed, Left, Opened, Received, Secured, Watch
from pop3lab.core.tally import Tally
from pop3lab.core.wire import Lines
from pop3lab.record.course import Course, verb_of

_LINE = 65_536  # octets of a line of the client that are told, and of a server's line at once
_ENOUGH = 65_536  # octets of lines that wait for their turn: no more are to come
_MOST = 1_048_576  # octets of those that are let wait all the same
_CUT = "a line of the client has more than 65,536 octets: the rest is not written here"
_AHEAD = "the client is far ahead of the server: its lines stand before their turn"


class Answer(NamedTuple):
    """A status line of the server. verb: of the command that it answers, empty for the greeting."""

    verb: bytes
    ok: bool


class Said(NamedTuple):
    """Octets for the client, and the status lines that they complete."""

    octets: bytes
    answers: list[Answer]


class _Begun(NamedTuple):
    """A line of the server: the part of a reply that it is in, and whether it begins with +OK."""

    part: Part
    ok: bool


class Hearing:
    """Makes events of the octets of both sides.

    A line that the client sends before its turn is told when the reply to the one before is
    complete, so that each reply stands behind its command. Of lines without end no more than a
    piece is held: the server's are told in pieces, of the client's the beginning.
    offers: STLS is offered to the client whatever the server does; it hears whole lines until then.
    """

    def __init__(self, number: int, watch: Watch, peer: str, *, offers: bool = False) -> None:
        self._number = number
        self._watch = watch
        self._lines = Lines(_LINE)
        self._held = bytearray()  # lines that wait for their turn, each with its LF
        self._last = b""  # verb of the client's last line, told or held
        self._rest = b""  # what the server has said of a line, and is not told
        self._begun: _Begun | None = None  # the server's line, if its beginning is told
        self._noted: set[str] = set()
        self._course = Course()
        self._verbs = Tally()
        self._server_over = False
        self._offers = offers
        self.tell(Opened(number, peer))

    def tell(self, event: Event) -> None:
        """Tell whoever watches."""
        self._watch.tell(event)

    def did(self, action: Action) -> None:
        """The server did this."""
        self.tell(Did(self._number, action))

    def client(self, data: bytes) -> bool:
        """Octets of the client; whether they end in STLS."""
        for line in self._lines.feed(data):
            self._last = verb_of(line)
            if self._held or not (self._idle or self._server_over):
                self._hold(line)
            else:
                self._received(line)
        return self._last == b"STLS" and not self._lines.begun

    @property
    def enough(self) -> bool:
        """Whether the client is to wait: the server has yet to answer very much."""
        return len(self._held) > _ENOUGH

    @property
    def awaits(self) -> bool:
        """Whether the server has yet to answer."""
        return bool(self._held) or not self._idle

    def _hold(self, line: bytes) -> None:
        self._held += line + b"\n"
        while len(self._held) > _MOST:  # the server talks, and does not answer
            self._next(early=True)
            self._note(_AHEAD)

    def _next(self, early: bool = False) -> None:
        """It is the turn of the first line that waits."""
        end = self._held.index(b"\n")
        line = bytes(self._held[:end])
        del self._held[: end + 1]
        self._received(line, early)

    def _note(self, what: str) -> None:
        if what not in self._noted:
            self._noted.add(what)
            self.failed(what)

    def _received(self, line: bytes, early: bool = False) -> None:
        response = self._course.is_response(line, early)
        self.tell(Received(self._number, line, response=response))
        if len(line) >= _LINE:
            self._note(_CUT)
        self._course.client(line, response)
        if not response:
            self._verbs.add(verb_of(line).decode("ascii", "backslashreplace"), made_up=True)

    @property
    def awaits_tls(self) -> bool:
        """Whether it is the turn of the answer to STLS."""
        return self._course.verb == b"STLS" and not self._course.idle

    @property
    def withheld(self) -> bytes:
        """What the client has not been given of the server's last line."""
        return self._rest if self._offers else b""

    def server(self, data: bytes) -> Said:
        """Octets of the server."""
        answers: list[Answer] = []
        octets: list[bytes] = []
        body: list[bytes] = []
        for piece in self._pieces(data):
            line = self._begun or self._begin(piece)
            ended = piece.endswith(b"\n")
            self._begun = None if ended else line
            if line.part is Part.HEAD:
                octets += [self._said(body, Part.BODY), self._said([piece], Part.HEAD)]
                answers += [Answer(self._course.verb, line.ok)] * ended
            else:
                body += self._offer(piece, line.part)
            if self._idle and self._held:
                octets.append(self._said(body, Part.BODY))
                self._next(early=True)
        octets.append(self._said(body, Part.BODY))
        return Said(b"".join(octets) if self._offers else data, answers)

    def _pieces(self, data: bytes) -> Iterator[bytes]:
        """Lines with their LF, and of those that are long what there is of them."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            yield line + b"\n"
        if self._begun or len(self._rest) > _LINE:
            rest, self._rest = self._rest, b""
            yield from [rest] if rest else []

    def _begin(self, piece: bytes) -> _Begun:
        return _Begun(self._course.server(piece.removesuffix(b"\n")), piece.startswith(b"+OK"))

    @property
    def _idle(self) -> bool:
        """Whether it is the client's turn."""
        return self._course.idle and not self._begun

    def _offer(self, line: bytes, part: Part) -> list[bytes]:
        if not self._offers or self._course.verb != b"CAPA":
            return [line]
        if part is Part.END:
            return [b"STLS\r\n", line]
        return [] if verb_of(line) == b"STLS" else [line]

    def _said(self, pieces: list[bytes], part: Part) -> bytes:
        octets = b"".join(pieces)
        pieces.clear()
        if octets:
            self.did(Send(octets, part))
        return octets

    def secured(self, version: str) -> None:
        """The client's side is under TLS."""
        self._lines = Lines(_LINE)
        self._held.clear()
        self._last = b""
        self._offers = False
        self.tell(Secured(self._number, version))

    def server_over(self, reset: bool = False) -> None:
        """The server has closed. Lines that it has not answered come behind that."""
        if not self._server_over:
            self._server_over = True
            self._flush()
            self.did(Reset() if reset else Close())

    def client_gone(self, reset: bool) -> None:
        """The client has."""
        self._flush()
        while self._held:
            self._next(early=True)
        how = "reset" if reset else "closed"
        ended = "quit" if self._course.verb == b"QUIT" else how
        self.tell(Ended(self._number, ended, None, self._verbs))
        self.tell(Left(self._number, how))

    def failed(self, reason: str) -> None:
        """The session can't be relayed."""
        self.tell(Failed(self._number, reason))

    def _flush(self) -> None:
        rest, self._rest = self._rest, b""
        if rest:
            self.did(Send(rest, Part.HEAD))
