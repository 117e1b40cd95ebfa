"""Quirks with octets beyond ASCII, in status lines and messages, and RFC 6856 extensions."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import Annotated, Literal

from pop3lab.core.command import COMMANDS, always
from pop3lab.core.hooks import Hooks
from pop3lab.core.maildrop import TextOrChunks
from pop3lab.core.reply import Reply, err, listing, ok
from pop3lab.core.request import GREETING, Authenticated, Request
from pop3lab.core.state import SessionState
from pop3lab.core.text import MessageText
from pop3lab.effects.capabilities import capa_lines, show_capability
from pop3lab.effects.commands import (
    CallNext,
    CommandTable,
    TableChange,
    TableHook,
    overridden,
    refused,
    wrap,
)
from pop3lab.effects.hooks import CommandHook, ReplyHook, is_prose
from pop3lab.effects.maildrop_views import ListedMessage, LoginContext, ViewHook
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.values import WordList

quirk = BehaviourDecorator("quirk", category="charset")

_Charset = Literal["gbk", "latin-1", "utf-8", "broken"]
_EIGHT_BIT: dict[_Charset, bytes] = {
    "gbk": "\u6210\u529f".encode("gbk"),
    "latin-1": "d\xe9j\xe0 vu".encode("latin-1"),
    "utf-8": "\u6210\u529f".encode(),
    "broken": b"\xc3\x28\xff\xfe\xe6\x88",
}


@quirk(
    "sends status lines whose texts are not ASCII",
    source="Chinese providers (aiosmtplib#41, B, in SMTP); translations of tpop3d (A)",
    bugs="raises UnicodeDecodeError",
)
def status_8bit(
    form: Annotated[_Charset, "the character set; broken: invalid UTF-8"] = "gbk",
) -> Hooks:
    text = _EIGHT_BIT[form].decode("utf-8", "surrogateescape")

    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        return reply._replace(text=f"{text} {reply.text}") if is_prose(request, reply) else reply

    return ReplyHook(say)


_Escape = Literal["title", "clear", "bell", "backspace"]
_ESCAPES: dict[_Escape, str] = {
    "title": "\x1b]0;pop3lab\x07",
    "clear": "\x1b[2J\x1b[H",
    "bell": "\x07",
    "backspace": "\b" * 40,
}


@quirk(
    "puts terminal control sequences into the greeting and the texts of -ERR",
    source="test of EAST (A)",
    bugs="passes them to the terminal unchanged",
)
def status_terminal_escapes(
    form: Annotated[
        _Escape, "sets the title, clears the screen, rings the bell, or goes back to overwrite text"
    ] = "title",
) -> Hooks:
    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        if reply.ok is None or (reply.ok and request != GREETING):
            return reply
        return reply._replace(text=_ESCAPES[form] + reply.text)

    return ReplyHook(say)


_Answer = Annotated[Literal["ok", "err"], "how the command is answered"]


def _listed(line: bytes, change: TableChange) -> Hooks:
    return CommandHook(
        change, capa_lines(lambda session, lines: show_capability(lines, line)), "CAPA"
    )


@quirk(
    "lists UTF8 USER in CAPA, and accepts or refuses UTF8",
    source="Courier (A)",
    bugs="gives up the session when UTF8 is refused",
)
def utf8_mode(answer: _Answer = "ok") -> Hooks:
    if answer == "err":
        return _listed(b"UTF8 USER", refused("UTF8", text="UTF8 is not available"))
    return TableHook(_with_utf8)


def _with_utf8(table: CommandTable) -> None:
    """Offers UTF8 as if it were configured: in CAPA, for user names, and in headers."""
    table["UTF8"] = overridden(replace(COMMANDS["UTF8"], offered=always), _speak_utf8)


def _speak_utf8(
    session: SessionState, request: Request, call_next: CallNext
) -> Reply | Authenticated:
    session.utf8 = True
    return ok("UTF8 enabled")


@quirk(
    "lists LANG in CAPA, and knows these languages or refuses LANG",
    source="fixtures of MailKit (A)",
)
def lang(
    answer: _Answer = "ok",
    languages: Annotated[WordList, "the languages, each a tag and a name"] = (
        "en English",
        "de Deutsch",
        "i-default Default",
    ),
) -> Hooks:
    if answer == "err":
        return _listed(b"LANG", refused("LANG", text="no such language"))
    known = dict(language.partition(" ")[::2] for language in languages)

    def speak(
        session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        if not request.arguments:
            lines = (f"{tag} {name}\r\n" for tag, name in known.items())
            return listing("languages follow", [line.encode() for line in lines])
        tag = " ".join(request.arguments)
        tag = next(iter(known), "") if tag == "*" else tag
        return ok(f"{tag} {known[tag]}") if tag in known else err("no such language")

    return _listed(b"LANG", wrap(speak, "LANG"))


_EVERY_OCTET = bytes(octet for octet in range(256) if octet not in b"\0\r\n")
_HEADER = b"X-Octets: " + _EVERY_OCTET + b"\r\n"
_LAST_LINE = _EVERY_OCTET + b"\r\n"


@quirk(
    "adds a header and a last line to each message, with all octets except NUL, CR and LF",
    source="mail as it is (D)",
    bugs="loses or changes octets on the way into its store",
    takes=("empty message",),
    aspect="what becomes of UTF-8 in a header",
)
def raw_8bit_mail() -> Hooks:
    return ViewHook(_raw)


def _raw(visit: LoginContext) -> Sequence[ListedMessage]:
    more = len(_HEADER) + len(_LAST_LINE)
    return [one.with_filter(_with_every_octet, one.entry.octets + more) for one in visit.messages]


def _with_every_octet(octets: TextOrChunks) -> TextOrChunks:
    if isinstance(octets, MessageText):
        return MessageText(_HEADER + octets.octets + _LAST_LINE)
    return chain((_HEADER,), octets, (_LAST_LINE,))
