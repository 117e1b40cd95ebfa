"""Exchanges as the client saw them: a line and its reply."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pop3lab.core.actions import Action, EndTLS, OffloadNext, Send, StartTLS
from pop3lab.core.cached_replies import CachedReply
from pop3lab.core.command import COMMANDS, INFORMING, LISTINGS, LOGIN_VERBS, TEXTS, is_multiline
from pop3lab.core.events import LineReceived
from pop3lab.core.exchange import ExchangeTracker
from pop3lab.core.reply import About
from pop3lab.core.reply_reader import CHALLENGE, ERR, OK, ReplyReader
from pop3lab.core.request import GREETING, Request, first_number
from pop3lab.core.text import MessageText

_CRLF = b"\r\n"
_STATUS = re.compile(rb"(\+OK|-ERR|\+)(?: (.*))?", re.DOTALL)
_CODE = re.compile(r"\[([^\]]+)\]")
_MOST_LINE = 1024  # octets kept of a reply whose text is not needed
_MOST_TEXT = 4_194_304  # octets kept of other replies; longer ones are ignored


class ServerReply(NamedTuple):
    """A reply, as far as it was sent.

    status: empty if there was none. whole: exactly one complete reply was sent. text: after the
    status. lines: of a listing, if they were kept. cut: a positive reply whose body did not end,
    however the client parses it.
    """

    status: str = ""
    whole: bool = False
    text: str = ""
    lines: tuple[str, ...] | None = None
    cut: bool = False

    @property
    def code(self) -> str:
        """The response code in upper case, or empty (RFC 2449 section 8)."""
        found = _CODE.match(self.text)
        return found[1].upper() if found else ""


class ServerReplyParser:
    """Collects one reply. reader: follows its structure. kept: its lines are needed."""

    __slots__ = ("_kept", "_most", "octets", "reader")

    def __init__(self, reader: ReplyReader, *, kept: bool = False) -> None:
        self.reader = reader
        self._most = _MOST_TEXT if kept else _MOST_LINE
        self._kept = bytearray()
        self.octets = 0

    def add(self, data: bytes) -> None:
        """Add some of its octets."""
        self.octets += len(data)
        if len(self._kept) < self._most:
            self._kept += data[: self._most - len(self._kept)]
        self.reader.feed(data)

    def read(self) -> ServerReply:
        """Return the reply so far."""
        line, _, rest = bytes(self._kept).partition(_CRLF)
        found = _STATUS.fullmatch(line)
        if not found:
            return ServerReply()
        reader = self.reader
        status, text = found[1].decode("ascii"), (found[2] or b"").decode("utf-8", "replace")
        whole = reader.complete and reader.strict and not reader.excess
        lines = self._lines(rest) if reader.listed else None
        return ServerReply(status, whole, text, lines, reader.cut)

    def _lines(self, rest: bytes) -> tuple[str, ...] | None:
        if self.octets > self._most:
            return None
        return tuple(rest.decode("utf-8", "replace").split("\r\n")[:-2])


class KnownReply:
    """A reply of the table of replies: complete, and read only if it tells something."""

    __slots__ = ("_reply", "_text", "_unasked", "octets")

    def __init__(self, reply: CachedReply, text: MessageText | None) -> None:
        self._reply = reply
        self._text = text
        self.octets = len(reply.head)
        self._unasked = False  # more came behind it

    def add(self, data: bytes) -> None:
        """Add octets that do not belong to it."""
        self._unasked = True

    def read(self) -> ServerReply:
        """Return the reply; of the text of a message, that it came."""
        reply, whole = self._reply, not self._unasked
        if reply.verb not in INFORMING:
            return ServerReply(OK, whole)
        _, _, told = reply.head.decode("utf-8", "replace").removesuffix("\r\n").partition(" ")
        listed = self._text.stuffed if self._text else b""
        kept = self._text is not None and len(listed) <= _MOST_TEXT
        lines = tuple(listed.decode("utf-8", "replace").split("\r\n")[:-1]) if kept else None
        return ServerReply(OK, whole, told, lines)


_NUMBERED = frozenset({*TEXTS, *LISTINGS, "DELE"})
_LISTED = {About.MESSAGES, About.SERVER}


class ClientLine(NamedTuple):
    """A line of the client, parsed; a SASL response has the verb AUTH and no arguments.

    octets: without the LF. early: it came before the reply to the previous line. words: the
    arguments, as in Request. number: that of the message it is about.
    """

    octets: bytes
    verb: str
    rest: str | None
    seconds: float
    response: bool = False
    early: bool = False
    words: Sequence[str] = ()
    number: int | None = None

    @classmethod
    def of(cls, seconds: float, received: LineReceived, request: Request) -> "ClientLine":
        """Make a line. request: the parsed line."""
        line, verb, early = received.line, request.verb, received.early
        if request.responds:
            return cls(line, verb, None, seconds, True, early)
        number = first_number(request) if verb in _NUMBERED else None
        return cls(line, verb, request.rest, seconds, False, early, request.arguments, number)

    @classmethod
    def of_table(cls, seconds: float, line: bytes, *, early: bool) -> "ClientLine":
        """Make a line of the table of replies."""
        verb, blank, rest = line.removesuffix(b"\r").decode("ascii").partition(" ")
        words = rest.split(" ") if blank else []
        number = int(words[0]) if words and verb in _NUMBERED else None
        return cls(line, verb, rest if blank else None, seconds, False, early, words, number)

    @property
    def lists(self) -> bool:
        """Whether the reply lists messages or properties of the server."""
        row = COMMANDS.get(self.verb)
        if row is None or self.response or row.shape.about not in _LISTED:
            return False
        return is_multiline(Request(self.verb, self.rest)) is not False

    @property
    def logs_in(self) -> bool:
        """Whether a positive reply means that the login succeeded.

        AUTH alone lists mechanisms, if the server supports that.
        """
        bare = self.verb == "AUTH" and not self.response and not self.words
        return self.verb in LOGIN_VERBS and not bare


class CompletedExchange(NamedTuple):
    """A line and its reply.

    seconds: when the reply was sent. uid: of the message that was read for it. rule_applied: a rule
    took effect.
    """

    line: ClientLine
    reply: ServerReply
    seconds: float
    uid: str = ""
    rule_applied: bool = False

    @property
    def sound(self) -> bool:
        """Whether the reply was a proper one to this line."""
        asked = self.reply.status != CHALLENGE or self.line.verb == "AUTH"
        return self.reply.whole and asked

    @property
    def ok(self) -> bool:
        """Whether the reply was positive."""
        return self.reply.status == OK

    @property
    def refused(self) -> bool:
        """Whether the reply was negative."""
        return self.reply.status == ERR


def is_decimal(word: str) -> bool:
    """Whether it is a decimal number of reasonable length."""
    return word.isascii() and word.isdecimal() and len(word) < 1000


_MOST = 10_000  # exchanges that the client may not have read yet
PATIENCE = 10.0  # seconds that any client should wait


class ExchangeLog:
    """The exchanges of one session; the first is the greeting, which nobody asks for.

    rule_applied: a rule took effect in the current exchange. unsolicited: octets were sent that
    belong to no line. overflowed: more exchanges are unread than can be remembered. sound: the last
    completed exchange had a proper reply.
    """

    def __init__(self, seconds: float) -> None:
        self.unsolicited = False
        self.overflowed = False
        self.sound = True
        self._tracker = ExchangeTracker()
        self._parser: ServerReplyParser | KnownReply
        self._completed: list[CompletedExchange] = []
        self._unread = 0  # as many, or more where some are not kept that tell nothing
        self._expect(ClientLine(b"", GREETING.verb, None, seconds))

    def _expect(self, line: ClientLine | None) -> None:
        kept = line is not None and line.lists
        self._await(line, ServerReplyParser(self._tracker.reply, kept=kept))

    def _await(
        self,
        line: ClientLine | None,
        parser: ServerReplyParser | KnownReply,
        seconds: float = 0.0,
        uid: str = "",
    ) -> None:
        self._line = line
        self._parser = parser
        self._seconds = seconds
        self._uid = uid
        self._held = False
        self.rule_applied = False

    def begin(self, seconds: float, received: LineReceived) -> ClientLine:
        """Begin the exchange of this line."""
        self._finish()
        request = self._tracker.begin(received.line, received.response)
        line = ClientLine.of(seconds, received, request)
        self._expect(line)
        return line

    def answer(self, line: ClientLine, reply: CachedReply, text: MessageText | None) -> None:
        """Begin the exchange of this line, which has had this reply."""
        self._finish()
        self._await(line, KnownReply(reply, text), line.seconds, reply.uid)

    def unread(self) -> Iterator[ClientLine]:
        """Yield the lines whose replies were not taken."""
        yield from (exchange.line for exchange in self._completed)
        if self._line:
            yield self._line

    def pause(self) -> None:
        """End the exchange: what follows belongs to no line."""
        self._finish()
        self._expect(None)

    def _finish(self) -> None:
        if self._line:
            exchange = self._exchange(self._line)
            self.sound = exchange.sound
            self._remember(exchange)
        elif self._parser.octets:
            self.unsolicited = True

    def _remember(self, exchange: CompletedExchange) -> None:
        self._completed.append(exchange)
        self._unread += 1
        if self._unread > _MOST:
            self.overflowed = True
            self._completed = [exchange]
            self._unread = 1

    def would_overflow(self, lines: int) -> bool:
        """Whether so many more exchanges may be more than can be remembered."""
        return self._unread + lines > _MOST

    def count_unread(self, lines: int) -> None:
        """Note so many exchanges that tell nothing, or nothing that others do not tell."""
        self._unread += lines

    @property
    def is_sound(self) -> bool:
        """Whether the reply to the current line is proper so far, or that to the last line."""
        return self._exchange(self._line).sound if self._line else self.sound

    def _exchange(self, line: ClientLine) -> CompletedExchange:
        return CompletedExchange(line, self.reply, self._seconds, self._uid, self.rule_applied)

    @property
    def reply(self) -> ServerReply:
        """The reply to the current line, as far as it was sent."""
        return self._parser.read()

    @property
    def silent(self) -> bool:
        """Whether nothing was sent for the current line."""
        return not self._parser.octets

    def take_completed(self) -> list[CompletedExchange]:
        """Return the completed exchanges that were not taken before."""
        exchanges, self._completed = self._completed, []
        self._unread = 0
        return exchanges

    def on_action(self, seconds: float, action: Action) -> None:
        """Process an action of the server."""
        if isinstance(action, Send):
            self._parser.add(action.data)
            self._seconds = seconds
        elif not isinstance(action, OffloadNext | StartTLS | EndTLS):
            self._held = True

    def message_read(self, uid: str) -> None:
        """Note that a message is read for the current line."""
        self._uid = uid

    def end(self, seconds: float) -> CompletedExchange | None:
        """End the log; return the last exchange if the client left before its end.

        A client that waited long for the rest of a reply did not leave in the middle of it.
        """
        rule_applied, silent = self.rule_applied, self.silent
        goes_on = not self._held and seconds - self._seconds < PATIENCE
        unanswered = silent or (self.reply.cut and goes_on)
        asked = self._line
        self.pause()
        self.rule_applied = rule_applied
        return self._completed.pop() if unanswered and asked else None
