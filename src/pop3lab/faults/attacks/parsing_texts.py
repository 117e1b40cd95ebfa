"""Texts of replies that do something where they are shown, stored or followed."""

from collections.abc import Collection, Iterable, Sequence
from itertools import chain

from pop3lab.core.commands import KEYWORDS, LISTINGS, TEXTS
from pop3lab.core.exchange import Exchange
from pop3lab.core.reply import Reply
from pop3lab.faults.bending.around import refused
from pop3lab.faults.bending.listings import read_lines, with_lines
from pop3lab.faults.bending.maildrops import Shown, View, Views, Visit
from pop3lab.faults.bending.statuses import Statuses
from pop3lab.faults.bending.tables import Commands
from pop3lab.faults.peculiarity import Layer, Peculiarity
from pop3lab.faults.quirks.framing_streams import CRLF, ended
from pop3lab.faults.values import COUNT, OCTETS, TEXT, Parameter, choice

FORMATS = b"%n%s%x" * 50
ESCAPES = b"\x1b]0;owned\x07\x1b[2J\x1b[31m\x08\x08ok\rover"
BINARY = bytes(octet for octet in range(1, 256) if octet not in b"\r\n")


class Everywhere(Statuses):
    """A text behind each status line, and in lists and messages."""

    replies: Collection[str] = (*LISTINGS, *KEYWORDS, *TEXTS)

    def __init__(self, text: bytes) -> None:
        super().__init__(lambda status: status + b" " + text)
        self._text = text

    def reply(self, exchange: Exchange, reply: Reply) -> Reply:
        if not reply.ok or reply.body is None:
            return reply
        if exchange.verb in TEXTS:
            chunks = self._in_message(reply.body.chunks, whole=exchange.verb == "RETR")
            return reply._replace(body=reply.body._replace(chunks=chunks))
        lines = read_lines(reply.body)
        if exchange.verb == "CAPA":
            return with_lines(reply, reply.body, [*lines, b"X-" + self._text])
        gap = b" " if exchange.verb == "LIST" else b""
        return with_lines(reply, reply.body, [line + gap + self._text for line in lines])

    def _in_message(self, chunks: Iterable[bytes], whole: bool) -> Iterable[bytes]:
        named = chain((b"X-Text: " + self._text + CRLF,), chunks)
        return chain(ended(named), (self._text + CRLF,)) if whole else named


def _status(form: str, octets: int) -> bytes:
    return b"x" * octets if form == "long" else BINARY


def _another_server(session: int) -> View:
    def view(visit: Visit) -> Sequence[Shown]:
        if visit.nth < session:
            return visit.messages
        return [
            one.saying(b"Subject: another server's\r\n\r\nmessage %d\r\n" % number)
            for number, one in enumerate(visit.messages, 1)
        ]

    return view


ROWS = (
    Peculiarity(
        "format-strings",
        "formats of printf are in all texts: status lines, lists, headers and bodies",
        "an attack",
        lambda shared, text: Everywhere(text),
        (Parameter("text", OCTETS, "which", FORMATS),),
        family="attack",
        category="parsing",
        bugs="CVE-2007-2958 in Sylpheed and Claws, CVE-2005-4300 in libremail",
        takes=("empty message",),
    ),
    Peculiarity(
        "terminal-escapes",
        "a terminal's escapes are in all texts: status lines, lists, headers and bodies",
        "the ANSI test of EAST (A)",
        lambda shared, text: Everywhere(text),
        (Parameter("text", OCTETS, "which", ESCAPES),),
        family="attack",
        category="parsing",
        takes=("empty message",),
    ),
    Peculiarity(
        "nul-everywhere",
        "a NUL is in all texts: status lines, lists, headers and bodies",
        "an attack",
        lambda shared, text: Everywhere(text),
        (Parameter("text", OCTETS, "the NUL and what stands around it", b"before\x00behind"),),
        family="attack",
        category="parsing",
        bugs="what is behind it is lost; Outlook hangs",
        takes=("empty message",),
    ),
    Peculiarity(
        "crafted-status",
        "status lines are binary, or far too long",
        "an attack",
        lambda shared, form, octets: Statuses(lambda line: line + b" " + _status(form, octets)),
        (
            Parameter("form", choice("long", "binary"), "which", "long"),
            Parameter("octets", COUNT, "how many more there are", 2000),
        ),
        family="attack",
        category="parsing",
        bugs="CVE-2014-3891 in Becky!",
    ),
    Peculiarity(
        "redirect-referral",
        "a login is refused, and refers to another server",
        "a feature of Dovecot (A)",
        lambda shared, url: Commands(
            refused("PASS", "APOP", "AUTH", text=f"[REFERRAL/{url}] Try this server instead.")
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
    Peculiarity(
        "resume-confusion",
        "from a session on the same unique-ids have other texts, as if by another server",
        "no server known (D)",
        lambda shared, session: Views(_another_server(session)),
        (Parameter("session", COUNT, "from which of the user's sessions on", 2),),
        family="attack",
        category="parsing",
        layer=Layer.FIRST,
    ),
)
