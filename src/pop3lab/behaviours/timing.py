"""Replies that come late, slowly or not at all.

A stall, a half-closed connection and an unasked line are faults of their own.
"""

import math
import re
from collections.abc import Iterator

from pop3lab.behaviours.faults_endings import ENDING_ASPECT, FAMILIES, EndAtAccept
from pop3lab.core.actions import Action, Close, Part, Pause, Reset, Send
from pop3lab.core.command import KEYWORDS, LISTINGS, TEXTS
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Reply, err
from pop3lab.core.request import Request
from pop3lab.core.state import SessionState
from pop3lab.effects.commands import AlwaysReply, CommandOverrides
from pop3lab.effects.hooks import ActionHook
from pop3lab.rules.behaviour import Behaviour, Layer, ServerContext
from pop3lab.rules.values import COUNT, SECONDS, WORDS, Parameter, choice

_PIECES = {
    "octets": rb"(?:[^\n]|\n)",
    "lines": rb"(?:[^\n]*\n|[^\n]+)",
}

_Actions = Iterator[Action]


def _late(server: ServerContext, seconds: float) -> Hooks:
    return ActionHook(lambda session, request, actions: _behind(seconds, actions), *TEXTS)


def _behind(seconds: float, actions: _Actions) -> _Actions:
    yield Pause(seconds)
    yield from actions


def _dribble(server: ServerContext, seconds: float, count: int, unit: str) -> Hooks:
    cut = re.compile(_PIECES[unit] + b"{1,%d}" % max(count, 1))

    def do(session: SessionState, request: Request, actions: _Actions) -> _Actions:
        for action in actions:
            if not isinstance(action, Send):
                yield action
                continue
            for piece in cut.findall(action.data):
                yield Send(piece, action.part)
                yield Pause(seconds)

    return ActionHook(do, *TEXTS, *LISTINGS, *KEYWORDS)


def _stall(server: ServerContext) -> Hooks:
    def do(session: SessionState, request: Request, actions: _Actions) -> _Actions:
        for action in actions:
            if isinstance(action, Send) and action.part is not Part.HEAD:
                yield Pause(math.inf)
                return
            yield action

    return ActionHook(do, *TEXTS, *LISTINGS, *KEYWORDS)


def _tarpit(server: ServerContext, seconds: float) -> Hooks:
    def do(session: SessionState, request: Request, actions: _Actions) -> _Actions:
        return _behind(seconds, actions) if session.knows(request.verb) else actions

    return ActionHook(do)


def _reset(server: ServerContext, verbs: tuple[str, ...]) -> Hooks:
    reply = Reply(None, then=Reset())
    return CommandOverrides({verb.upper(): AlwaysReply(reply) for verb in verbs})


def _no_noop(server: ServerContext, form: str) -> Hooks:
    reply = err("unknown command") if form == "err" else Reply(None, then=Close())
    return CommandOverrides({"NOOP": AlwaysReply(reply)})


_FAMILY = Parameter("family", choice(*FAMILIES), "only clients who come by this", "any")

ROWS = (
    Behaviour(
        "slow-first-byte",
        "a message comes so many seconds after it was asked for",
        "virus scanners that read the whole mail first: Sophos UTM, Stormshield (C)",
        _late,
        (Parameter("seconds", SECONDS, "from RETR or TOP to the first octet", 45.0),),
        category="timing",
        bugs="the client gives up, and asks again and again",
        layer=Layer.LAST,
    ),
    Behaviour(
        "slow-dribble",
        "replies of many lines come a few octets, or lines, at a time, never with a long gap",
        "curl test853 (A)",
        _dribble,
        (
            Parameter("seconds", SECONDS, "from piece to piece", 1.0),
            Parameter("count", COUNT, "how many of the unit a piece has", 1),
            Parameter("unit", choice(*_PIECES), "what pieces are counted in", "octets"),
        ),
        category="timing",
        bugs="a time-out between two octets never comes",
        layer=Layer.LAST,
    ),
    Behaviour(
        "stall-after-status",
        "behind the +OK of a reply of many lines nothing more comes",
        "the network (D)",
        _stall,
        category="timing",
        bugs="Jakarta Mail waits for ever, if not told otherwise (C)",
    ),
    Behaviour(
        "tarpit-every-command",
        "each reply comes so many seconds late",
        "tarpits (D)",
        _tarpit,
        (Parameter("seconds", SECONDS, "before each reply", 10.0),),
        category="timing",
        bugs="hours for many messages",
        layer=Layer.LAST,
    ),
    Behaviour(
        "rst-at-command",
        "the connection is reset (RST) when these commands come, and they are not obeyed",
        "the network (D)",
        _reset,
        (Parameter("verbs", WORDS, "which commands", ("RETR",)),),
        category="timing",
        bugs="the password is forgotten; what was fetched is fetched again",
        refusals=True,
    ),
    Behaviour(
        "connect-refused",
        "each connection is reset as it is accepted, the next thing to a port that is not open",
        "harness level (D)",
        lambda server, family: EndAtAccept(server, "reset", family),
        (_FAMILY,),
        category="timing",
        bugs="another address of the host is not tried",
        aspect=ENDING_ASPECT,
    ),
    Behaviour(
        "connect-blackhole",
        "each connection is accepted, and nothing at all comes on it, not even TLS",
        "harness level (D)",
        lambda server, family: EndAtAccept(server, "stall", family),
        (_FAMILY,),
        category="timing",
        bugs="waits for ever; another address of the host is not tried",
        aspect=ENDING_ASPECT,
    ),
    Behaviour(
        "noop-unsupported",
        "NOOP is refused, or closes the connection",
        "seen (D)",
        _no_noop,
        (Parameter("form", choice("err", "close"), "refused, or closed", "err"),),
        category="timing",
        bugs="what keeps a session alive ends it",
        layer=Layer.FIRST,
        takes=("success of NOOP",),
    ),
)
