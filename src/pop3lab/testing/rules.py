"""Rules of a server under test: adding them while it runs, and checking that they took effect."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from pop3lab.core.errors import ConfigError
from pop3lab.rules.active_rule import ActiveRule
from pop3lab.rules.behaviour import Effect
from pop3lab.rules.engine import Rules
from pop3lab.rules.rule import Rule
from pop3lab.rules.tokens import shown
from pop3lab.testing.instance import ServerInstance
from pop3lab.testing.lifecycle import ServerLifecycle
from pop3lab.testing.scopes import Scope, ScopeOfTest, ScopeVerdict, current_scope


class _Condition(Protocol):
    """A condition for which no effect has been given yet."""

    def __str__(self) -> str: ...


class RuleScopes:
    """The rules and conditions of a server, with the scope in which each must take effect.

    Rules that the server was created with belong to the scope of its creation. Without scopes, all
    are due at once.
    """

    def __init__(self, now: Callable[[], ServerInstance | None]) -> None:
        """now: returns the current instance of the server, or the last one."""
        self._current = now
        self._own = current_scope()
        self._scopes: dict[ActiveRule, Scope | None] = {}
        self._open: dict[int, tuple[_Condition, Scope | None]] = {}  # conditions, by identity
        self._given: dict[str, bool] = {}  # the server's own rules: whether they took effect
        self._checked: set[ActiveRule] = set()
        self.removed: list[ActiveRule] = []  # from the current instance
        self._join(self._own)

    def _join(self, scope: Scope | None) -> None:
        """Be checked at the end of a scope; a server of one test has its own verdict."""
        of_one_test = scope is self._own and isinstance(scope, ScopeOfTest)
        if scope and not of_one_test and self.check not in scope.checks:
            scope.checks.append(self.check)

    def expect_effect(self, condition: _Condition) -> None:
        """Note a condition, which do() must complete."""
        self._open[id(condition)] = condition, current_scope()
        self._join(current_scope())

    def effect_given(self, condition: _Condition) -> None:
        """Note that do() has completed the condition."""
        self._open.pop(id(condition), None)

    def add(self, active: ActiveRule) -> None:
        """Note a rule that was added while the server runs."""
        self._scopes[active] = current_scope()
        self._join(current_scope())

    def remove(self, active: ActiveRule) -> None:
        """Note a rule that is no longer in force. One that took effect need not be remembered."""
        if active in self._scopes and not active.is_unused:
            del self._scopes[active]
        else:
            self.removed.append(active)

    def is_due(self, active: ActiveRule) -> bool:
        """Whether it must have taken effect by now."""
        return active not in self._checked and _is_due(self._scopes.get(active, self._own))

    @property
    def unfinished(self) -> list[str]:
        """A message for each due condition without do()."""
        return [_unfinished_message(one) for one, scope in self._open.values() if _is_due(scope)]

    def mark_reported(self) -> None:
        """Forget the due conditions, which have been reported."""
        self._open = {
            key: (one, scope) for key, (one, scope) in self._open.items() if not _is_due(scope)
        }

    def unused(self, instance: ServerInstance) -> list[ActiveRule]:
        """Return the rules of this instance that are due, and never took effect."""
        removed = [active for active in self.removed if active.is_unused]
        return [active for active in (*instance.rules.unused(), *removed) if self.is_due(active)]

    def record(self, instance: ServerInstance) -> None:
        """Note which of the server's own rules took effect in this instance, which ends."""
        for active in (*instance.rules.active, *self.removed):
            if active not in self._scopes:
                text = unused_message(active) if active.is_unused or active.hits else ""
                self._given[text] = self._given.get(text, False) or active.hits > 0

    def instance_ended(self, instance: ServerInstance) -> None:
        """Record an instance, and forget the rules that are due: they are in its verdict."""
        self.record(instance)
        self.removed.clear()
        self._scopes = {
            active: scope for active, scope in self._scopes.items() if scope and not scope.ended
        }
        self._checked.intersection_update(self._scopes)

    def check(self, scope: Scope) -> ScopeVerdict:
        """Return the problems at the end of a scope."""
        mine = [active for active, its in self._scopes.items() if its is scope]
        unused = [
            unused_message(active) for active in mine if active.is_unused and self.is_due(active)
        ]
        self._forget(mine)
        if scope is self._own:
            unused += self._unused_own_rules()
        conditions = [_unfinished_message(one) for one, its in self._open.values() if its is scope]
        self._open = {key: it for key, it in self._open.items() if it[1] is not scope}
        return ScopeVerdict(conditions, unused)

    def _forget(self, checked: Iterable[ActiveRule]) -> None:
        """Remember only those that are still in force: servers may live long."""
        instance = self._current()
        in_force = set(instance.rules.active) if instance else set()
        for active in checked:
            if active in in_force:
                self._checked.add(active)
            else:
                del self._scopes[active]
                if active in self.removed:
                    self.removed.remove(active)

    def _unused_own_rules(self) -> list[str]:
        if instance := self._current():
            self.record(instance)
            self._checked.update(instance.rules.active)
        given, self._given = self._given, {}
        return [text for text, happened in given.items() if text and not happened]


def _is_due(scope: Scope | None) -> bool:
    return scope is None or scope.ended or scope is current_scope()


def unused_message(active: ActiveRule) -> str:
    """Return the message for a rule that never took effect: the test may have missed its point."""
    family = active.rule.behaviour.family
    if family == "fault":
        return f"this fault never happened: {active.rule}"
    return f"this {family} never took effect: {active.rule}"


def _unfinished_message(condition: _Condition) -> str:
    """Return the message for a condition without do()."""
    return f"this condition has no effect: {condition}: add it with do()"


_ANY = "any"


@dataclass(frozen=True)
class RuleBuilder:
    """A condition, as when() returns it. do() adds the effect, and the rule to the server."""

    _control: "RuleControl"
    _text: str

    def __str__(self) -> str:
        return self._text

    def do(self, what: Effect | str, *, times: int | None = None) -> ActiveRule:
        """Add the rule to the server.

        Args:
            what: The effect, as a text such as "cut-after 512 then reset", or made by a function of
                pop3lab.faults, quirks or attacks.
            times: How often the rule takes effect at most; None for no limit.

        Returns:
            The rule in force, which counts its hits.

        Raises:
            ConfigError: The condition or the effect is wrong.
        """
        from pop3lab.behaviours.catalogue import make_rule  # large: when first needed

        self._control.rule_scopes.effect_given(self)
        return self._control.add_rule(make_rule(self._text, what, times))


class RuleControl:
    """A server that takes rules while it runs."""

    def __init__(self, lifecycle: ServerLifecycle, scopes: RuleScopes) -> None:
        self._running = lifecycle
        self.rule_scopes = scopes

    def when(
        self,
        verb: str = "",
        number: int | str | None = None,
        *more: int | str | None,
        **conditions: float | str,
    ) -> RuleBuilder:
        """Return a condition, as in `server.when("RETR", 2, nth=1).do("cut-after 512")`.

        A condition without do() is an error at the end of the test.

        Args:
            verb: A verb, or CONNECT, GREETING or RESPONSE; empty for any.
            number: The message number, or the first word after the verb; None for any.
            more: Further words, None for any, as in `when("TOP", None, 0)`.
            conditions: Other parts of a condition, as in the text of a rule: nth="2..", session=1,
                user="ann", state="TRANSACTION", tls=True, chance=0.1, words=0, line=3.

        Returns:
            The condition; call do() on it.
        """
        _check_words(verb, number, more)
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
        self.rule_scopes.expect_effect(condition)
        return condition

    def add_rule(self, rule: Rule | str) -> ActiveRule:
        """Add a rule. It applies to open sessions, too.

        Args:
            rule: The rule, or its text, such as "RETR 2 nth=1 -> cut-after 512 then reset".

        Returns:
            The rule in force, which counts its hits.

        Raises:
            ConfigError: The rule is wrong, or can't stand together with another.
        """
        from pop3lab.behaviours.catalogue import parse_rule

        if not isinstance(rule, Rule | str):
            raise ConfigError(f"{rule!r} is neither a rule nor the text of one")
        read = parse_rule(rule) if isinstance(rule, str) else rule
        active = self._running.call_in_loop(lambda: self.rules.add(read))
        active.remover = self.remove_rule
        self.rule_scopes.add(active)
        return active

    def remove_rule(self, active: ActiveRule) -> None:
        """Take a rule out of force, also for open sessions. It must have taken effect by then.

        Args:
            active: The rule in force, as add_rule() or do() returned it. Again, it does nothing.
        """
        if not isinstance(active, ActiveRule):
            raise ConfigError(f"{active!r} is no rule in force, as add_rule() or do() returns it")
        if active.in_force:
            self._running.call_in_loop(lambda: self.rules.remove(active))
            self.rule_scopes.remove(active)

    @property
    def rules(self) -> Rules:
        """The rules in force, in its attribute active, and the seed."""
        rules = self._running.instance.rules
        for active in rules.active:  # those of the start, too, can be removed by themselves
            active.remover = self.remove_rule
        return rules

    def unused_rules(self) -> list[ActiveRule]:
        """Return the faults, and the rules with a condition, that never took effect."""
        return self.rules.unused()


def _check_words(verb: object, number: object, more: Iterable[object]) -> None:
    """Raise ConfigError for values of another type than when() takes."""
    if not isinstance(verb, str):
        raise ConfigError(f"when({verb!r}): write a verb, as when('RETR')")
    for word in (number, *more):
        if not isinstance(word, int | str | None):
            raise ConfigError(f"when({verb!r}, {word!r}): write a number, or a word of the command")


def _word(name: str, value: object) -> str:
    if isinstance(value, bool):
        return name if value else f"not {name}"
    return f"{name}={shown(str(value).encode('utf-8', 'surrogateescape'))}"
