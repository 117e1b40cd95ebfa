"""What is wrong when a test is over, in sentences, besides what the test itself asserts."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self, TypeVar

from pop3lab.core.events import Violated
from pop3lab.testing.arming import Arming, never
from pop3lab.testing.running import Run
from pop3lab.watch.violations.table import VIOLATIONS

T = TypeVar("T")


class Verdict(NamedTuple):
    """Errors of the server; rules that never took effect, and violations of the RFCs by clients.

    unfinished: conditions of which is not said what happens then.
    """

    errors: tuple[BaseException, ...] = ()
    unused: tuple[str, ...] = ()
    breaches: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()

    @property
    def failures(self) -> list[str]:
        """The errors, of the server and of the test."""
        return [*map(_failed, self.errors), *self.unfinished]

    def plus(self, other: Self) -> "Verdict":
        """Both."""
        return Verdict(
            self.errors + other.errors,
            self.unused + other.unused,
            self.breaches + other.breaches,
            self.unfinished + other.unfinished,
        )

    def minus(self, told: Self) -> "Verdict":
        """Without what has been told."""
        return Verdict(
            _less(self.errors, told.errors),
            _less(self.unused, told.unused),
            _less(self.breaches, told.breaches),
            _less(self.unfinished, told.unfinished),
        )


def verdict_of(run: Run, arming: Arming) -> Verdict:
    """That of one run, as far as it has come."""
    unused = tuple(never(active) for active in run.rules.unused() if arming.is_due(active))
    return Verdict(tuple(run.errors), unused, tuple(_breaches(run)))


def happened(run: Run) -> Iterable[str]:
    """What would be said of faults if they had not."""
    return [never(active) for active in run.rules.active if active.hits]


def _less(mine: tuple[T, ...], its: tuple[T, ...]) -> tuple[T, ...]:
    rest = list(mine)
    for one in its:
        if one in rest:
            rest.remove(one)
    return tuple(rest)


def _failed(error: BaseException) -> str:
    notes = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
    return f"the server failed: {type(error).__name__}: {error}{notes}"


def _breaches(run: Run) -> Iterable[str]:
    for session in run.sessions.changes.look(lambda: list(run.sessions.records)):
        for violated in tuple(session.violations):
            yield f"session {session.number}: {_told(violated, run.claims)}"


def _told(violated: Violated, claims: Sequence[str]) -> str:
    row = VIOLATIONS[violated.id]
    return f"{row.id} ({row.level_for(claims)}, {row.clause}): {violated.meaning}"
