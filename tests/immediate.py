"""The event queue for tests that look at its listeners after each event."""

from collections.abc import Callable

from pop3lab.observe.event_queue import EventQueue, Listener
from pop3lab.observe.session_clock import SessionClock


class _GivenClock(SessionClock):
    """The times of a test as they are, not relative to the start of a session."""

    def seconds(self, session: int, steady: float) -> float:
        return steady


def immediate_queue(
    listeners: list[Listener], clock: Callable[[], float] | None = None
) -> EventQueue:
    """A queue that passes each event on at once, as while somebody waits for one."""
    queue = EventQueue(clock=_GivenClock(steady=clock) if clock else None)
    queue.listeners = listeners
    queue.changes.awaited = 1
    return queue
