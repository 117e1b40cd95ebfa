"""What is wrong when a test is over, in sentences, besides what the test itself asserts."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self, TypeVar

from pop3lab.core.events import Violated
from pop3lab.faults.active import Active
from pop3lab.testing.running import Run
from pop3lab.watch.violations.table import VIOLATIONS

T = TypeVar("T")


class Verdict(NamedTuple):
    """Errors of the server; faults that never happened, and violations of the RFCs by clients."""

    errors: tuple[BaseException, ...] = ()
    unused: tuple[str, ...] = ()
    breaches: tuple[str, ...] = ()

    @property
    def failures(self) -> list[str]:
        """The errors."""
        return [_failed(error) for error in self.errors]

    def plus(self, other: Self) -> "Verdict":
        """Both."""
        return Verdict(
            self.errors + other.errors,
            self.unused + other.unused,
            self.breaches + other.breaches,
        )

    def minus(self, told: Self) -> "Verdict":
        """Without what has been told."""
        return Verdict(
            _less(self.errors, told.errors),
            _less(self.unused, told.unused),
            _less(self.breaches, told.breaches),
        )


def verdict_of(run: Run) -> Verdict:
    """That of one run, as far as it has come."""
    never = (_never(active) for active in run.rules.unused())
    return Verdict(tuple(run.errors), tuple(never), tuple(_breaches(run)))


def happened(run: Run) -> Iterable[str]:
    """What would be said of faults if they had not."""
    return [_never(active) for active in run.rules.active if active.hits]


def _less(mine: tuple[T, ...], its: tuple[T, ...]) -> tuple[T, ...]:
    rest = list(mine)
    for one in its:
        if one in rest:
            rest.remove(one)
    return tuple(rest)


def _failed(error: BaseException) -> str:
    notes = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
    return f"the server failed: {type(error).__name__}: {error}{notes}"


def _never(active: Active) -> str:
    """The test may not have tried what it is for."""
    return f"this fault never happened: {active.rule}"


def _breaches(run: Run) -> Iterable[str]:
    for session in run.sessions.changes.look(lambda: list(run.sessions.records)):
        for violated in tuple(session.violations):
            yield f"session {session.number}: {_told(violated, run.claims)}"


def _told(violated: Violated, claims: Sequence[str]) -> str:
    row = VIOLATIONS[violated.id]
    return f"{row.id} ({row.level_for(claims)}, {row.clause}): {violated.meaning}"
