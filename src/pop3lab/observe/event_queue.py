"""The event queue of watched sessions: events wait until somebody needs them.

Turning a line into text, records and violations costs many times as much as the line itself. So
sessions only append their events to the queue. They are passed to the listeners when a listener is
read, while somebody waits for a result, when the queue is full, and by a timer if they are written
somewhere.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
from pop3lab.observe.notifier import Notifier
from pop3lab.observe.session_clock import SessionClock

_DELAY = 0.05  # seconds that events wait before they are written
_MOST = 1000  # events that wait at most
_MOST_OCTETS = 1_048_576  # sent by the server; approximate, as threads count concurrently
_WITH_LINES = frozenset({LineReceived, ActionPerformed, MessageRead, BodyTruncated, RuleApplied})


class Listener(Protocol):
    """Receives events with the time at which they happened."""

    @property
    def wants_lines(self) -> bool:
        """Whether it wants the events of each line and action."""

    def on_event(self, seconds: float, event: Event) -> None:
        """Receive an event. Must neither fail nor wait.

        seconds: since the epoch, even within each session.
        """


class Writer(Protocol):
    """Buffers its output."""

    def write(self) -> None:
        """Write the buffer."""


class WritingListener(Listener, Writer, Protocol):
    """A listener that buffers its output."""


class EventQueue:
    """Passes events on later, in order, with the time of their arrival.

    Call drain before reading from a listener. changes: held while events are passed on; while
    somebody waits with it, events are passed on immediately.

    at_once: listeners that get events immediately, but none about lines. listeners: get all events.
    writers: write after each drain.
    """

    def __init__(self, changes: Notifier | None = None, clock: SessionClock | None = None) -> None:
        self.changes = changes or Notifier()
        self.at_once: list[Listener] = []
        self.listeners: list[Listener] = []
        self.writers: list[Writer] = []
        self._clock = clock or SessionClock()
        self._steady = self._clock.steady
        self._waiting: deque[tuple[float, Event]] = deque()  # times of the steady clock
        self._octets = 0  # waiting
        self._draining = False

    @property
    def wants_lines(self) -> bool:
        """Whether anybody listens to the events of each line and action."""
        return bool(self.listeners)

    def emit(self, event: Event) -> None:
        """Queue the event, if anybody listens. Any thread may call this."""
        steady = self._steady()
        if type(event) is ActionPerformed:
            if type(event.action) is Send:
                self._octets += len(event.action.data)
        elif type(event) not in _WITH_LINES:
            self._publish_at_once(steady, event)
        if not self.listeners:
            return
        waiting = self._waiting
        waiting.append((steady, event))
        if len(waiting) >= _MOST or self._octets > _MOST_OCTETS or self.changes.awaited:
            self.drain()

    def _publish_at_once(self, steady: float, event: Event) -> None:
        if isinstance(event, ConnectionOpened):
            self._clock.begin(event.session, steady)  # the system clock may change
        seconds = self._clock.seconds(event.session, steady)
        for listener in self.at_once:
            listener.on_event(seconds, event)
        if isinstance(event, SessionEnded) and not self.listeners:
            self._clock.end(event.session)

    def drain(self) -> None:
        """Pass on all waiting events; return when that is done, by whichever thread.

        Does nothing if a listener calls it. Raises the first error of a listener or writer, after
        all others have been called.
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
        """Pass the event to the listeners now; a listener may publish further events.

        Raises the first error of a listener, after all others have been called.
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
        """Return the current time in this session."""
        return self._clock.now(session)

    def add_writer(self, writer: WritingListener) -> None:
        """Add a listener that writes."""
        self.listeners.append(writer)
        self.writers.append(writer)

    @asynccontextmanager
    async def draining(self) -> AsyncIterator[None]:
        """Drain periodically meanwhile, and once more at the end."""
        task = asyncio.create_task(self.keep_draining())
        try:
            yield
        finally:
            task.cancel()
            self.drain()

    async def keep_draining(self) -> None:
        """Drain periodically until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_DELAY)
            try:
                self.drain()
            except Exception as error:  # noqa: BLE001 - the sessions go on, and so do the others
                loop.call_exception_handler({"message": "a listener failed", "exception": error})
