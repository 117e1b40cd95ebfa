"""The event bus: adds the time to each event and passes it to all listeners."""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from pop3lab.clock import steady
from pop3lab.core.events import ConnectionOpened, Event, SessionEnded

_MOST_OVER = 10_000  # ended sessions that may still have events


class SessionClock:
    """Seconds since the epoch, which pass evenly within a session.

    The computer's clock tells when a session was opened, and no more: it may be set while the
    session goes on, and seconds would be negative, or hours.
    """

    def __init__(
        self,
        date: Callable[[], float] = time.time,
        steady: Callable[[], float] = steady,
    ) -> None:
        """date: seconds since the epoch. steady: seconds that never go back nor jump."""
        self._date = date
        self.steady = steady
        self._ahead: dict[int, float] = {}  # by session: what is to be added to steady
        self._over: dict[int, float] = {}  # the same, of those that have ended

    def at(self, event: Event) -> float:
        """When this event happens, that is, now."""
        if isinstance(event, ConnectionOpened):
            self.begin(event.session, self.steady())
        seconds = self.now(event.session)
        if isinstance(event, SessionEnded):
            self.end(event.session)
        return seconds

    def now(self, session: int) -> float:
        """The time in this session."""
        return self.seconds(session, self.steady())

    def seconds(self, session: int, steady: float) -> float:
        """The time in this session when the steady clock showed this."""
        ahead = self._ahead.get(session, self._over.get(session))
        return steady + (self._date() - self.steady() if ahead is None else ahead)

    def begin(self, number: int, steady: float) -> None:
        """The session begins, now, when the steady clock shows this."""
        self._ahead[number] = self._date() - steady

    def end(self, number: int) -> None:
        """The session has ended: few events follow."""
        if number in self._ahead:
            self._over[number] = self._ahead.pop(number)
        while len(self._over) > _MOST_OVER:
            del self._over[next(iter(self._over))]


class Listener(Protocol):
    """Receives events with the time at which they happened."""

    @property
    def wants_lines(self) -> bool:
        """Whether it wants the events of each line and action."""

    def on_event(self, seconds: float, event: Event) -> None:
        """Receive an event. Must neither fail nor wait; several threads may call it.

        seconds: by the clock of the event bus.
        """


class EventBus:
    """The sink of all sessions: passes each event to the listeners, in their order.

    now: the time in a session.
    """

    def __init__(
        self, listeners: Sequence[Listener], clock: Callable[[], float] | None = None
    ) -> None:
        """clock: seconds, by any; without one, since the epoch, and even in each session."""
        even = SessionClock()
        self._listeners = listeners
        self._at: Callable[[Event], float] = (lambda event: clock()) if clock else even.at
        self.now: Callable[[int], float] = (lambda session: clock()) if clock else even.now
        self.wants_lines = any(listener.wants_lines for listener in listeners)

    def emit(self, event: Event) -> None:
        """Pass the event to each listener."""
        self.publish(self._at(event), event)

    def publish(self, seconds: float, event: Event) -> None:
        """Pass on an event that happened at this time."""
        for listener in self._listeners:
            listener.on_event(seconds, event)
