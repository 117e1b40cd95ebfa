"""Replies of one line where many are due, and the other way round."""

from collections.abc import Callable

from pop3lab.core.commands import LISTINGS
from pop3lab.core.exchange import Exchange
from pop3lab.core.reply import Body, Reply, challenge
from pop3lab.core.script import Script
from pop3lab.core.standing import Standing
from pop3lab.core.text import Text
from pop3lab.faults.bending.seams import Says
from pop3lab.faults.bending.statuses import Refusals
from pop3lab.faults.peculiarity import Peculiarity, Shared
from pop3lab.faults.values import TEXT, WORDS, Parameter


def _says(change: Callable[[Reply], Reply], verbs: tuple[str, ...]) -> Script:
    def say(session: Standing, exchange: Exchange, reply: Reply) -> Reply:
        return change(reply) if reply.ok else reply

    return Says(say, *(verb.upper() for verb in verbs))


def _single(shared: Shared, verbs: tuple[str, ...]) -> Script:
    return _says(lambda reply: reply._replace(body=None), verbs)


def _multi(shared: Shared, verbs: tuple[str, ...], text: str) -> Script:
    return _says(lambda reply: reply._replace(body=reply.body or _line(text)), verbs)


def _error(shared: Shared, text: str) -> Script:
    return Refusals(lambda session, exchange, reply: reply._replace(body=_line(text)))


def _line(text: str) -> Body:
    return Body(Text(text.encode("utf-8", "surrogateescape") + b"\r\n"))


def _continuation(shared: Shared, verbs: tuple[str, ...], text: str) -> Script:
    octets = b"+ %b\r\n" % text.encode("utf-8", "surrogateescape")
    return _says(lambda reply: challenge(octets)._replace(then=reply.then), verbs)


def _verbs(*verbs: str) -> Parameter:
    return Parameter("verbs", WORDS, "the commands that are answered so", verbs)


_MORE = Parameter("text", TEXT, "the line between the status and the dot", "and this is more")

ROWS = (
    Peculiarity(
        "single-for-multi",
        "these commands are answered by a status line only, where a list is due",
        "seen (D)",
        _single,
        (_verbs(*LISTINGS),),
        category="syntax",
        bugs="the client waits for a dot for ever",
        takes=("list of several lines",),
    ),
    Peculiarity(
        "multi-for-single",
        "these commands are answered by lines and a dot, where one line is due",
        "mailpit#518 (B)",
        _multi,
        (_verbs("DELE", "NOOP"), _MORE),
        category="syntax",
        bugs="the lines are taken for the replies to later commands",
        refusals=True,
    ),
    Peculiarity(
        "error-with-body",
        "-ERR is followed by a line and a dot",
        "seen (D)",
        _error,
        (_MORE,),
        category="syntax",
        bugs="the lines are taken for the replies to later commands",
    ),
    Peculiarity(
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
