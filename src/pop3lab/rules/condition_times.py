"""Conditions of time, and the times of a session that they are about."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import inf

from pop3lab.core.request import State
from pop3lab.core.state import SessionState
from pop3lab.rules.conditions import Condition, EvaluationContext
from pop3lab.rules.values import SECONDS

_Clock = Callable[[], float]


@dataclass(frozen=True)
class Timed(Condition):
    """So many seconds."""

    seconds: float

    @property
    def _text(self) -> str:
        return f"{SECONDS.show(self.seconds).decode()}s"


@dataclass(frozen=True)
class Idle(Timed):
    """Nothing has come for so long, since the last answer."""

    def holds(self, context: EvaluationContext) -> bool:
        return context.idle >= self.seconds

    def __str__(self) -> str:
        return f"idle={self._text}"


@dataclass(frozen=True)
class After(Timed):
    """The session has been in its state for so long."""

    def holds(self, context: EvaluationContext) -> bool:
        return context.after >= self.seconds

    def __str__(self) -> str:
        return f"after={self._text}"


class Times:
    """When a session last answered and when it came into its state, and what it waits for."""

    def __init__(self, clock: _Clock, session: SessionState, terms: Iterable[Timed]) -> None:
        self._clock = clock
        self._session = session
        self._terms = tuple(terms)
        self._answered = self._entered = clock()
        self._asked = -inf
        self._state: State = session.state
        self.idle = 0.0  # when the last line came, or silence was asked about
        self.due = False  # one of the terms has begun to hold since silence was last asked about

    @property
    def after(self) -> float:
        """Seconds in this state."""
        return self._clock() - self._entered

    def heard(self) -> None:
        """Note that a line has come."""
        self.idle = self._clock() - self._answered

    def answered(self) -> None:
        """Note that it is being answered."""
        self._answered = self._clock()
        if self._session.state is not self._state:
            self._state = self._session.state
            self._entered = self._answered

    def silence(self) -> None:
        """Nothing has come, and it is asked what becomes of that."""
        before, self._asked = self._asked, self._clock()
        self.due = any(before < time <= self._asked for time in self._begin())
        self.heard()

    def wakeup_delay(self) -> float:
        """Seconds until the next of the terms begins to hold, if nothing comes."""
        due = [time for time in self._begin() if time > self._asked]
        return max(min(due, default=inf) - self._clock(), 0.0)

    def _begin(self) -> list[float]:
        """When each of the terms begins to hold, if nothing comes."""
        return [self._since(term) + term.seconds for term in self._terms]

    def _since(self, term: Timed) -> float:
        return self._answered if isinstance(term, Idle) else self._entered
