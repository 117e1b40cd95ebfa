"""The time of events: the system clock, without its jumps."""

import time
from collections.abc import Callable

from pop3lab.clock import steady

_MOST_OVER = 10_000  # ended sessions that may still have events


class SessionClock:
    """Seconds since the epoch that advance evenly within each session.

    The system clock is read only when a session opens. It may be changed later, and times relative
    to the start would become negative or too large.
    """

    def __init__(
        self,
        date: Callable[[], float] = time.time,
        steady: Callable[[], float] = steady,
    ) -> None:
        """date: seconds since the epoch. steady: monotonic seconds."""
        self._date = date
        self.steady = steady
        self._ahead: dict[int, float] = {}  # by session: the difference to steady
        self._over: dict[int, float] = {}  # the same, for sessions that have ended

    def now(self, session: int) -> float:
        """Return the current time in this session."""
        return self.seconds(session, self.steady())

    def seconds(self, session: int, steady: float) -> float:
        """Return the time in this session for a reading of the steady clock."""
        ahead = self._ahead.get(session)
        return steady + (self.ahead(session) if ahead is None else ahead)

    def ahead(self, session: int) -> float:
        """Return by how much the time in this session is ahead of the steady clock."""
        ahead = self._ahead.get(session, self._over.get(session))
        return self._date() - self.steady() if ahead is None else ahead

    def begin(self, number: int, steady: float) -> None:
        """Note that the session begins at this reading of the steady clock."""
        self._ahead[number] = self._date() - steady

    def end(self, number: int) -> None:
        """Note that the session has ended: few events follow."""
        if number in self._ahead:
            self._over[number] = self._ahead.pop(number)
        while len(self._over) > _MOST_OVER:
            del self._over[next(iter(self._over))]
