"""Several scripts as one, asked in order."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from math import inf

from pop3lab.core.actions import Action
from pop3lab.core.command import COMMANDS, Command
from pop3lab.core.hooks import Script
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.reply import Reply
from pop3lab.core.request import Exchange, Line, State
from pop3lab.core.state import Standing
from pop3lab.rules.active_rule import Active
from pop3lab.rules.condition_scope import reached_verbs


class Chain(Script):
    """The first script is next to the protocol, the last next to the wire.

    standard: what becomes of the standard table of commands, where that is known already.
    """

    def __init__(
        self, scripts: Sequence[Script], standard: Mapping[str, Command] | None = None
    ) -> None:
        self._scripts = scripts
        self.replies = _all(script.replies for script in scripts)
        self.sends = _all(script.sends for script in scripts)
        self._repliers = _Repliers(scripts)
        self._standard = standard or self._changed(COMMANDS)

    def begin(self, session: Standing) -> Script:
        """Itself, if each of its scripts is itself for every session."""
        begun = [script.begin(session) for script in self._scripts]
        if begun == self._scripts:
            return self
        changed = [one for one, other in zip(begun, self._scripts, strict=True) if one is not other]
        shared = all(type(one).commands is Script.commands for one in changed)
        return Chain(begun, self._standard if shared else None)

    def wakes(self) -> float:
        return min((script.wakes() for script in self._scripts), default=inf)

    def prepare(self) -> Iterator[Action]:
        for script in self._scripts:
            yield from script.prepare()

    @property
    def maildrop_waits(self) -> bool:
        return any(script.maildrop_waits for script in self._scripts)

    def line(self, octets: bytes, read: Line) -> Line:
        for script in self._scripts:
            read = script.line(octets, read)
        return read

    def commands(self, table: Mapping[str, Command]) -> Mapping[str, Command]:
        return self._standard if table is COMMANDS else self._changed(table)

    def _changed(self, table: Mapping[str, Command]) -> Mapping[str, Command]:
        for script in self._scripts:
            table = script.commands(table)
        return table

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        for script in self._scripts:
            maildrop = script.maildrop(maildrop)
        return maildrop

    def reply(self, exchange: Exchange, reply: Reply) -> Reply:
        for script in self._repliers[exchange.verb]:
            reply = script.reply(exchange, reply)
        return reply

    def actions(self, exchange: Exchange, actions: Iterator[Action]) -> Iterator[Action]:
        for script in self._scripts:
            if script.changes_actions(exchange.verb):
                actions = script.actions(exchange, actions)
        return actions


class _Repliers(dict[str, list[Script]]):
    """The scripts that are asked what is said to a verb, looked for once."""

    def __init__(self, scripts: Sequence[Script]) -> None:
        super().__init__()
        self._scripts = scripts

    def __missing__(self, verb: str) -> list[Script]:
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

LOGIN = Exchange("LOGIN")  # the moment at which a maildrop is opened

_LOGINS = {"PASS", "APOP", "AUTH"}


def bends_maildrop(script: Script) -> bool:
    """Whether it changes what is true."""
    return type(script).maildrop is not Script.maildrop


class Visit:
    """Whether a rule holds for what a session sees of a maildrop."""

    def __init__(self, session: Standing, *, at_login: bool) -> None:
        """at_login: the condition names LOGIN, which the command that logs in stands for."""
        self._session = session
        self._at_login = at_login
        self.holds = False  # nor does it where the session was logged in before the rule came

    @classmethod
    def of(cls, active: Active, session: Standing) -> "Visit | None":
        """That of a rule that bends the maildrop."""
        if not bends_maildrop(active.script):
            return None
        verbs = reached_verbs(active.rule.when)
        return cls(session, at_login=verbs is not None and LOGIN.verb in verbs)

    @property
    def is_decided(self) -> bool:
        """Whether the maildrop has been opened."""
        return self._session.state is not State.AUTHORIZATION

    def meant(self, exchange: Exchange) -> Exchange:
        """The exchange of which the condition is asked."""
        return LOGIN if self._at_login and exchange.verb in _LOGINS else exchange

    def decide(self, holds: bool) -> bool:
        """From now on it holds, or does not."""
        self.holds = holds
        return holds
