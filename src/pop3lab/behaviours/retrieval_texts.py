"""Messages with a text that clients have stumbled over."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain

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
from pop3lab.rules.behaviour import Behaviour, Layer
from pop3lab.rules.session_hooks import PerSessionHooks
from pop3lab.rules.values import COUNT, Parameter, choice

# A notice instead of a message that a client without UTF8 could not read (RFC 6856).

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
    """Wraps such messages for a session without UTF8. Sizes are those of the messages."""

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

BROKEN: dict[str, bytes] = {
    "continuation": b" continues nothing\r\n",
    "from": b"From ann@example.org Sat Nov  5 21:30:00 1994\r\n",
    "quoted-from": b">From ann@example.org Sat Nov  5 21:30:00 1994\r\n",
    "no-colon": b"this line has no colon\r\n",
    "long": b"X-Long: " + b"x" * 8192 + b"\r\n",
    "spaces": b"   \r\n",
}
NULS: dict[str, bytes] = {
    "start": b"\x00",
    "header": b"X-NUL: before\x00behind\r\n",
    "body": b"\r\nbefore\x00behind\r\n",
}


def of_message(number: int, change: Callable[[ListedMessage], ListedMessage]) -> MaildropView:
    """One message is changed: that which has this number in the user's first session."""
    chosen = MessageSelector(number)

    def view(visit: LoginContext) -> Sequence[ListedMessage]:
        there = chosen.uids(visit.user, [one.entry.uid for one in visit.messages])
        return [change(one) if one.entry.uid in there else one for one in visit.messages]

    return view


def prepended(one: ListedMessage, octets: bytes) -> ListedMessage:
    """The message with octets before it."""
    return one.with_filter(lambda text: chain((octets,), text), len(octets) + one.entry.octets)


def appended(one: ListedMessage, octets: bytes) -> ListedMessage:
    """The message with octets behind it."""
    return one.with_filter(lambda text: chain(text, (octets,)), one.entry.octets + len(octets))


def _long_line(one: ListedMessage, octets: int, dots: int) -> ListedMessage:
    """With a line so long behind it; dots: after how many octets of it there is always one."""

    def alter(text: TextOrChunks) -> TextOrChunks:
        return chain(text, (b"\r\n",), line(octets, dots), (b"\r\n",))

    return one.with_filter(alter, one.entry.octets + octets + 4)


def line(octets: int, dots: int) -> Iterator[bytes]:
    """A line of so many octets, in pieces; the first is no dot."""
    first, piece = b"x" * (dots or _PIECE), b"." + b"x" * (dots - 1) if dots else b"x" * _PIECE
    yield first[:octets]
    for left in range(octets - len(first), 0, -len(piece)):
        yield piece[:left]


def _nul_bytes(number: int, at: str) -> Hooks:
    if at == "status":
        return ReplyHook(_nul_in_status, "RETR")
    add = appended if at == "body" else prepended
    return ViewHook(of_message(number, lambda one: add(one, NULS[at])))


def _nul_in_status(session: SessionState, request: Request, reply: Reply) -> Reply:
    return reply._replace(text=f"{reply.text} before\0behind")


def _bulletins(count: int) -> MaildropView:
    """Behind the others, in the user's first session."""
    made = [synthetic(f"bulletin-{n}", _BULLETIN % n) for n in range(1, count + 1)]
    return lambda visit: [*visit.messages, *made] if visit.nth == 1 else visit.messages


_NUMBER = Parameter("number", COUNT, "which message, by its number in the first session", 1)

ROWS = (
    Behaviour(
        "baseline-dots",
        "a message has lines of dots, the first and the last of its body among them",
        "all servers; curl's test 857",
        lambda server, number: ViewHook(of_message(number, lambda one: one.with_text(_DOTS))),
        (_NUMBER,),
        category="retrieval",
        bugs="CVE-2002-2338 in Mozilla",
        layer=Layer.FIRST,
        aspect="the text of message {number}",
    ),
    Behaviour(
        "no-header-separator",
        "a message is a header only, without an empty line behind it",
        "netmind.com (fetchmail transact.c, A); empty messages of Exchange (Indy, A)",
        lambda server, number: ViewHook(
            of_message(number, lambda one: one.with_text(_HEADER_ONLY))
        ),
        (_NUMBER,),
        category="retrieval",
        bugs="Outlook Express hangs (C); CVE-2005-4348 in fetchmail",
        layer=Layer.FIRST,
        aspect="the text of message {number}",
    ),
    Behaviour(
        "empty-message",
        "a message has no octets at all",
        "Exchange (fetchmail NEWS 3.9.7 and 4.4.0, getmail's FAQ, C)",
        lambda server, number: ViewHook(of_message(number, lambda one: one.with_text(b""))),
        (_NUMBER,),
        category="retrieval",
        layer=Layer.FIRST,
        aspect="the text of message {number}",
    ),
    Behaviour(
        "broken-headers",
        "the first line of a message is no header field",
        "geocities (fetchmail's FAQ I4, C); Dovecot cuts at a line without colon (A)",
        lambda server, form, number: ViewHook(
            of_message(number, lambda one: prepended(one, BROKEN[form]))
        ),
        (
            Parameter("form", choice(*BROKEN), "what it is", "continuation"),
            _NUMBER,
        ),
        category="retrieval",
        bugs="CVE-2002-1174 in fetchmail, CVE-2000-0567 in Outlook",
    ),
    Behaviour(
        "nul-bytes",
        "a NUL is in a message, or in the status line of RETR",
        "fetchmail transact.c (A); Dovecot's outlook-no-nuls (A)",
        lambda server, at, number: _nul_bytes(number, at),
        (
            Parameter("at", choice(*NULS, "status"), "where", "body"),
            _NUMBER,
        ),
        category="retrieval",
        bugs="Outlook hangs; what is behind it is lost",
    ),
    Behaviour(
        "long-line",
        "a message ends with a very long line",
        "mail; Berkeley popper cuts at 1024 (fetchmail's FAQ D2, C)",
        lambda server, octets, dots, number: ViewHook(
            of_message(number, lambda one: _long_line(one, octets, dots))
        ),
        (
            Parameter("octets", COUNT, "how long it is", 10_000),
            Parameter("dots", COUNT, "behind each so many octets of it is a dot, 0 for none", 0),
            _NUMBER,
        ),
        category="retrieval",
        bugs="poplib gives up above 2048, at each session anew; CVE-2003-0792 in fetchmail",
    ),
    Behaviour(
        "pseudo-message",
        "the first message is a mail folder's internal data",
        "folders of UW-imap by way of others (fetchmail's FAQ O15, A)",
        lambda server: ViewHook(
            lambda visit: [synthetic("folder-internal-data", _INTERNAL), *visit.messages]
        ),
        category="retrieval",
        takes=("empty maildrop",),
    ),
    Behaviour(
        "bulletins",
        "announcements stand behind the messages in a user's first session",
        "qpopper's bulletins (popper(8), C)",
        lambda server, count: ViewHook(_bulletins(count)),
        (Parameter("count", COUNT, "how many", 1),),
        category="retrieval",
        takes=("empty maildrop",),
    ),
    Behaviour(
        "utf8-wrapped",
        "a message with UTF-8 in its header comes attached to a notice, unless UTF8 was said",
        "Courier (as reported for commercial-emacs PR#857, B)",
        lambda server: _Wrapped(),
        category="retrieval",
        aspect="what becomes of UTF-8 in a header",
    ),
)
