"""The event bus of watched sessions: events wait by reference until somebody wants to know.

What becomes of a line - text, records, violations - costs many times what the line itself does. So
a session only leaves its events here. They are passed on when a listener is read, while somebody
waits for what may come of them, when many have gathered, and by a timer where they are written.
"""

import asyncio
from collections import deque
from typing import Protocol

from pop3lab.core.actions import Send
from pop3lab.core.events import (
    ActionPerformed,
    BodyTruncated,
    ConnectionOpened,
    Event,
    LineReceived,
    MessageRead,
    RuleApplied,
    SessionEnded,
)
from pop3lab.observe.event_bus import Listener, SessionClock
from pop3lab.observe.notifier import Notifier

_DELAY = 0.05  # seconds that events wait where they are written
_MOST = 1000  # events that wait at most
_MOST_OCTETS = 1_048_576  # of the server, about: threads may count at the same time
_WITH_LINES = frozenset({LineReceived, ActionPerformed, MessageRead, BodyTruncated, RuleApplied})


class Writer(Protocol):
    """A listener that gathers what it writes."""

    def write(self) -> None:
        """Write what has been gathered."""


class EventQueue:
    """An event bus that passes events on later, in their order, with the time at which they came.

    Whoever reads what a listener knows calls drain before. changes: is held while events are passed
    on, and while somebody waits with it they are passed on at once.

    at_once: listeners to which nothing is passed on later, but also not what comes with lines.
    listeners: get everything. writers: write after each drain.
    """

    wants_lines = True

    def __init__(self, changes: Notifier | None = None, clock: SessionClock | None = None) -> None:
        self.changes = changes or Notifier()
        self.at_once: list[Listener] = []
        self.listeners: list[Listener] = []
        self.writers: list[Writer] = []
        self._clock = clock or SessionClock()
        self._steady = self._clock.steady
        self._waiting: deque[tuple[float, Event]] = deque()  # by the steady clock
        self._octets = 0  # that wait
        self._draining = False

    def emit(self, event: Event) -> None:
        """Keep the event until it is passed on. Any thread may call this."""
        steady = self._steady()
        if type(event) is ActionPerformed:
            if type(event.action) is Send:
                self._octets += len(event.action.data)
        elif type(event) not in _WITH_LINES:
            self._publish_at_once(steady, event)
        waiting = self._waiting
        waiting.append((steady, event))
        if len(waiting) >= _MOST or self._octets > _MOST_OCTETS or self.changes.awaited:
            self.drain()

    def _publish_at_once(self, steady: float, event: Event) -> None:
        if isinstance(event, ConnectionOpened):
            self._clock.begin(event.session, steady)  # the date may be set while it waits
        seconds = self._clock.seconds(event.session, steady)
        for listener in self.at_once:
            listener.on_event(seconds, event)

    def drain(self) -> None:
        """Pass on all events that wait; come back when they are, whichever thread does it.

        Called by a listener that is being told, it does nothing. Raises the first error of a
        listener or writer, when all others have been told.
        """
        self.changes.look(self._drain)

    def _drain(self) -> None:
        if self._draining:
            return
        self._draining = True
        try:
            errors = self._pass_on() if self._waiting else []
            for writer in self.writers:
                try:
                    writer.write()
                except Exception as error:  # noqa: BLE001 - all others write first
                    errors.append(error)
        finally:
            self._draining = False
        if errors:
            raise errors[0]

    def _pass_on(self) -> list[Exception]:
        errors: list[Exception] = []
        with self.changes:
            self._octets = 0
            for _ in range(len(self._waiting)):
                steady, event = self._waiting.popleft()
                try:
                    self.publish(self._clock.seconds(event.session, steady), event)
                except Exception as error:  # noqa: BLE001 - all others are told first
                    errors.append(error)
                if isinstance(event, SessionEnded):
                    self._clock.end(event.session)
        return errors

    def publish(self, seconds: float, event: Event) -> None:
        """Pass the event on to the listeners, now: one that is told may have events behind it.

        Raises the first error of a listener, when all others have been told.
        """
        errors: list[Exception] = []
        for listener in self.listeners:
            try:
                listener.on_event(seconds, event)
            except Exception as error:  # noqa: BLE001 - all others are told first
                errors.append(error)
        if errors:
            raise errors[0]

    def now(self, session: int) -> float:
        """The time in this session."""
        return self._clock.now(session)

    async def keep_draining(self) -> None:
        """Drain again and again, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_DELAY)
            try:
                self.drain()
            except Exception as error:  # noqa: BLE001 - the sessions go on, and so do the others
                loop.call_exception_handler({"message": "a listener failed", "exception": error})
