"""The one listener that sessions tell; it adds the time and passes events on."""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from pop3lab.core.events import Event


class Listener(Protocol):
    """Takes events with the seconds at which they happened, by any clock."""

    @property
    def lines(self) -> bool:
        """Whether it wants to know of each line and action."""

    def note(self, seconds: float, event: Event) -> None:
        """Take note. Must neither fail nor wait; may come from several threads."""


class Record:
    """Passes each event to all listeners, in their order."""

    def __init__(
        self, listeners: Sequence[Listener], clock: Callable[[], float] = time.time
    ) -> None:
        self._listeners = listeners
        self._clock = clock
        self.lines = any(listener.lines for listener in listeners)

    def tell(self, event: Event) -> None:
        """Pass it on."""
        seconds = self._clock()
        for listener in self._listeners:
            listener.note(seconds, event)
