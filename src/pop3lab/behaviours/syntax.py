"""Quirks of status lines and reply forms that break RFC 1939 section 3."""

from collections.abc import Callable
from typing import Annotated, Literal

from pop3lab.core.command import LISTINGS, LOGIN_VERBS
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Body, Reply, challenge
from pop3lab.core.request import Request
from pop3lab.core.state import SessionState
from pop3lab.core.text import MessageText
from pop3lab.effects.hooks import RefusalHook, ReplyHook, StatusLineHook, is_prose
from pop3lab.effects.logins import login_failed
from pop3lab.rules.behaviour import Layer
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.values import Count, WordList

quirk = BehaviourDecorator("quirk", category="syntax")

_FIRST_WORD = "the first word of a reply"


@quirk(
    "sends +ERR instead of -ERR",
    source="hMailServer POP3Connection.cpp (A; mended in PR#594)",
    aspect=_FIRST_WORD,
    bugs="poplib, OpenPop and getmail take any + for success",
)
def typo_plus_err() -> Hooks:
    return StatusLineHook(lambda line: b"+" + line[1:] if line.startswith(b"-ERR") else line)


@quirk(
    "sends +ok and -err in lower case",
    source="servers from before RFC 1939, whose draft added the rule (C)",
    aspect=_FIRST_WORD,
)
def status_case() -> Hooks:
    def lower(line: bytes) -> bytes:
        word, space, text = line.partition(b" ")
        return word.lower() + space + text

    return StatusLineHook(lower)


_Garbage = Literal["no-sign", "plus", "number", "tab", "lf"]
_GARBAGE: dict[_Garbage, Callable[[bytes], bytes]] = {
    "no-sign": lambda line: line[1:],
    "plus": lambda line: b"+",
    "number": lambda line: b"500 error",
    "tab": lambda line: b"\t" + line,
    "lf": lambda line: b"",
}


@quirk(
    "begins status lines with neither +OK nor -ERR",
    source="seen (D)",
    aspect=_FIRST_WORD,
)
def status_garbage(
    form: Annotated[
        _Garbage, "without the sign, only +, `500 error`, a tab in front, or a single LF"
    ] = "no-sign",
) -> Hooks:
    return StatusLineHook(_GARBAGE[form], b"\n" if form == "lf" else b"\r\n")


@quirk(
    "pads status lines to a given length; RFC 2449 section 4 allows 512 octets",
    source="Exchange states 512 (MS-STANXPOP3, C)",
    bugs="has buffers of fixed size",
)
def status_long(
    octets: Annotated[Count, "length of a status line with its CRLF"] = 513,
) -> Hooks:
    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        if not is_prose(request, reply):
            return reply
        code = f"[{reply.code}] " if reply.code else ""
        line = f"{'+OK' if reply.ok else '-ERR'} {code}{reply.text} \r\n"
        more = octets - len(line.encode("utf-8", "surrogateescape"))
        return reply._replace(text=f"{reply.text} {'x' * more}") if more > 0 else reply

    return ReplyHook(say)


@quirk(
    "sends -ERR with a response code that no RFC defines, or with a malformed one",
    source="test of EAST; Dovecot's [REFERRAL/...] (A)",
)
def resp_code_odd(
    code: Annotated[
        str, "the code as sent: [sys/temp], [IN-USE], an unclosed [ ..."
    ] = "[X-FOO/BAR]",
) -> Hooks:
    return RefusalHook(
        lambda session, request, reply: reply._replace(code="", text=f"{code} {reply.text}")
    )


_WrongPassword = Literal["lock", "rude", "bunny"]
_WRONG_PASSWORD: dict[_WrongPassword, str] = {
    "lock": "Account locked, please wait",
    "rude": "Lies! Try again!",
    "bunny": "Clueless bunny!",
}


@quirk(
    "reports a wrong password as a lock, or rudely, and a lock without the usual words",
    source="tpop3d pop3.c; fetchmail and Sylpheed look for the words (A)",
    bugs="forgets a good password, or retries a wrong one again and again",
    layer=Layer.FIRST,
    needs=("text after -ERR", "failed login"),
)
def misleading_words(
    form: Annotated[_WrongPassword, "the words for a wrong password"] = "lock",
    codes: Annotated[bool, "whether response codes tell the truth"] = False,
) -> Hooks:
    def change(session: SessionState, request: Request, reply: Reply) -> Reply | None:
        if login_failed(session, request, reply):
            text = _WRONG_PASSWORD[form]
        elif reply.code == "IN-USE":
            text = "Come again later"
        else:
            return None
        return reply._replace(text=text, code=reply.code if codes else "")

    return RefusalHook(change, *LOGIN_VERBS)


# Single-line replies instead of multi-line ones, and the other way round.

_Verbs = Annotated[WordList, "the commands to answer like this"]
_More = Annotated[str, "the line between the status line and the dot"]

_EXTRA_LINE = "and this is more"


def _success(change: Callable[[Reply], Reply], verbs: tuple[str, ...]) -> Hooks:
    return ReplyHook(
        lambda session, request, reply: change(reply) if reply.ok else reply,
        *(verb.upper() for verb in verbs),
    )


def _line(text: str) -> Body:
    return Body(MessageText(text.encode("utf-8", "surrogateescape") + b"\r\n"))


@quirk(
    "answers these commands with a status line only, where a list is due",
    source="seen (D)",
    bugs="waits forever for a dot",
    takes=("list of several lines",),
)
def single_for_multi(verbs: _Verbs = LISTINGS) -> Hooks:
    return _success(lambda reply: reply._replace(body=None), verbs)


@quirk(
    "answers these commands with more lines and a dot, where one line is due",
    source="mailpit#518 (B)",
    bugs="takes the lines for the replies to later commands",
    refusals=True,
)
def multi_for_single(verbs: _Verbs = ("DELE", "NOOP"), text: _More = _EXTRA_LINE) -> Hooks:
    return _success(lambda reply: reply._replace(body=reply.body or _line(text)), verbs)


@quirk(
    "sends a line and a dot after -ERR",
    source="seen (D)",
    bugs="takes the lines for the replies to later commands",
)
def error_with_body(text: _More = _EXTRA_LINE) -> Hooks:
    return RefusalHook(lambda session, request, reply: reply._replace(body=_line(text)))


@quirk(
    "answers these commands with `+ `, which only AUTH may use",
    source="seen (D)",
    bugs="poplib takes it for success (A)",
    refusals=True,
    takes=("number in the reply to {verbs}",),
)
def continuation_anywhere(
    verbs: _Verbs = ("USER", "STAT"), text: Annotated[str, "the text after the plus"] = ""
) -> Hooks:
    octets = b"+ %b\r\n" % text.encode("utf-8", "surrogateescape")
    return _success(lambda reply: challenge(octets)._replace(then=reply.then), verbs)
