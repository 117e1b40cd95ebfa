"""Several scripts as one, asked in order."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from math import inf

from pop3lab.core.actions import Action
from pop3lab.core.command import COMMANDS, CommandSpec
from pop3lab.core.hooks import Hooks
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.reply import Reply
from pop3lab.core.request import ParsedLine, Request, State
from pop3lab.core.state import SessionState
from pop3lab.rules.active_rule import ActiveRule
from pop3lab.rules.condition_scope import reached_verbs


class HookChain(Hooks):
    """The first script is next to the protocol, the last next to the wire.

    standard: what becomes of the standard table of commands, where that is known already.
    """

    def __init__(
        self, scripts: Sequence[Hooks], standard: Mapping[str, CommandSpec] | None = None
    ) -> None:
        self._scripts = scripts
        self.replies = _all(script.replies for script in scripts)
        self.sends = _all(script.sends for script in scripts)
        self._repliers = _Repliers(scripts)
        self._standard = standard or self._changed(COMMANDS)

    def begin(self, session: SessionState) -> Hooks:
        """Itself, if each of its scripts is itself for every session."""
        begun = [script.begin(session) for script in self._scripts]
        if begun == self._scripts:
            return self
        changed = [one for one, other in zip(begun, self._scripts, strict=True) if one is not other]
        shared = all(type(one).commands is Hooks.commands for one in changed)
        return HookChain(begun, self._standard if shared else None)

    def wakes(self) -> float:
        return min((script.wakes() for script in self._scripts), default=inf)

    def prepare(self) -> Iterator[Action]:
        for script in self._scripts:
            yield from script.prepare()

    @property
    def maildrop_waits(self) -> bool:
        return any(script.maildrop_waits for script in self._scripts)

    def line(self, octets: bytes, read: ParsedLine) -> ParsedLine:
        for script in self._scripts:
            read = script.line(octets, read)
        return read

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        return self._standard if table is COMMANDS else self._changed(table)

    def _changed(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        for script in self._scripts:
            table = script.commands(table)
        return table

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        for script in self._scripts:
            maildrop = script.maildrop(maildrop)
        return maildrop

    def reply(self, request: Request, reply: Reply) -> Reply:
        for script in self._repliers[request.verb]:
            reply = script.reply(request, reply)
        return reply

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        for script in self._scripts:
            if script.changes_actions(request.verb):
                actions = script.actions(request, actions)
        return actions


class _Repliers(dict[str, list[Hooks]]):
    """The scripts that are asked what is said to a verb, looked for once."""

    def __init__(self, scripts: Sequence[Hooks]) -> None:
        super().__init__()
        self._scripts = scripts

    def __missing__(self, verb: str) -> list[Hooks]:
        asked = [script for script in self._scripts if script.changes_reply(verb)]
        if verb in COMMANDS:  # a client's own words take no memory
            self[verb] = asked
        return asked


def _all(named: Iterable[Collection[str] | None]) -> Collection[str] | None:
    verbs: set[str] = set()
    for some in named:
        if some is None:
            return None
        verbs.update(some)
    return frozenset(verbs)


# Rules about a maildrop, which is opened at login: what was decided then holds after it.

LOGIN = Request("LOGIN")  # the moment at which a maildrop is opened

_LOGINS = {"PASS", "APOP", "AUTH"}


def bends_maildrop(script: Hooks) -> bool:
    """Whether it changes what is true."""
    return type(script).maildrop is not Hooks.maildrop


class Visit:
    """Whether a rule holds for what a session sees of a maildrop."""

    def __init__(self, session: SessionState, *, at_login: bool) -> None:
        """at_login: the condition names LOGIN, which the command that logs in stands for."""
        self._session = session
        self._at_login = at_login
        self.holds = False  # nor does it where the session was logged in before the rule came

    @classmethod
    def of(cls, active: ActiveRule, session: SessionState) -> "Visit | None":
        """That of a rule that bends the maildrop."""
        if not bends_maildrop(active.script):
            return None
        verbs = reached_verbs(active.rule.when)
        return cls(session, at_login=verbs is not None and LOGIN.verb in verbs)

    @property
    def is_decided(self) -> bool:
        """Whether the maildrop has been opened."""
        return self._session.state is not State.AUTHORIZATION

    def meant(self, request: Request) -> Request:
        """The exchange of which the condition is asked."""
        return LOGIN if self._at_login and request.verb in _LOGINS else request

    def decide(self, holds: bool) -> bool:
        """From now on it holds, or does not."""
        self.holds = holds
        return holds
