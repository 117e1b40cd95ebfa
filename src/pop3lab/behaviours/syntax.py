"""Status lines that are not written as RFC 1939 section 3 has them."""

from collections.abc import Callable

from pop3lab.core.command import LISTINGS, LOGIN_VERBS
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Body, Reply, challenge
from pop3lab.core.request import Request
from pop3lab.core.state import SessionState
from pop3lab.core.text import MessageText
from pop3lab.effects.hooks import RefusalHook, ReplyHook, StatusLineHook, is_prose
from pop3lab.effects.logins import login_failed
from pop3lab.rules.behaviour import Behaviour, Layer, ServerContext
from pop3lab.rules.values import COUNT, TEXT, WORDS, YES_NO, Parameter, choice

_FIRST_WORD = "the first word of a reply"

_GARBAGE: dict[str, Callable[[bytes], bytes]] = {
    "no-sign": lambda line: line[1:],
    "plus": lambda line: b"+",
    "number": lambda line: b"500 error",
    "tab": lambda line: b"\t" + line,
    "lf": lambda line: b"",
}

_WRONG_PASSWORD = {
    "lock": "Account locked, please wait",
    "rude": "Lies! Try again!",
    "bunny": "Clueless bunny!",
}


def _plus_err(line: bytes) -> bytes:
    return b"+" + line[1:] if line.startswith(b"-ERR") else line


def _lower(line: bytes) -> bytes:
    word, space, text = line.partition(b" ")
    return word.lower() + space + text


def _garbage(server: ServerContext, form: str) -> Hooks:
    return StatusLineHook(_GARBAGE[form], b"\n" if form == "lf" else b"\r\n")


def _long(server: ServerContext, octets: int) -> Hooks:
    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        if not is_prose(request, reply):
            return reply
        code = f"[{reply.code}] " if reply.code else ""
        line = f"{'+OK' if reply.ok else '-ERR'} {code}{reply.text} \r\n"
        more = octets - len(line.encode("utf-8", "surrogateescape"))
        return reply._replace(text=f"{reply.text} {'x' * more}") if more > 0 else reply

    return ReplyHook(say)


def _odd_code(server: ServerContext, code: str) -> Hooks:
    return RefusalHook(
        lambda session, request, reply: reply._replace(code="", text=f"{code} {reply.text}")
    )


def _misleading(server: ServerContext, form: str, codes: str) -> Hooks:
    def change(session: SessionState, request: Request, reply: Reply) -> Reply | None:
        if login_failed(session, request, reply):
            text = _WRONG_PASSWORD[form]
        elif reply.code == "IN-USE":
            text = "Come again later"
        else:
            return None
        return reply._replace(text=text, code=reply.code if codes == "yes" else "")

    return RefusalHook(change, *LOGIN_VERBS)


_SYNTAX_ROWS = (
    Behaviour(
        "typo-plus-err",
        "-ERR is written +ERR",
        "hMailServer POP3Connection.cpp (A; mended in PR#594)",
        lambda server: StatusLineHook(_plus_err),
        category="syntax",
        aspect=_FIRST_WORD,
        bugs="poplib, OpenPop and getmail take any + for success",
    ),
    Behaviour(
        "status-case",
        "+OK and -ERR are written in lower case",
        "servers from before RFC 1939, whose draft added the rule (C)",
        lambda server: StatusLineHook(_lower),
        category="syntax",
        aspect=_FIRST_WORD,
    ),
    Behaviour(
        "status-garbage",
        "the status line begins neither with +OK nor with -ERR",
        "seen (D)",
        _garbage,
        (
            Parameter(
                "form",
                choice(*_GARBAGE),
                "without its sign, only +, `500 error`, a tab in front, or a single LF",
                "no-sign",
            ),
        ),
        category="syntax",
        aspect=_FIRST_WORD,
    ),
    Behaviour(
        "status-long",
        "status lines have so many octets; RFC 2449 section 4 allows 512",
        "Exchange states 512 (MS-STANXPOP3, C)",
        _long,
        (Parameter("octets", COUNT, "of a status line with its CRLF", 513),),
        category="syntax",
        bugs="buffers of fixed size",
    ),
    Behaviour(
        "resp-code-odd",
        "-ERR has a response code that no RFC knows, or none that can be read",
        "test of EAST; Dovecot's [REFERRAL/...] (A)",
        _odd_code,
        (
            Parameter(
                "code", TEXT, "as written: [sys/temp], [IN-USE], an open [ ...", "[X-FOO/BAR]"
            ),
        ),
        category="syntax",
    ),
    Behaviour(
        "misleading-words",
        "a wrong password is said with the words of a lock, or rudely; a lock without them",
        "tpop3d pop3.c; fetchmail and Sylpheed look for the words (A)",
        _misleading,
        (
            Parameter("form", choice(*_WRONG_PASSWORD), "of a wrong password", "lock"),
            Parameter("codes", YES_NO, "whether response codes tell the truth", "no"),
        ),
        category="syntax",
        bugs="a good password forgotten, a wrong one tried again and again",
        layer=Layer.FIRST,
        needs=(
            "text behind -ERR",
            "failed login",
        ),
    ),
)


# Replies of one line where many are due, and the other way round.


def _says(change: Callable[[Reply], Reply], verbs: tuple[str, ...]) -> Hooks:
    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        return change(reply) if reply.ok else reply

    return ReplyHook(say, *(verb.upper() for verb in verbs))


def _single(server: ServerContext, verbs: tuple[str, ...]) -> Hooks:
    return _says(lambda reply: reply._replace(body=None), verbs)


def _multi(server: ServerContext, verbs: tuple[str, ...], text: str) -> Hooks:
    return _says(lambda reply: reply._replace(body=reply.body or _line(text)), verbs)


def _error(server: ServerContext, text: str) -> Hooks:
    return RefusalHook(lambda session, request, reply: reply._replace(body=_line(text)))


def _line(text: str) -> Body:
    return Body(MessageText(text.encode("utf-8", "surrogateescape") + b"\r\n"))


def _continuation(server: ServerContext, verbs: tuple[str, ...], text: str) -> Hooks:
    octets = b"+ %b\r\n" % text.encode("utf-8", "surrogateescape")
    return _says(lambda reply: challenge(octets)._replace(then=reply.then), verbs)


def _verbs(*verbs: str) -> Parameter:
    return Parameter("verbs", WORDS, "the commands that are answered so", verbs)


_MORE = Parameter("text", TEXT, "the line between the status and the dot", "and this is more")

_SYNTAX_LINES_ROWS = (
    Behaviour(
        "single-for-multi",
        "these commands are answered by a status line only, where a list is due",
        "seen (D)",
        _single,
        (_verbs(*LISTINGS),),
        category="syntax",
        bugs="the client waits for a dot for ever",
        takes=("list of several lines",),
    ),
    Behaviour(
        "multi-for-single",
        "these commands are answered by lines and a dot, where one line is due",
        "mailpit#518 (B)",
        _multi,
        (_verbs("DELE", "NOOP"), _MORE),
        category="syntax",
        bugs="the lines are taken for the replies to later commands",
        refusals=True,
    ),
    Behaviour(
        "error-with-body",
        "-ERR is followed by a line and a dot",
        "seen (D)",
        _error,
        (_MORE,),
        category="syntax",
        bugs="the lines are taken for the replies to later commands",
    ),
    Behaviour(
        "continuation-anywhere",
        "these commands are answered by `+ `, as only AUTH is",
        "seen (D)",
        _continuation,
        (_verbs("USER", "STAT"), Parameter("text", TEXT, "what follows the plus", "")),
        category="syntax",
        bugs="poplib takes it for success (A)",
        refusals=True,
        takes=("number in the answer to {verbs}",),
    ),
)

ROWS = (*_SYNTAX_ROWS, *_SYNTAX_LINES_ROWS)
