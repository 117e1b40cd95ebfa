"""Making a server under test go wrong, while it runs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pop3lab.behaviours.catalogue import make_rule, parse_rule
from pop3lab.rules.active_rule import ActiveRule
from pop3lab.rules.behaviour import Effect
from pop3lab.rules.engine import Rules
from pop3lab.rules.rule import Rule
from pop3lab.rules.tokens import shown
from pop3lab.testing.instance import ServerInstance
from pop3lab.testing.lifecycle import ServerLifecycle
from pop3lab.testing.scopes import Judged, Scope, innermost

# What a test has armed at a server, and when it is to have taken effect.


class Armed(Protocol):
    """A condition, of which it is to be said what happens then."""

    def __str__(self) -> str: ...


class Arming:
    """Rules and conditions of one server, each with the scope in which it was given.

    Those of the server itself are given where that is made. Without scopes all is due at once.
    """

    def __init__(self, now: Callable[[], ServerInstance | None]) -> None:
        """now: the server's run of now, or the last one."""
        self._now = now
        self._own = innermost()
        self._scopes: dict[ActiveRule, Scope | None] = {}
        self._open: dict[int, tuple[Armed, Scope | None]] = {}  # conditions, by identity
        self._given: dict[str, bool] = {}  # the server's own rules: whether they took effect
        self._judged: set[ActiveRule] = set()
        self._join(self._own)

    def _join(self, scope: Scope | None) -> None:
        """Be asked at its end. A server of one test is judged by that, and not kept so long."""
        of_one_test = scope is self._own and scope is not None and scope.of_test
        if scope and not of_one_test and self.judge not in scope.judges:
            scope.judges.append(self.judge)

    def begin(self, condition: Armed) -> None:
        """It is to be said what happens then."""
        self._open[id(condition)] = condition, innermost()
        self._join(innermost())

    def end(self, condition: Armed) -> None:
        """It has been."""
        self._open.pop(id(condition), None)

    def add(self, active: ActiveRule) -> None:
        """A rule has come while the server runs."""
        self._scopes[active] = innermost()
        self._join(innermost())

    def is_due(self, active: ActiveRule) -> bool:
        """Whether it is to have taken effect by now."""
        return active not in self._judged and _is_due(self._scopes.get(active, self._own))

    @property
    def unfinished(self) -> list[str]:
        """Of conditions that are due, and say nothing of what happens then."""
        return [unfinished(one) for one, scope in self._open.values() if _is_due(scope)]

    def told(self) -> None:
        """That has been told."""
        self._open = {
            key: (one, scope) for key, (one, scope) in self._open.items() if not _is_due(scope)
        }

    def keep(self, run: ServerInstance) -> None:
        """What the server's own rules have done in a run that is over, or as far as it has come."""
        for active in run.rules.active:
            if active not in self._scopes:
                text = never(active) if active.is_unused or active.hits else ""
                self._given[text] = self._given.get(text, False) or active.hits > 0

    def judge(self, scope: Scope) -> Judged:
        """What is wrong at the end of a scope."""
        mine = [active for active, its in self._scopes.items() if its is scope]
        unused = [never(active) for active in mine if active.is_unused and self.is_due(active)]
        self._judged.update(mine)
        if scope is self._own:
            unused += self._given_and_unused()
        conditions = [unfinished(one) for one, its in self._open.values() if its is scope]
        self._open = {key: it for key, it in self._open.items() if it[1] is not scope}
        return Judged(conditions, unused)

    def _given_and_unused(self) -> list[str]:
        if run := self._now():
            self.keep(run)
            self._judged.update(run.rules.active)
        given, self._given = self._given, {}
        return [text for text, happened in given.items() if text and not happened]


def _is_due(scope: Scope | None) -> bool:
    return scope is None or scope.over or scope is innermost()


def never(active: ActiveRule) -> str:
    """What is said of one that never took effect: the test may not have tried what it is for."""
    family = active.rule.behaviour.family
    if family == "fault":
        return f"this fault never happened: {active.rule}"
    return f"this {family} never took effect: {active.rule}"


def unfinished(condition: Armed) -> str:
    """What is said of a condition without anything to happen."""
    return f"nothing is to happen when {condition}: say what, with do()"


_ANY = "any"


@dataclass(frozen=True)
class RuleBuilder:
    """When something is to happen; do says what."""

    _ruled: "RuleControl"
    _text: str

    def __str__(self) -> str:
        return self._text

    def do(self, what: Effect | str, *, times: int | None = None) -> ActiveRule:
        """A quirk or fault, as `reset` or `cut-after 512 then reset`. times: at most.

        The answer counts its hits. Raises ConfigError.
        """
        self._ruled.arming.end(self)
        return self._ruled.add_rule(make_rule(self._text, what, times))


class RuleControl:
    """A server to which rules can be given."""

    _service: ServerLifecycle
    arming: Arming

    def when(
        self,
        verb: str = "",
        number: int | str | None = None,
        *more: int | str | None,
        **conditions: object,
    ) -> RuleBuilder:
        """A condition: `server.when("RETR", 2, nth=1).do("cut-after 512 then reset")`.

        verb: also CONNECT, GREETING and RESPONSE; empty for any. number, more: the words behind
        the verb, None for any: `when("AUTH", "CRAM-MD5")`, `when("TOP", None, 0)`. conditions: as
        in the text of a rule, such as nth="2..", session=1, user="ann", state="TRANSACTION",
        tls=True, chance=0.1, words=0, line=3. One of which is never said what happens then, with
        do, is an error at the end of the test.
        """
        words = [_ANY if verb in ("", _ANY) else verb.upper()]
        of_message = number is not None and str(number).isdecimal()
        words += [str(number)] if of_message else []
        words += [
            _word(str(place), word)
            for place, word in enumerate((None if of_message else number, *more), 1)
            if word is not None
        ]
        words += [_word(name, value) for name, value in conditions.items()]
        condition = RuleBuilder(self, " ".join(words))
        self.arming.begin(condition)
        return condition

    def add_rule(self, rule: Rule | str) -> ActiveRule:
        """Put it in force, for sessions that are open, too. Raises ConfigError."""
        read = parse_rule(rule) if isinstance(rule, str) else rule
        active = self._service.ask(lambda: self.rules.add(read))
        self.arming.add(active)
        return active

    @property
    def rules(self) -> Rules:
        """All that are in force; see active and seed."""
        return self._service.run.rules

    def unused_rules(self) -> list[ActiveRule]:
        """Faults, and all with a condition, that have never taken effect."""
        return self.rules.unused()


def _word(name: str, value: object) -> str:
    if isinstance(value, bool):
        return name if value else f"not {name}"
    return f"{name}={shown(str(value).encode('utf-8', 'surrogateescape'))}"
