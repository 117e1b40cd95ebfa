"""What is wrong when a test is over, in sentences, besides what the test itself asserts."""

from collections import deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self, TypeVar

from pop3lab.conformance.registry import VIOLATIONS
from pop3lab.core.events import ViolationFound
from pop3lab.observe.transcript_formats import Transcript
from pop3lab.testing.instance import ServerInstance
from pop3lab.testing.rules import Arming, never

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


def verdict_of(run: ServerInstance, arming: Arming) -> Verdict:
    """That of one run, as far as it has come."""
    unused = tuple(never(active) for active in run.rules.unused() if arming.is_due(active))
    return Verdict(tuple(run.errors), unused, tuple(_breaches(run)))


def happened(run: ServerInstance) -> Iterable[str]:
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


def _breaches(run: ServerInstance) -> Iterable[str]:
    for session in run.sessions.changes.look(lambda: list(run.sessions.records)):
        for violated in tuple(session.violations):
            yield f"session {session.number}: {_told(violated, run.claims)}"


def _told(violated: ViolationFound, claims: Sequence[str]) -> str:
    row = VIOLATIONS[violated.id]
    return f"{row.id} ({row.level_for(claims)}, {row.clause}): {violated.meaning}"


# What a server has been through before its last start or reset, and is to be judged for.

_KEPT = 20  # transcripts


class VerdictLog:
    """Verdicts of earlier runs, until they have been told. transcripts: of the last of them."""

    def __init__(self, arming: Arming) -> None:
        self._arming = arming
        self.transcripts: deque[Transcript] = deque(maxlen=_KEPT)
        self._before = Verdict()
        self._happened: set[str] = set()
        self._told = Verdict()  # of the run of now

    def keep(self, run: ServerInstance) -> None:
        """It is over, and another one will begin."""
        self._before = self._before.plus(self._of(run).minus(self._told))
        self._arming.keep(run)
        self._happened.update(happened(run))
        self._told = Verdict()
        if run.sessions.records:
            self.transcripts.append(run.sessions.transcript)

    def verdict(self, run: ServerInstance) -> Verdict:
        """Of all runs. A fault that has happened in one of them has happened."""
        both = self._before.plus(self._of(run))
        done = self._happened.union(happened(run))
        return both._replace(
            unused=tuple(u for u in dict.fromkeys(both.unused) if u not in done),
            unfinished=tuple(self._arming.unfinished),
        )

    def _of(self, run: ServerInstance) -> Verdict:
        return verdict_of(run, self._arming)

    def told(self, run: ServerInstance) -> None:
        """All until now; of the run of now it may be told again until the run is over."""
        self._before = Verdict()
        self._happened.clear()
        self._told = self._of(run)
        self._arming.told()
        self.transcripts.clear()
