"""The scopes of a run of tests that are open: who arms a rule there is to see it take effect."""

from collections.abc import Callable
from typing import NamedTuple


class Judged(NamedTuple):
    """What is wrong, a sentence each. unused: rules that never took effect."""

    errors: list[str]
    unused: list[str]


class Scope:
    """A test, or the life of a fixture that several tests share.

    judges: called with it at its end.
    """

    def __init__(self, *, of_test: bool = False) -> None:
        self.of_test = of_test
        self.over = False
        self.judges: list[Callable[[Scope], Judged]] = []

    def open(self) -> None:
        """What is done from now on is done in it, unless one within it is opened."""
        _OPEN.append(self)

    def close(self) -> None:
        """No longer."""
        if self in _OPEN:
            _OPEN.remove(self)

    def judged(self) -> Judged:
        """It is over: what is wrong."""
        self.over = True
        told = [judge(self) for judge in self.judges]
        return Judged(
            [e for one in told for e in one.errors], [u for one in told for u in one.unused]
        )


_OPEN: list[Scope] = []


def innermost() -> Scope | None:
    """That in which something is done now; None outside of all."""
    return _OPEN[-1] if _OPEN else None
