"""Quirks that send replies late, slowly or not at all.

Stalls, half-closed connections and unsolicited lines are faults.
"""

import math
import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pop3lab.behaviours.faults_endings import ENDING_ASPECT, AddressFamily, EndAtAccept
from pop3lab.core.actions import Action, Close, Part, Pause, Reset, Send
from pop3lab.core.command import KEYWORDS, LISTINGS, TEXTS
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Reply, err
from pop3lab.core.request import Request
from pop3lab.core.state import SessionState
from pop3lab.effects.commands import AlwaysReply, CommandOverrides
from pop3lab.effects.hooks import ActionHook
from pop3lab.rules.behaviour import Layer
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.values import Count, Seconds, WordList

quirk = BehaviourDecorator("quirk", category="timing")

_Actions = Iterator[Action]
_Family = Annotated[AddressFamily, "only clients that connect over this protocol"]

_MULTI_LINE = (*TEXTS, *LISTINGS, *KEYWORDS)


def _after(seconds: float, actions: _Actions) -> _Actions:
    yield Pause(seconds)
    yield from actions


@quirk(
    "waits before it sends a message",
    source="virus scanners that read the whole mail first: Sophos UTM, Stormshield (C)",
    bugs="gives up, then asks again and again",
    layer=Layer.LAST,
)
def slow_first_byte(
    seconds: Annotated[Seconds, "from RETR or TOP to the first octet"] = 45.0,
) -> Hooks:
    return ActionHook(lambda session, request, actions: _after(seconds, actions), *TEXTS)


_Unit = Literal["octets", "lines"]
_PIECES: dict[_Unit, bytes] = {"octets": rb"(?:[^\n]|\n)", "lines": rb"(?:[^\n]*\n|[^\n]+)"}


@quirk(
    "sends multi-line replies a few octets or lines at a time, never with a long gap",
    source="curl test853 (A)",
    bugs="restarts its timeout at each octet, so never gives up",
    layer=Layer.LAST,
)
def slow_dribble(
    seconds: Annotated[Seconds, "pause after each piece"] = 1.0,
    count: Annotated[Count, "units per piece"] = 1,
    unit: Annotated[_Unit, "unit of count"] = "octets",
) -> Hooks:
    cut = re.compile(_PIECES[unit] + b"{1,%d}" % max(count, 1))

    def do(session: SessionState, request: Request, actions: _Actions) -> _Actions:
        for action in actions:
            if not isinstance(action, Send):
                yield action
                continue
            for piece in cut.findall(action.data):
                yield Send(piece, action.part)
                yield Pause(seconds)

    return ActionHook(do, *_MULTI_LINE)


@quirk(
    "sends nothing after the +OK of a multi-line reply",
    source="the network (D)",
    bugs="Jakarta Mail waits forever by default (C)",
)
def stall_after_status() -> Hooks:
    def do(session: SessionState, request: Request, actions: _Actions) -> _Actions:
        for action in actions:
            if isinstance(action, Send) and action.part is not Part.HEAD:
                yield Pause(math.inf)
                return
            yield action

    return ActionHook(do, *_MULTI_LINE)


@quirk(
    "waits before each reply",
    source="tarpits (D)",
    bugs="takes hours for many messages",
    layer=Layer.LAST,
)
def tarpit_every_command(
    seconds: Annotated[Seconds, "pause before each reply"] = 10.0,
) -> Hooks:
    def do(session: SessionState, request: Request, actions: _Actions) -> _Actions:
        return _after(seconds, actions) if session.knows(request.verb) else actions

    return ActionHook(do)


@quirk(
    "resets the connection (RST) on these commands, without obeying them",
    source="the network (D)",
    bugs="forgets the password, or downloads messages again",
    refusals=True,
)
def rst_at_command(verbs: Annotated[WordList, "the commands"] = ("RETR",)) -> Hooks:
    reply = Reply(None, then=Reset())
    return CommandOverrides({verb.upper(): AlwaysReply(reply) for verb in verbs})


@quirk(
    "resets each connection on accept, the closest an open port comes to a closed one",
    source="harness level (D)",
    bugs="doesn't try another address of the host",
    aspect=ENDING_ASPECT,
)
def connect_refused(family: _Family = "any") -> Hooks:
    return EndAtAccept("reset", family)


@quirk(
    "accepts each connection, then sends nothing, not even TLS",
    source="harness level (D)",
    bugs="waits forever; doesn't try another address of the host",
    aspect=ENDING_ASPECT,
)
def connect_blackhole(family: _Family = "any") -> Hooks:
    return EndAtAccept("stall", family)


@quirk(
    "refuses NOOP, or closes the connection on it",
    source="seen (D)",
    bugs="loses the session by its own keepalive",
    layer=Layer.FIRST,
    takes=("success of NOOP",),
)
def noop_unsupported(
    form: Annotated[
        Literal["err", "close"], "err: refuses it; close: closes the connection"
    ] = "err",
) -> Hooks:
    reply = err("unknown command") if form == "err" else Reply(None, then=Close())
    return CommandOverrides({"NOOP": AlwaysReply(reply)})
