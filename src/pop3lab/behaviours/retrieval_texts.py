"""Messages whose text has broken clients."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Annotated, Literal

from pop3lab.core.errors import NeedsUTF8
from pop3lab.core.hooks import Hooks
from pop3lab.core.maildrop import Maildrop, TextOrChunks
from pop3lab.core.maildrop_wrappers import MaildropWrapper, Utf8HeaderFilter
from pop3lab.core.reply import Reply
from pop3lab.core.request import Request
from pop3lab.core.state import SessionState
from pop3lab.effects.bodies import with_final_crlf
from pop3lab.effects.hooks import ReplyHook
from pop3lab.effects.maildrop_views import (
    ListedMessage,
    LoginContext,
    MaildropView,
    MessageSelector,
    ViewHook,
    synthetic,
)
from pop3lab.rules.behaviour import Layer
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.session_hooks import PerSessionHooks
from pop3lab.rules.values import Count

quirk = BehaviourDecorator("quirk", category="retrieval")

_Number = Annotated[Count, "message to change, by its number in the first session"]

_TEXT = "the text of message {number}"

_PIECE = 65_536

_DOTS = b"Subject: dots\r\n\r\n.\r\n..\r\n...x\r\n.x\r\n\r\nx.\r\n.\r\n"
_HEADER_ONLY = b"From: ann@example.org\r\nSubject: a header, and nothing behind it\r\n"
_INTERNAL = (
    b"From: MAILER-DAEMON\r\n"
    b"Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\r\n"
    b"X-IMAP: 1079379500 0000000001\r\nStatus: RO\r\n\r\n"
    b"This text is part of the internal format of your mail folder, and is not\r\n"
    b"a real message.\r\n"
)
_BULLETIN = b"From: postmaster\r\nSubject: bulletin %d\r\n\r\nThe server goes down at noon.\r\n"

_Broken = Literal["continuation", "from", "quoted-from", "no-colon", "long", "spaces"]
BROKEN: dict[_Broken, bytes] = {
    "continuation": b" continues nothing\r\n",
    "from": b"From ann@example.org Sat Nov  5 21:30:00 1994\r\n",
    "quoted-from": b">From ann@example.org Sat Nov  5 21:30:00 1994\r\n",
    "no-colon": b"this line has no colon\r\n",
    "long": b"X-Long: " + b"x" * 8192 + b"\r\n",
    "spaces": b"   \r\n",
}
_NulPlace = Literal["start", "header", "body"]
NULS: dict[_NulPlace, bytes] = {
    "start": b"\x00",
    "header": b"X-NUL: before\x00behind\r\n",
    "body": b"\r\nbefore\x00behind\r\n",
}


def of_message(number: int, change: Callable[[ListedMessage], ListedMessage]) -> MaildropView:
    """Change the message that has this number in the user's first session."""
    chosen = MessageSelector(number)

    def view(visit: LoginContext) -> Sequence[ListedMessage]:
        there = chosen.uids(visit.user, [one.entry.uid for one in visit.messages])
        return [change(one) if one.entry.uid in there else one for one in visit.messages]

    return view


def _with_text(number: int, text: bytes) -> Hooks:
    return ViewHook(of_message(number, lambda one: one.with_text(text)))


def prepended(one: ListedMessage, octets: bytes) -> ListedMessage:
    """Return the message with these octets before it."""
    return one.with_filter(lambda text: chain((octets,), text), len(octets) + one.entry.octets)


def appended(one: ListedMessage, octets: bytes) -> ListedMessage:
    """Return the message with these octets after it."""
    return one.with_filter(lambda text: chain(text, (octets,)), one.entry.octets + len(octets))


def line(octets: int, dots: int) -> Iterator[bytes]:
    """Yield a line of this length in pieces, with a dot every so many octets, but not first."""
    first, piece = b"x" * (dots or _PIECE), b"." + b"x" * (dots - 1) if dots else b"x" * _PIECE
    yield first[:octets]
    for left in range(octets - len(first), 0, -len(piece)):
        yield piece[:left]


@quirk(
    "serves a message whose body starts and ends with lines of dots",
    source="all servers; curl's test 857",
    bugs="CVE-2002-2338 in Mozilla",
    layer=Layer.FIRST,
    aspect=_TEXT,
)
def baseline_dots(number: _Number = 1) -> Hooks:
    return _with_text(number, _DOTS)


@quirk(
    "serves a message that has a header only, without an empty line after it",
    source="netmind.com (fetchmail transact.c, A); empty messages of Exchange (Indy, A)",
    bugs="Outlook Express hangs (C); CVE-2005-4348 in fetchmail",
    layer=Layer.FIRST,
    aspect=_TEXT,
)
def no_header_separator(number: _Number = 1) -> Hooks:
    return _with_text(number, _HEADER_ONLY)


@quirk(
    "serves a message of 0 octets",
    source="Exchange (fetchmail NEWS 3.9.7 and 4.4.0, getmail's FAQ, C)",
    layer=Layer.FIRST,
    aspect=_TEXT,
)
def empty_message(number: _Number = 1) -> Hooks:
    return _with_text(number, b"")


@quirk(
    "serves a message whose first line is not a valid header field",
    source="geocities (fetchmail's FAQ I4, C); Dovecot cuts at a line without colon (A)",
    bugs="CVE-2002-1174 in fetchmail, CVE-2000-0567 in Outlook",
)
def broken_headers(
    form: Annotated[_Broken, "type of invalid line"] = "continuation",
    number: _Number = 1,
) -> Hooks:
    return ViewHook(of_message(number, lambda one: prepended(one, BROKEN[form])))


@quirk(
    "puts a NUL into a message, or into the status line of RETR",
    source="fetchmail transact.c (A); Dovecot's outlook-no-nuls (A)",
    bugs="Outlook hangs; clients lose the text after the NUL",
)
def nul_bytes(
    at: Annotated[Literal[_NulPlace, "status"], "position of the NUL"] = "body",
    number: _Number = 1,
) -> Hooks:
    if at == "status":
        return ReplyHook(_nul_in_status, "RETR")
    octets, add = NULS[at], appended if at == "body" else prepended
    return ViewHook(of_message(number, lambda one: add(one, octets)))


def _nul_in_status(session: SessionState, request: Request, reply: Reply) -> Reply:
    return reply._replace(text=f"{reply.text} before\0behind")


@quirk(
    "serves a message that ends with a very long line",
    source="mail; Berkeley popper cuts at 1024 (fetchmail's FAQ D2, C)",
    bugs="poplib fails above 2048 octets in every session; CVE-2003-0792 in fetchmail",
)
def long_line(
    octets: Annotated[Count, "length of the line"] = 10_000,
    dots: Annotated[Count, "interval in octets between dots in the line; 0: no dots"] = 0,
    number: _Number = 1,
) -> Hooks:
    def alter(text: TextOrChunks) -> TextOrChunks:
        return chain(text, (b"\r\n",), line(octets, dots), (b"\r\n",))

    return ViewHook(
        of_message(number, lambda one: one.with_filter(alter, one.entry.octets + octets + 4))
    )


@quirk(
    "lists a mail folder's internal data as the first message",
    source="folders of UW-imap by way of others (fetchmail's FAQ O15, A)",
    takes=("empty maildrop",),
)
def pseudo_message() -> Hooks:
    return ViewHook(lambda visit: [synthetic("folder-internal-data", _INTERNAL), *visit.messages])


@quirk(
    "lists announcements after the messages in a user's first session",
    source="qpopper's bulletins (popper(8), C)",
    takes=("empty maildrop",),
)
def bulletins(count: Annotated[Count, "number of announcements"] = 1) -> Hooks:
    made = [synthetic(f"bulletin-{n}", _BULLETIN % n) for n in range(1, count + 1)]
    return ViewHook(lambda visit: [*visit.messages, *made] if visit.nth == 1 else visit.messages)


# A notice that wraps messages for clients without UTF8 (RFC 6856).

_NOTICE = (
    b"Subject: a message that needs UTF8\r\n"
    b"MIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="wrapped"\r\n'
    b"\r\n"
    b"--wrapped\r\n"
    b"Content-Type: text/plain\r\n"
    b"\r\n"
    b"The header of this message has UTF-8 in it, and your client has not said UTF8.\r\n"
)
_ATTACHED = b"--wrapped\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
_LAST = b"--wrapped--\r\n"


class _Wrapped(PerSessionHooks):
    """Wraps messages with a UTF-8 header in a session without UTF8. Keeps the listed sizes."""

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        self.session.surrogates = True
        return maildrop if self.session.utf8 else _Wrapping(maildrop)


class _Wrapping(MaildropWrapper):
    def __init__(self, maildrop: Maildrop) -> None:
        super().__init__(maildrop)
        self._ascii = Utf8HeaderFilter(maildrop, lambda: True)

    def read(self, uid: str) -> TextOrChunks:
        try:
            return self._ascii.read(uid)
        except NeedsUTF8:
            message = with_final_crlf(self.inner.read(uid))
            return chain((_NOTICE, _ATTACHED), message, (_LAST,))


@quirk(
    "attaches a message with a UTF-8 header to a notice, unless the client sent UTF8",
    source="Courier (as reported for commercial-emacs PR#857, B)",
    aspect="what becomes of UTF-8 in a header",
)
def utf8_wrapped() -> Hooks:
    return _Wrapped()
