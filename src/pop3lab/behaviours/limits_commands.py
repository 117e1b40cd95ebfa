"""Commands that a server does not take."""

from collections.abc import Callable, Iterator, Mapping
from typing import Self

from pop3lab.core.actions import Action, Close, OffloadNext, Part, Pause, Send
from pop3lab.core.command import CommandSpec
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import NO_REPLY, Reply, err
from pop3lab.core.request import CONNECT, GREETING, NO_COMMAND, Authenticated, Request
from pop3lab.core.state import SessionState
from pop3lab.effects.commands import EACH, CallNext, with_overrides
from pop3lab.rules.behaviour import Behaviour, ServerContext
from pop3lab.rules.session_hooks import LateEffect
from pop3lab.rules.values import COUNT, TEXT, YES_NO, Parameter, choice

_NOT_SENT = tuple(point.verb for point in (CONNECT, GREETING, NO_COMMAND))  # by a client


class _BadCommands(LateEffect):
    """Ends a session at its n-th unknown command."""

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


class _LineLimit(LateEffect):
    """Ends a session at a command line of more octets than the limit."""

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


_LIMITS_COMMANDS_ROWS = (
    Behaviour(
        "bad-command-limit",
        "the n-th unknown command ends the session",
        "Dovecot, Zimbra (A)",
        lambda server, commands, text: _BadCommands(commands, text),
        (
            Parameter("commands", COUNT, "how many it takes", 3),
            Parameter("text", TEXT, "what -ERR says", "Too many bad commands."),
        ),
        category="limits",
        bugs="clients that try AUTH, CAPA, XTND, UTF8 ... are thrown out",
    ),
    Behaviour(
        "line-limit",
        "a command line of more octets ends the session",
        "Dovecot (A); Exchange's MaxCommandSize (C)",
        lambda server, octets, text: _LineLimit(octets, text),
        (
            Parameter("octets", COUNT, "of a line with its CRLF", 255),
            Parameter("text", TEXT, "what -ERR says", "Input line too long."),
        ),
        category="limits",
        bugs="OAuth tokens in one line with AUTH can't log in",
    ),
)


# Command lines that are taken only as the RFC has them, or only one at a time.


class _Strict(LateEffect):
    """Refuses lower case, LF without CR, and spaces too many."""

    def __init__(self, server: ServerContext, case: str, lf: str, spaces: str) -> None:
        self._case = case == "yes"
        self._lf = lf
        self._spaces = spaces == "yes"

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
        rest = session.commands[request.verb].rest  # of a password no space is too many
        if self._spaces and request.loose and not rest:
            return err("one space stands before an argument, and none without one")
        return None


class _OneAtATime(LateEffect):
    """Drops a command that came before the answer to the one before it."""

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        return with_overrides(table, {EACH: self._each})

    def _each(
        self, session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        return NO_REPLY if session.early and self.claim() else call_next(session, request)


class _Interleaves(LateEffect):
    """The end of a reply comes behind the status of the next, to a command that came with it."""

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


_HOW: Mapping[str, Callable[[], Hooks]] = {"drops": _OneAtATime, "interleaves": _Interleaves}

_LIMITS_LINES_ROWS = (
    Behaviour(
        "strict-parser",
        "verbs in lower case, lines that end in LF alone, and spaces too many before an argument"
        " or behind a bare verb are not taken; spaces behind an argument never are",
        "Dovecot: `Noise after message number` (A); PHPMailer#2798 (B)",
        _Strict,
        (
            Parameter("case", YES_NO, "whether lower case is refused", "yes"),
            Parameter(
                "lf",
                choice("err", "silence", "taken"),
                "what is said to a line that ends in LF alone",
                "err",
            ),
            Parameter("spaces", YES_NO, "whether spaces too many are refused", "yes"),
        ),
        category="limits",
    ),
    Behaviour(
        "pipelining-drops",
        "of commands that come together only the first is obeyed, the others get no answer; or the"
        " end of a reply of many lines comes behind the status of the next one",
        "WildDuck PR#950, seen by mpop; KMail's warning (B)",
        lambda server, how: _HOW[how](),
        (Parameter("how", choice(*_HOW), "dropped, or replies within each other", "drops"),),
        category="timing",
        bugs="the client waits for ever; replies are taken for those to other commands",
    ),
)

ROWS = (*_LIMITS_COMMANDS_ROWS, *_LIMITS_LINES_ROWS)
