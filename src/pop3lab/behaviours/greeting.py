"""The first line of a session."""

import math
from collections.abc import Iterator

from pop3lab.core.actions import Action, Close, Part, Pause, Reset, Send
from pop3lab.core.command import INFORMING
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Reply
from pop3lab.core.request import GREETING, Request
from pop3lab.core.state import SessionState
from pop3lab.effects.commands import refused
from pop3lab.effects.hooks import ActionHook, CommandHook, ReplyHook
from pop3lab.rules.behaviour import Behaviour, Layer, ServerContext
from pop3lab.rules.values import OCTETS, SECONDS, TEXT, WORDS, YES_NO, Parameter, choice

_GREETING = GREETING.verb
_KIND_OF_GREETING = "what the greeting is"

_ODD_TEXTS = {
    "decorated": "The *WGS* Microsoft Exchange POP3 service is ready.",
    "hello": "Hello there.",
    "base64": "The Microsoft Exchange POP3 service is ready. "
    "[RgBSAEEAUAAyADYANABDAEEAMAAwADAAOQAuAEYAUgBBAFAAMgA2ADQALgBQAFIATwBEAA==]",
    "xclient": "[XCLIENT] Dovecot ready.",
    "half-stamp": "ready <1896.697170952@dbc.mtview.ca.us",
}

_TLS_ALERT = b"\x15\x03\x03\x00\x02\x02\x46"  # fatal, protocol version (RFC 5246 section 7.2)
_TLS_DATA = b"\x17\x03\x03\x00\x10" + bytes(range(0x80, 0x90))
_INSTEAD = {
    "imap": b"* OK Gimap ready for requests\r\n",
    "smtp": b"220 mail.example.com ESMTP\r\n",
    "http": b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
}
_BEFORE = {"tls": _TLS_ALERT, "tls-data": _TLS_DATA}

_GLUED = {
    "status": b"+OK\r\n",
    "listing": b"+OK 1 messages\r\n1 120\r\n.\r\n",
    "capa": b"+OK\r\nTOP\r\nUIDL\r\nUSER\r\n.\r\n",
}

_UNPRINTABLE = b"<\x05\xb8\xe2\x05\xa1\xf7@\xc4\xe3>".decode("utf-8", "surrogateescape")


def _bare(server: ServerContext, verbs: tuple[str, ...]) -> Hooks:
    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        informs = request.verb in INFORMING and reply.ok and reply.body is None
        return reply if informs else reply._replace(text="", code="")

    return ReplyHook(say, *(_GREETING if verb == "GREETING" else verb.upper() for verb in verbs))


def _odd_text(server: ServerContext, kind: str, text: str, stamp: str) -> Hooks:
    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        if not reply.ok:
            return reply
        behind = f" {session.timestamp}" if stamp == "yes" else ""
        return reply._replace(text=(text or _ODD_TEXTS[kind]) + behind)

    return ReplyHook(say, _GREETING)


def _apop_fake(server: ServerContext, place: str, octets: str, text: str) -> Hooks:
    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        if not reply.ok:
            return reply
        stamp = _UNPRINTABLE if octets == "unprintable" else session.timestamp
        words = reply.text.replace(f" {session.timestamp}", "").split(" ")
        words.insert({"front": 0, "inside": 1, "end": len(words)}[place], stamp)
        return reply._replace(text=" ".join(words))

    return CommandHook(refused("APOP", text=text), say, _GREETING)


def _err(server: ServerContext, text: str, code: str) -> Hooks:
    answer = Reply(False, text, then=Close(), code=code)
    return ReplyHook(lambda session, request, reply: answer, _GREETING)


def _drop(server: ServerContext, how: str, banner: str) -> Hooks:
    then = Reset() if how == "reset" else Close()

    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        return reply._replace(then=then) if banner == "yes" else Reply(None, then=then)

    return ReplyHook(say, _GREETING)


def _silent(server: ServerContext) -> Hooks:
    silence = Reply(None, then=Pause(math.inf))
    return ReplyHook(lambda session, request, reply: silence, _GREETING)


def _slow(server: ServerContext, seconds: float) -> Hooks:
    def do(session: SessionState, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        yield Pause(seconds)
        yield from actions

    return ActionHook(do, _GREETING)


def _wrong_protocol(server: ServerContext, kind: str) -> Hooks:
    def do(session: SessionState, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        yield Send(_INSTEAD.get(kind) or _BEFORE[kind], Part.HEAD)
        yield from (action for action in actions if kind in _BEFORE or type(action) is not Send)
        if kind == "http":
            yield Close()

    return ActionHook(do, _GREETING)


def _glued(server: ServerContext, kind: str, octets: bytes) -> Hooks:
    def do(session: SessionState, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        for action in actions:
            yield action
            if isinstance(action, Send):
                yield Send(octets or _GLUED[kind], Part.BODY)

    return ActionHook(do, _GREETING)


ROWS = (
    Behaviour(
        "bare-status",
        "the greeting and simple replies are exactly +OK or -ERR, without a space and text",
        "popa3d, Dovecot's USER, Gmail's DELE and NOOP, Exchange's CAPA and UIDL (A)",
        _bare,
        (Parameter("verbs", WORDS, "whose replies: all if empty; GREETING is one", ()),),
        category="greeting",
        bugs="go-pop3 could not parse bare replies (PR#1)",
        layer=Layer.FIRST,
        refusals=True,
        takes=(
            "timestamp",
            "text behind -ERR",
        ),
    ),
    Behaviour(
        "greeting-odd-text",
        "greets with a text that clients stumble over",
        "Exchange, Courier, Office 365 (MailKit#1948), Dovecot with XCLIENT (A, B)",
        _odd_text,
        (
            Parameter("kind", choice(*_ODD_TEXTS), "which text", "decorated"),
            Parameter("text", TEXT, "another text, in place of a kind", ""),
            Parameter("stamp", YES_NO, "whether the timestamp of APOP stands behind it", "no"),
        ),
        category="greeting",
        bugs="brackets taken for a response code",
        aspect=_KIND_OF_GREETING,
        takes=("timestamp",),
    ),
    Behaviour(
        "greeting-apop-fake",
        "greets with a timestamp, as if there were APOP, but refuses it",
        "Lotus Domino before 6.5.5 (C); MailKit#395, MailKit#529 (B)",
        _apop_fake,
        (
            Parameter("place", choice("end", "front", "inside"), "where it stands", "end"),
            Parameter(
                "octets", choice("plain", "unprintable"), "what is within its brackets", "plain"
            ),
            Parameter("text", TEXT, "of the refusal", "unknown command"),
        ),
        category="greeting",
        bugs="clients that insist on APOP never log in",
    ),
    Behaviour(
        "greeting-err",
        "greets with -ERR and closes the connection",
        "greeting tests of EAST (A)",
        _err,
        (
            Parameter("text", TEXT, "behind -ERR", "the server is too busy, try again later"),
            Parameter("code", TEXT, "the response code: SYS/TEMP, SYS/PERM, IN-USE", ""),
        ),
        category="greeting",
        bugs="fetchmail took it for a wrong password and gave up on the account",
        aspect=_KIND_OF_GREETING,
    ),
    Behaviour(
        "greeting-drop",
        "closes the connection as soon as it has greeted, or before",
        "Exchange 2000 and 2003 when throttling, OVH (C); hmailserver#6, hpop#92 (B)",
        _drop,
        (
            Parameter("how", choice("fin", "reset"), "how it closes", "fin"),
            Parameter("banner", YES_NO, "whether it greets before", "yes"),
        ),
        category="greeting",
        bugs="reconnects in a loop",
        against=("greeting-silent",),
    ),
    Behaviour(
        "greeting-silent",
        "accepts the connection and never says a word",
        "any server that waits for TLS, to a client that does not (D)",
        _silent,
        category="greeting",
        bugs="clients without a time limit hang for ever (Jakarta Mail by default, C)",
        against=("greeting-odd-text", "greeting-err", "greeting-apop-fake"),
    ),
    Behaviour(
        "greeting-slow",
        "greets after a while: reverse DNS, ident, a tarpit",
        "any server (D)",
        _slow,
        (Parameter("seconds", SECONDS, "until it greets", 30.0),),
        category="greeting",
        bugs="gives up too early, or never",
        layer=Layer.LAST,
    ),
    Behaviour(
        "greeting-wrong-protocol",
        "greets as a server of another protocol does, or with TLS records before the text",
        "a wrong port: MailKit#357, MailKit#987; hpop#77 (B)",
        _wrong_protocol,
        (Parameter("kind", choice(*_INSTEAD, *_BEFORE), "which protocol", "imap"),),
        category="greeting",
        bugs="sends the password all the same, or crashes",
        aspect=_KIND_OF_GREETING,
        layer=Layer.FIRST,
        takes=("timestamp",),
    ),
    Behaviour(
        "greeting-glued",
        "more lines follow the greeting in the same packet",
        "tests of EAST for unsolicited responses (A)",
        _glued,
        (
            Parameter("kind", choice(*_GLUED), "which lines", "status"),
            Parameter("octets", OCTETS, "others, in place of a kind", b""),
        ),
        category="greeting",
        bugs="each reply is taken for that of the command before",
    ),
)
