"""Limits on commands and command lines."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self

from pop3lab.core.actions import Action, Close, OffloadNext, Part, Pause, Send
from pop3lab.core.command import CommandSpec
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import NO_REPLY, Reply, err
from pop3lab.core.request import CONNECT, GREETING, NO_COMMAND, Authenticated, Request
from pop3lab.core.state import SessionState
from pop3lab.effects.commands import EACH, CallNext, with_overrides
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.session_hooks import LateEffect
from pop3lab.rules.values import Count

quirk = BehaviourDecorator("quirk", category="limits")

_Text = Annotated[str, "text of the -ERR reply"]

_NOT_SENT = tuple(point.verb for point in (CONNECT, GREETING, NO_COMMAND))  # by a client


class _BadCommands(LateEffect):
    """Ends a session at the n-th unknown command."""

    replies = None

    def __init__(self, left: int, text: str) -> None:
        self._left = left
        self._text = text

    def reply(self, request: Request, reply: Reply) -> Reply:
        if request.verb in _NOT_SENT or self.session.knows(request.verb):
            return reply
        self._left -= 1
        if self._left > 0 or not self.claim():
            return reply
        return Reply(False, self._text, then=Close())


@quirk(
    "ends the session after a set number of unknown commands",
    source="Dovecot, Zimbra (A)",
    bugs="clients that try AUTH, CAPA, XTND or UTF8 lose their session",
)
def bad_command_limit(
    commands: Annotated[Count, "number of unknown commands that ends the session"] = 3,
    text: _Text = "Too many bad commands.",
) -> Hooks:
    return _BadCommands(commands, text)


class _LineLimit(LateEffect):
    """Ends a session at a command line longer than the limit."""

    replies = None

    def __init__(self, octets: int, text: str) -> None:
        self._octets = octets
        self._text = text

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        return with_overrides(table, {EACH: self._each})

    def _each(
        self, session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        return err(self._text) if self._too_long(request) else call_next(session, request)

    def reply(self, request: Request, reply: Reply) -> Reply:
        if not self._too_long(request) or not self.claim():
            return reply
        return Reply(False, self._text, then=Close())

    def _too_long(self, request: Request) -> bool:
        verb, rest = request
        if verb in _NOT_SENT:
            return False
        line = verb if rest is None else f"{verb} {rest}"
        return len(line.encode("utf-8")) + len(b"\r\n") > self._octets


@quirk(
    "ends the session when a command line is too long",
    source="Dovecot (A); Exchange's MaxCommandSize (C)",
    bugs="clients cannot log in when they send an OAuth token on the AUTH line",
)
def line_limit(
    octets: Annotated[Count, "longest line allowed, including CRLF"] = 255,
    text: _Text = "Input line too long.",
) -> Hooks:
    return _LineLimit(octets, text)


# Strict parsing and broken pipelining.

_BareLf = Literal["err", "silence", "taken"]


class _Strict(LateEffect):
    """Rejects lower-case verbs, LF without CR, and extra spaces."""

    def __init__(self, case: bool, lf: _BareLf, spaces: bool) -> None:
        self._case = case
        self._lf = lf
        self._spaces = spaces

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        return with_overrides(table, {EACH: self._each})

    def _each(
        self, session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        reply = self._refusal(session, request)
        return reply if reply and self.claim() else call_next(session, request)

    def _refusal(self, session: SessionState, request: Request) -> Reply | None:
        if self._lf != "taken" and not session.line.endswith(b"\r"):
            return NO_REPLY if self._lf == "silence" else err("a line ends in CRLF")
        if self._case and not session.line.startswith(request.verb.encode()):
            return err("unknown command")
        rest = session.commands[request.verb].rest  # a password may contain any spaces
        if self._spaces and request.loose and not rest:
            return err("one space stands before an argument, and none without one")
        return None


@quirk(
    "rejects lower-case verbs, lines that end in LF alone, and extra spaces",
    source="Dovecot: `Noise after message number` (A); PHPMailer#2798 (B)",
)
def strict_parser(
    case: Annotated[bool, "whether lower-case verbs are rejected"] = True,
    lf: Annotated[_BareLf, "whether LF alone causes -ERR, causes no reply, or is accepted"] = "err",
    spaces: Annotated[
        bool, "whether extra spaces before an argument or after a bare verb are rejected"
    ] = True,
) -> Hooks:
    return _Strict(case, lf, spaces)


class _OneAtATime(LateEffect):
    """Drops commands that arrive before the reply to the previous command."""

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        return with_overrides(table, {EACH: self._each})

    def _each(
        self, session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        return NO_REPLY if session.early and self.claim() else call_next(session, request)


class _Interleaves(LateEffect):
    """Sends the end of a reply after the status line of the next reply to pipelined commands."""

    sends = None
    settles = True

    def __init__(self) -> None:
        self._held: list[Action] = []

    def for_session(self, session: SessionState) -> Self:
        begun = super().for_session(session)
        begun._held = []
        return begun

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        return self._sent(actions, holds=self.session.more)

    def settle(self, actions: Iterator[Action]) -> Iterator[Action]:
        return self._sent(actions, holds=False)

    def _sent(self, actions: Iterator[Action], *, holds: bool) -> Iterator[Action]:
        held, self._held = self._held, []
        for action in actions:
            if held and not isinstance(action, Send | Pause | OffloadNext):
                yield from held
                held = []
            if holds and _is_end(action) and self.claim():
                self._held = [action]
                continue
            yield action
            if isinstance(action, Send):
                yield from held
                held = []
        yield from held


def _is_end(action: Action) -> bool:
    return isinstance(action, Send) and action.part is Part.END


@quirk(
    "answers only the first of several pipelined commands, or interleaves their replies",
    source="WildDuck PR#950, seen by mpop; KMail's warning (B)",
    category="timing",
    bugs="clients wait forever, or match replies to the wrong commands",
)
def pipelining_drops(
    how: Annotated[
        Literal["drops", "interleaves"], "whether later commands are dropped or replies interleave"
    ] = "drops",
) -> Hooks:
    return _OneAtATime() if how == "drops" else _Interleaves()
