"""Octets beyond ASCII, in statuses and messages, and the extensions for them (RFC 6856)."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

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
from pop3lab.rules.behaviour import Behaviour, ServerContext
from pop3lab.rules.values import WORDS, Parameter, choice

_EIGHT_BIT = {
    "gbk": "\u6210\u529f".encode("gbk"),
    "latin-1": "d\xe9j\xe0 vu".encode("latin-1"),
    "utf-8": "\u6210\u529f".encode(),
    "broken": b"\xc3\x28\xff\xfe\xe6\x88",
}

_ESCAPES = {
    "title": "\x1b]0;pop3lab\x07",
    "clear": "\x1b[2J\x1b[H",
    "bell": "\x07",
    "backspace": "\b" * 40,
}

_EVERY_OCTET = bytes(octet for octet in range(256) if octet not in b"\0\r\n")
_HEADER = b"X-Octets: " + _EVERY_OCTET + b"\r\n"
_LAST_LINE = _EVERY_OCTET + b"\r\n"


def _status_8bit(server: ServerContext, form: str) -> Hooks:
    text = _EIGHT_BIT[form].decode("utf-8", "surrogateescape")

    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        return reply._replace(text=f"{text} {reply.text}") if is_prose(request, reply) else reply

    return ReplyHook(say)


def _escapes(server: ServerContext, form: str) -> Hooks:
    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        if reply.ok is None or (reply.ok and request != GREETING):
            return reply
        return reply._replace(text=_ESCAPES[form] + reply.text)

    return ReplyHook(say)


def _listed(line: bytes, change: TableChange) -> Hooks:
    return CommandHook(
        change, capa_lines(lambda session, lines: show_capability(lines, line)), "CAPA"
    )


def _utf8(server: ServerContext, answer: str) -> Hooks:
    if answer == "err":
        return _listed(b"UTF8 USER", refused("UTF8", text="UTF8 is not available"))
    return TableHook(_with_utf8)


def _with_utf8(table: CommandTable) -> None:
    """Offered, as if the server were asked to: in CAPA, for names, and before headers."""
    table["UTF8"] = overridden(replace(COMMANDS["UTF8"], offered=always), _speak_utf8)


def _speak_utf8(
    session: SessionState, request: Request, call_next: CallNext
) -> Reply | Authenticated:
    session.utf8 = True
    return ok("UTF8 enabled")


def _lang(server: ServerContext, answer: str, languages: tuple[str, ...]) -> Hooks:
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


def _raw(visit: LoginContext) -> Sequence[ListedMessage]:
    more = len(_HEADER) + len(_LAST_LINE)
    return [one.with_filter(_with_every_octet, one.entry.octets + more) for one in visit.messages]


def _with_every_octet(octets: TextOrChunks) -> TextOrChunks:
    if isinstance(octets, MessageText):
        return MessageText(_HEADER + octets.octets + _LAST_LINE)
    return chain((_HEADER,), octets, (_LAST_LINE,))


_ANSWER = Parameter("answer", choice("ok", "err"), "what the command is answered", "ok")

ROWS = (
    Behaviour(
        "status-8bit",
        "the texts of status lines are not ASCII",
        "Chinese providers (aiosmtplib#41, B, in SMTP); translations of tpop3d (A)",
        _status_8bit,
        (Parameter("form", choice(*_EIGHT_BIT), "the character set, or none", "gbk"),),
        category="charset",
        bugs="UnicodeDecodeError",
    ),
    Behaviour(
        "status-terminal-escapes",
        "the greeting and the texts of -ERR have control sequences for a terminal",
        "test of EAST (A)",
        _escapes,
        (
            Parameter(
                "form",
                choice(*_ESCAPES),
                "sets the title, clears the screen, rings, or goes back to write over it",
                "title",
            ),
        ),
        category="charset",
        bugs="they reach the terminal as they are",
    ),
    Behaviour(
        "utf8-mode",
        "CAPA lists UTF8 USER, and UTF8 is taken, as where it is asked for, or refused",
        "Courier (A)",
        _utf8,
        (_ANSWER,),
        category="charset",
        bugs="the session is given up when UTF8 is refused",
    ),
    Behaviour(
        "lang",
        "CAPA lists LANG, which knows these languages or is refused",
        "fixtures of MailKit (A)",
        _lang,
        (
            _ANSWER,
            Parameter(
                "languages",
                WORDS,
                "each a tag and its name",
                ("en English", "de Deutsch", "i-default Default"),
            ),
        ),
        category="charset",
    ),
    Behaviour(
        "raw-8bit-mail",
        "each message has a header and a last line of all octets but NUL, CR and LF",
        "mail as it is (D)",
        lambda server: ViewHook(_raw),
        category="charset",
        bugs="octets lost or changed on their way into the store",
        takes=("empty message",),
        aspect="what becomes of UTF-8 in a header",
    ),
)
