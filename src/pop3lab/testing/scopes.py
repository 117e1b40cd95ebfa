"""Scopes of a test run: a rule must take effect in the scope in which it was added."""

from collections.abc import Callable
from typing import NamedTuple


class ScopeVerdict(NamedTuple):
    """The problems, a sentence each. unused_rules: rules that never took effect."""

    errors: list[str]
    unused_rules: list[str]


class Scope:
    """A test, or the lifetime of a fixture that several tests share.

    checks: called with the scope when it ends.
    """

    def __init__(self, *, of_test: bool = False) -> None:
        self.of_test = of_test
        self.ended = False
        self.checks: list[Callable[[Scope], ScopeVerdict]] = []

    def open(self) -> None:
        """Make it the current scope, until an inner one is opened."""
        _OPEN.append(self)

    def close(self) -> None:
        """Make it no longer the current scope."""
        if self in _OPEN:
            _OPEN.remove(self)

    def end(self) -> ScopeVerdict:
        """End it; return what all checks have found."""
        self.ended = True
        verdicts = [check(self) for check in self.checks]
        return ScopeVerdict(
            [error for verdict in verdicts for error in verdict.errors],
            [rule for verdict in verdicts for rule in verdict.unused_rules],
        )


_OPEN: list[Scope] = []


def current_scope() -> Scope | None:
    """Return the current scope; None outside of all."""
    return _OPEN[-1] if _OPEN else None
