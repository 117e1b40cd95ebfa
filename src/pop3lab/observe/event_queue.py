"""The event bus of watched sessions: events wait by reference until somebody wants to know.

What becomes of a line - text, records, violations - costs many times what the line itself does. So
a session only leaves its events here. They are passed on when a listener is read, while somebody
waits for what may come of them, a few at a time when many have gathered, and by a timer where they
are written.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from math import inf
from typing import NamedTuple, Protocol

from pop3lab.core.actions import Send
from pop3lab.core.events import (
    ActionPerformed,
    BodyTruncated,
    ConnectionOpened,
    Event,
    LineReceived,
    LinesAnswered,
    MessageRead,
    RuleApplied,
    SessionEnded,
)
from pop3lab.observe.event_bus import Listener, SessionClock
from pop3lab.observe.notifier import Notifier

_DELAY = 0.05  # seconds that events wait where they are written
_MOST = 1000  # events that wait until some are passed on while a client waits
_FAR_TOO_MANY = 10 * _MOST  # that wait while another thread passes them on
_PIECE = 20  # events that are passed on at once
_EVENTS = 2  # of a line and its answer, at least
_MOST_OCTETS = 1_048_576  # of the server; all is counted about, as by several threads
_WITH_LINES = frozenset({LineReceived, ActionPerformed, MessageRead, BodyTruncated, RuleApplied})


class Writer(Protocol):
    """A listener that gathers what it writes."""

    def write(self) -> None:
        """Write what has been gathered."""


class _Waiting(NamedTuple):
    """What waits. steady: when it came. octets: of the server. events: how many, about."""

    steady: float
    event: Event | LinesAnswered
    octets: int
    events: int


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
        self._waiting: deque[_Waiting] = deque()
        self._begun: deque[Event] = deque()  # of what waits no more, those not passed on yet
        self._steady_begun = 0.0
        self._events = 0  # that wait
        self._octets = 0
        self._draining = False

    def emit(self, event: Event) -> None:
        """Keep the event until it is passed on. Any thread may call this."""
        steady = self._steady()
        octets = 0
        if type(event) is ActionPerformed:
            octets = len(event.action.data) if type(event.action) is Send else 0
        elif type(event) not in _WITH_LINES:
            self._publish_at_once(steady, event)
        self._keep(_Waiting(steady, event, octets, 1))

    def emit_answered(self, answered: LinesAnswered) -> None:
        """Keep lines that were answered; they become events when they are passed on."""
        lines = len(answered.lines)
        self._keep(_Waiting(self._steady(), answered, answered.octets, lines * _EVENTS))

    def _keep(self, waiting: "_Waiting") -> None:
        self._waiting.append(waiting)
        self._events += waiting.events
        self._octets += waiting.octets
        if self.changes.awaited:
            self.drain()
        elif self._events >= _MOST or self._octets > _MOST_OCTETS:
            self._relieve(max(_PIECE, 2 * waiting.events))

    def _relieve(self, events: int) -> None:
        """Pass on so many of the oldest events, more than have come: a client waits meanwhile.

        Where another thread passes them on already, it does not wait for that.
        """
        if self._events > _FAR_TOO_MANY:
            self.drain()
        else:
            self._raise_first(self.changes.look_if_free(lambda: self._pass_on(events)) or [])

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
        if not self._draining:
            self._raise_first([*self._pass_on(inf), *self._write()])

    def _raise_first(self, errors: list[Exception]) -> None:
        if errors:
            raise errors[0]

    def _write(self) -> list[Exception]:
        errors: list[Exception] = []
        self._draining = True
        try:
            for writer in self.writers:
                try:
                    writer.write()
                except Exception as error:  # noqa: BLE001 - all others write first
                    errors.append(error)
        finally:
            self._draining = False
        return errors

    def _pass_on(self, most: float) -> list[Exception]:
        """Pass on so many events, or all that wait now; under the lock. Return the errors."""
        errors: list[Exception] = []
        if self._draining or not (self._waiting or self._begun):
            return errors
        self._draining = True
        try:
            with self.changes:
                for steady, event in self._oldest(most):
                    try:
                        self.publish(self._clock.seconds(event.session, steady), event)
                    except Exception as error:  # noqa: BLE001 - all others are told first
                        errors.append(error)
                    if isinstance(event, SessionEnded):
                        self._clock.end(event.session)
        finally:
            self._draining = False
        return errors

    def _oldest(self, most: float) -> Iterator[tuple[float, Event]]:
        """Yield so many events, the oldest first, which wait no more."""
        left = len(self._waiting)
        while most > 0 and (self._begun or left):
            if not self._begun:
                left -= 1
                self._begin(self._waiting.popleft())
            while most > 0 and self._begun:
                most -= 1
                yield self._steady_begun, self._begun.popleft()

    def _begin(self, waiting: "_Waiting") -> None:
        steady, event, octets, events = waiting
        self._octets -= octets
        self._events -= events
        self._steady_begun = steady
        self._begun.extend(event.events() if isinstance(event, LinesAnswered) else (event,))

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
        """Drain again and again, until cancelled; the sessions have their turns between."""
        while True:
            await asyncio.sleep(_DELAY)
            while self._waiting or self._begun:
                self._tell(self.changes.look(lambda: self._pass_on(_PIECE)))
                await asyncio.sleep(0)
            self._tell(self.changes.look(self._write))

    def _tell(self, errors: list[Exception]) -> None:
        """The sessions go on, and so do the other listeners."""
        for error in errors:
            asyncio.get_running_loop().call_exception_handler(
                {"message": "a listener failed", "exception": error}
            )
