"""What is told of a relayed session: its lines, as if the server were ours."""

from collections import deque
from typing import NamedTuple

from pop3lab.core.actions import Action, Close, Part, Reset, Send
from pop3lab.core.events import Did, Ended, Event, Failed, Left, Opened, Received, Secured, Watch
from pop3lab.core.tally import Tally
from pop3lab.core.wire import Lines
from pop3lab.record.course import Course, verb_of

_LINE = 65_536  # octets of a line that are told


class Answer(NamedTuple):
    """A status line of the server. verb: of the command that it answers, empty for the greeting."""

    verb: bytes
    ok: bool


class Said(NamedTuple):
    """Octets for the client, and the status lines that they complete."""

    octets: bytes
    answers: list[Answer]


class Hearing:
    """Makes events of the octets of both sides.

    A line that the client sends before its turn is told when the reply to the one before is
    complete, so that each reply stands behind its command.
    offers: STLS is offered to the client whatever the server does; it hears whole lines until then.
    """

    def __init__(self, number: int, watch: Watch, peer: str, *, offers: bool = False) -> None:
        self._number = number
        self._watch = watch
        self._lines = Lines(_LINE)
        self._held: deque[bytes] = deque()
        self._last = b""  # verb of the client's last line, told or held
        self._rest = b""  # what the server has said of a line
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
            if self._held or not (self._course.idle or self._server_over):
                self._held.append(line)
            else:
                self._received(line)
        return self._last == b"STLS" and not self._lines.begun

    def _received(self, line: bytes, early: bool = False) -> None:
        response = self._course.is_response(line, early)
        self.tell(Received(self._number, line, response=response))
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
        *lines, self._rest = (self._rest + data).split(b"\n")
        answers = []
        octets = b""
        body: list[bytes] = []
        for line in lines:
            part = self._course.server(line)
            if part is Part.HEAD:
                octets += self._said(body, Part.BODY) + self._said([line], Part.HEAD)
                answers.append(Answer(self._course.verb, line.startswith(b"+OK")))
            else:
                body += self._offer(line, part)
            if self._course.idle and self._held:
                octets += self._said(body, Part.BODY)
                self._received(self._held.popleft(), early=True)
        octets += self._said(body, Part.BODY)
        return Said(octets if self._offers else data, answers)

    def _offer(self, line: bytes, part: Part) -> list[bytes]:
        if not self._offers or self._course.verb != b"CAPA":
            return [line]
        if part is Part.END:
            return [b"STLS\r", line]
        return [] if verb_of(line) == b"STLS" else [line]

    def _said(self, lines: list[bytes], part: Part) -> bytes:
        octets = b"".join(line + b"\n" for line in lines)
        lines.clear()
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
            self._received(self._held.popleft(), early=True)
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
