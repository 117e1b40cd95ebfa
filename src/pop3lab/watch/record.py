"""The one listener that sessions tell; it adds the time and passes events on."""

from collections.abc import Callable, Sequence
from typing import Protocol

from pop3lab.core.events import Event
from pop3lab.watch.clock import SessionClock


class Listener(Protocol):
    """Takes events with the seconds at which they happened, by any clock."""

    @property
    def lines(self) -> bool:
        """Whether it wants to know of each line and action."""

    def note(self, seconds: float, event: Event) -> None:
        """Take note. Must neither fail nor wait; may come from several threads."""


class Record:
    """Passes each event to all listeners, in their order. now: the time in a session."""

    def __init__(
        self, listeners: Sequence[Listener], clock: Callable[[], float] | None = None
    ) -> None:
        """clock: seconds, by any; without one, since the epoch, and even in each session."""
        even = SessionClock()
        self._listeners = listeners
        self._at: Callable[[Event], float] = (lambda event: clock()) if clock else even.at
        self.now: Callable[[int], float] = (lambda session: clock()) if clock else even.now
        self.lines = any(listener.lines for listener in listeners)

    def tell(self, event: Event) -> None:
        """Pass it on."""
        seconds = self._at(event)
        for listener in self._listeners:
            listener.note(seconds, event)
