"""Conditions about time, and the times of a session that they refer to."""

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
    """A condition that holds after some seconds."""

    seconds: float

    @property
    def _text(self) -> str:
        return f"{SECONDS.show(self.seconds).decode()}s"


@dataclass(frozen=True)
class Idle(Timed):
    """The client has been silent for this long since the last reply."""

    def holds(self, context: EvaluationContext) -> bool:
        return context.idle >= self.seconds

    def __str__(self) -> str:
        return f"idle={self._text}"


@dataclass(frozen=True)
class After(Timed):
    """The session has been in its state for this long."""

    def holds(self, context: EvaluationContext) -> bool:
        return context.after >= self.seconds

    def __str__(self) -> str:
        return f"after={self._text}"


class Times:
    """The times of a session: of its last reply and of entering its state."""

    def __init__(self, clock: _Clock, session: SessionState, terms: Iterable[Timed]) -> None:
        self._clock = clock
        self._session = session
        self._terms = tuple(terms)
        self._answered = self._entered = clock()
        self._asked = -inf
        self._state: State = session.state
        self.idle = 0.0  # seconds of silence before the last line, or until now
        self.due = False  # a term has come true since the last call of silence()

    @property
    def after(self) -> float:
        """Seconds in this state."""
        return self._clock() - self._entered

    def heard(self) -> None:
        """Note that a line has arrived."""
        self.idle = self._clock() - self._answered

    def answered(self) -> None:
        """Note that the line is being answered."""
        self._answered = self._clock()
        if self._session.state is not self._state:
            self._state = self._session.state
            self._entered = self._answered

    def silence(self) -> None:
        """Note that nothing has arrived, and find out whether a term has come true."""
        before, self._asked = self._asked, self._clock()
        self.due = any(before < time <= self._asked for time in self._begin())
        self.heard()

    def wakeup_delay(self) -> float:
        """Return the seconds until the next term comes true, if nothing arrives."""
        due = [time for time in self._begin() if time > self._asked]
        return max(min(due, default=inf) - self._clock(), 0.0)

    def _begin(self) -> list[float]:
        """Return the time at which each term comes true, if nothing arrives."""
        return [self._since(term) + term.seconds for term in self._terms]

    def _since(self, term: Timed) -> float:
        return self._answered if isinstance(term, Idle) else self._entered
