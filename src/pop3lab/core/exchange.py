"""Which line of a client the octets of its server answer."""

from collections.abc import Iterator
from typing import NamedTuple

from pop3lab.core.actions import Part, Send
from pop3lab.core.command import COMMANDS, is_multiline
from pop3lab.core.events import ActionPerformed, BodyTruncated, Event, LineReceived, MessageRead
from pop3lab.core.reply_reader import CHALLENGE, ERR, ReplyReader
from pop3lab.core.request import GREETING, Request, SaslResponse, parse_line

_AUTH = "AUTH"


class TrackedRequest(NamedTuple):
    """The server comes to this line of the client. line: without its LF."""

    line: bytes
    request: Request


class ReplyPiece(NamedTuple):
    """Octets of the server, of one part of the reply to this exchange.

    asked: they belong to it; what comes behind its end, and nobody waits for, does not.
    """

    request: Request
    part: Part
    octets: bytes
    asked: bool = True


class ExchangeTracker:
    """One session as both sides' octets show it, with the greeting as the first reply.

    Who knows when the server comes to a line calls begin. Who only sees what is on its way calls
    client and server: lines that come before their turn wait for it, in order (RFC 2449 section
    6.6), and are told as Turn when it has come. request: at hand. reply: to it.
    """

    def __init__(self) -> None:
        self._waiting = bytearray()  # lines, each with its LF
        self._mechanism: str | None = None  # that the AUTH line named
        self._start(GREETING)

    def _start(self, request: Request) -> None:
        self.request = request
        self.reply = ReplyReader(is_multiline(request), sasl=request.verb == _AUTH)

    # One line

    @property
    def awaits_response(self) -> bool:
        """Whether the client's next line answers a challenge of SASL, or will if one comes."""
        if self.request.verb != _AUTH:
            return False
        named = self.request.responds or bool(self.request.arguments)
        return self.reply.status == CHALLENGE or (named and not self.reply.complete)

    def begin(self, line: bytes, response: bool | None = None) -> Request:
        """The server comes to this line. response: whether it is one of SASL, if that is known."""
        self._start(self._read(line, self.awaits_response if response is None else response))
        return self.request

    def _read(self, line: bytes, response: bool) -> Request:
        if response:
            return SaslResponse(_AUTH, self._mechanism)
        request = parse_line(line).request
        words = request.arguments if request.verb == _AUTH else []
        self._mechanism = words[0] if words else None
        return request

    def say(self, data: bytes) -> None:
        """Octets of the server, whatever they are, for the line at hand: reply tells the rest."""
        self.reply.feed(data)

    # Both sides as they come

    @property
    def waits(self) -> int:
        """How many octets of lines wait, each with its LF."""
        return len(self._waiting)

    @property
    def idle(self) -> bool:
        """Whether it is the client's turn."""
        return self.reply.complete

    def client(self, line: bytes) -> Iterator[TrackedRequest]:
        """A line of the client, without its LF: now, if it is its turn."""
        waited = bool(self._waiting)
        self._waiting += line + b"\n"
        if self.idle and not waited:
            yield self.next(early=False)

    def next(self, *, early: bool = True) -> TrackedRequest:
        """It is the turn of the first line that waits, in any case. early: it had to wait.

        A response may have been on its way when AUTH was refused; then it is no command.
        """
        end = self._waiting.index(b"\n")
        line = bytes(self._waiting[:end])
        del self._waiting[: end + 1]
        refused = self.request.verb == _AUTH and self.reply.status == ERR
        late = early and refused and parse_line(line).request.verb not in COMMANDS
        return TrackedRequest(line, self.begin(line, late or self.awaits_response))

    def server(self, data: bytes) -> Iterator[ReplyPiece | TrackedRequest]:
        """Octets of the server; with the end of a reply the next line that waits has its turn."""
        while data:
            pieces, data = self.reply.feed(data)
            for part, octets in pieces:
                yield ReplyPiece(self.request, part, octets)
            if data and not self._waiting:
                yield ReplyPiece(self.request, Part.HEAD, data, asked=False)
                return
            if self._waiting and self.idle and (data or self.reply.part is not Part.BODY):
                yield self.next()

    def drop(self) -> None:
        """Forget what waits."""
        self._waiting.clear()


# What a session of our own makes of the command at hand, by its events.


class ServedCommand:
    """The last line of the client, and how far it is answered.

    Note each event of one session, in order. verb: of the last command, in upper case, as the
    session took it; a response of SASL is none. answered: the last line has been, at least in
    part. What is on the wire may be something else, if a rule is in force: see ExchangeTracker.
    """

    __slots__ = ("_cut", "_uid", "answered", "verb")

    def __init__(self) -> None:
        self.verb = ""
        self.answered = False
        self._uid = ""  # of the message that is being sent
        self._cut = False

    def on_event(self, event: Event) -> str:
        """The unique-id of the message that RETR has sent to its end with this event, if any."""
        match event:
            case ActionPerformed(_, Send(_, part)):
                return self.send(part)
            case LineReceived():
                self.receive(event)
            case MessageRead(_, uid):
                self._uid = uid if self.verb == "RETR" else ""
            case BodyTruncated():
                self._cut = True
        return ""

    def receive(self, event: LineReceived) -> None:
        """A line has come: the same as note."""
        self._uid, self._cut, self.answered = "", False, False
        if not event.response:
            self.verb = event.verb or parse_line(event.line).request.verb

    def answer(self, verb: str) -> None:
        """A line has come and is answered to its end."""
        self._uid, self._cut, self.answered, self.verb = "", False, True, verb

    def send(self, part: Part) -> str:
        """Octets of this part of the reply are sent: the same as note."""
        self.answered = True
        if part is not Part.END:
            return ""
        uid, self._uid = self._uid, ""
        return "" if self._cut else uid
