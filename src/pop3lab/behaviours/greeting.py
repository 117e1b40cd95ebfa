"""The greeting: the first line of a session."""

import math
from collections.abc import Iterator
from typing import Annotated, Literal

from pop3lab.core.actions import Action, Close, Part, Pause, Reset, Send
from pop3lab.core.command import INFORMING
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Reply
from pop3lab.core.request import GREETING, Request
from pop3lab.core.state import SessionState
from pop3lab.effects.commands import refused
from pop3lab.effects.hooks import ActionHook, CommandHook, ReplyHook
from pop3lab.rules.behaviour import Layer
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.values import Seconds, WordList

quirk = BehaviourDecorator("quirk", category="greeting")

_GREETING = GREETING.verb
_KIND_OF_GREETING = "the greeting"


@quirk(
    "sends the greeting and simple replies as bare +OK or -ERR, without a space or text",
    source="popa3d, Dovecot's USER, Gmail's DELE and NOOP, Exchange's CAPA and UIDL (A)",
    bugs="go-pop3 could not parse bare replies (PR#1)",
    layer=Layer.FIRST,
    refusals=True,
    takes=("timestamp", "text after -ERR"),
)
def bare_status(
    verbs: Annotated[WordList, "commands whose replies are bare, or GREETING; empty for all"] = (),
) -> Hooks:
    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        informs = request.verb in INFORMING and reply.ok and reply.body is None
        return reply if informs else reply._replace(text="", code="")

    return ReplyHook(say, *(_GREETING if verb == "GREETING" else verb.upper() for verb in verbs))


_OddText = Literal["decorated", "hello", "base64", "xclient", "half-stamp"]
_ODD_TEXTS: dict[_OddText, str] = {
    "decorated": "The *WGS* Microsoft Exchange POP3 service is ready.",
    "hello": "Hello there.",
    "base64": "The Microsoft Exchange POP3 service is ready. "
    "[RgBSAEEAUAAyADYANABDAEEAMAAwADAAOQAuAEYAUgBBAFAAMgA2ADQALgBQAFIATwBEAA==]",
    "xclient": "[XCLIENT] Dovecot ready.",
    "half-stamp": "ready <1896.697170952@dbc.mtview.ca.us",
}


@quirk(
    "greets with a text that confuses clients",
    source="Exchange, Courier, Office 365 (MailKit#1948), Dovecot with XCLIENT (A, B)",
    bugs="brackets are mistaken for a response code",
    aspect=_KIND_OF_GREETING,
    takes=("timestamp",),
)
def greeting_odd_text(
    kind: Annotated[_OddText, "the greeting's text"] = "decorated",
    text: Annotated[str, "a text that replaces that of the kind"] = "",
    stamp: Annotated[bool, "whether the APOP timestamp follows the text"] = False,
) -> Hooks:
    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        if not reply.ok:
            return reply
        behind = f" {session.timestamp}" if stamp else ""
        return reply._replace(text=(text or _ODD_TEXTS[kind]) + behind)

    return ReplyHook(say, _GREETING)


_UNPRINTABLE = b"<\x05\xb8\xe2\x05\xa1\xf7@\xc4\xe3>".decode("utf-8", "surrogateescape")


@quirk(
    "greets with an APOP timestamp but refuses APOP",
    source="Lotus Domino before 6.5.5 (C); MailKit#395, MailKit#529 (B)",
    bugs="clients that insist on APOP never log in",
)
def greeting_apop_fake(
    place: Annotated[Literal["end", "front", "inside"], "the timestamp's place"] = "end",
    octets: Annotated[Literal["plain", "unprintable"], "content of its angle brackets"] = "plain",
    text: Annotated[str, "text of the refusal"] = "unknown command",
) -> Hooks:
    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        if not reply.ok:
            return reply
        stamp = _UNPRINTABLE if octets == "unprintable" else session.timestamp
        words = reply.text.replace(f" {session.timestamp}", "").split(" ")
        words.insert({"front": 0, "inside": 1, "end": len(words)}[place], stamp)
        return reply._replace(text=" ".join(words))

    return CommandHook(refused("APOP", text=text), say, _GREETING)


@quirk(
    "greets with -ERR and closes the connection",
    source="greeting tests of EAST (A)",
    bugs="fetchmail took it for a wrong password and gave up on the account",
    aspect=_KIND_OF_GREETING,
)
def greeting_err(
    text: Annotated[str, "text after -ERR"] = "the server is too busy, try again later",
    code: Annotated[str, "response code, such as SYS/TEMP, SYS/PERM or IN-USE"] = "",
) -> Hooks:
    refusal = Reply(False, text, then=Close(), code=code)
    return ReplyHook(lambda session, request, reply: refusal, _GREETING)


@quirk(
    "closes the connection right after the greeting, or instead of it",
    source="Exchange 2000 and 2003 when throttling, OVH (C); hmailserver#6, hpop#92 (B)",
    bugs="reconnects in a loop",
    against=("greeting-silent",),
)
def greeting_drop(
    how: Annotated[Literal["fin", "reset"], "how the connection ends"] = "fin",
    banner: Annotated[bool, "whether the server greets first"] = True,
) -> Hooks:
    then = Reset() if how == "reset" else Close()

    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        return reply._replace(then=then) if banner else Reply(None, then=then)

    return ReplyHook(say, _GREETING)


@quirk(
    "accepts the connection and never sends anything",
    source="any server that waits for TLS, to a client that does not (D)",
    bugs="clients without a timeout hang forever (Jakarta Mail by default, C)",
    against=("greeting-odd-text", "greeting-err", "greeting-apop-fake"),
)
def greeting_silent() -> Hooks:
    silence = Reply(None, then=Pause(math.inf))
    return ReplyHook(lambda session, request, reply: silence, _GREETING)


@quirk(
    "delays the greeting, as for reverse DNS, ident or a tarpit",
    source="any server (D)",
    bugs="gives up too early, or never",
    layer=Layer.LAST,
)
def greeting_slow(seconds: Annotated[Seconds, "delay before the greeting"] = 30.0) -> Hooks:
    def do(session: SessionState, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        yield Pause(seconds)
        yield from actions

    return ActionHook(do, _GREETING)


_INSTEAD: dict[str, bytes] = {
    "imap": b"* OK Gimap ready for requests\r\n",
    "smtp": b"220 mail.example.com ESMTP\r\n",
    "http": b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
}
_BEFORE: dict[str, bytes] = {
    "tls": b"\x15\x03\x03\x00\x02\x02\x46",  # fatal, protocol version (RFC 5246 section 7.2)
    "tls-data": b"\x17\x03\x03\x00\x10" + bytes(range(0x80, 0x90)),
}


@quirk(
    "greets as a server of another protocol, or sends a TLS record before the greeting",
    source="a wrong port: MailKit#357, MailKit#987; hpop#77 (B)",
    bugs="sends the password anyway, or crashes",
    aspect=_KIND_OF_GREETING,
    layer=Layer.FIRST,
    takes=("timestamp",),
)
def greeting_wrong_protocol(
    kind: Annotated[Literal["imap", "smtp", "http", "tls", "tls-data"], "the protocol"] = "imap",
) -> Hooks:
    def do(session: SessionState, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        yield Send(_INSTEAD.get(kind) or _BEFORE[kind], Part.HEAD)
        yield from (action for action in actions if kind in _BEFORE or type(action) is not Send)
        if kind == "http":
            yield Close()

    return ActionHook(do, _GREETING)


_Glued = Literal["status", "listing", "capa"]
_GLUED: dict[_Glued, bytes] = {
    "status": b"+OK\r\n",
    "listing": b"+OK 1 messages\r\n1 120\r\n.\r\n",
    "capa": b"+OK\r\nTOP\r\nUIDL\r\nUSER\r\n.\r\n",
}


@quirk(
    "sends more lines in the same packet as the greeting",
    source="tests of EAST for unsolicited responses (A)",
    bugs="each reply is mistaken for the reply to the previous command",
)
def greeting_glued(
    kind: Annotated[_Glued, "the extra lines"] = "status",
    octets: Annotated[bytes, "octets that replace those of the kind"] = b"",
) -> Hooks:
    def do(session: SessionState, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        for action in actions:
            yield action
            if isinstance(action, Send):
                yield Send(octets or _GLUED[kind], Part.BODY)

    return ActionHook(do, _GREETING)
