"""The event queue of watched sessions: events wait until somebody needs them.

Turning a line into text, records and violations costs many times as much as the line itself. So
sessions only append their events to the queue. They are passed to the listeners when a listener is
read, while somebody waits for a result, a few at a time when many have gathered, and by a timer if
they are written somewhere.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
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
from pop3lab.observe.answered_run import AnsweredRun
from pop3lab.observe.notifier import Notifier
from pop3lab.observe.session_clock import SessionClock
from pop3lab.observe.timed_events import TimedLines

_DELAY = 0.05  # seconds that events wait before they are written
_MOST = 1000  # events that wait before some are passed on while a client waits
_FAR_TOO_MANY = 10 * _MOST  # events that wait while another thread passes them on
_PIECE = 20  # events that are passed on at a time
_EVENTS = 2  # events of a line and its reply, at least
_LINES = 8  # answered lines that take as much memory as an event
_MOST_LINES = 1000  # answered lines that are passed on at a time
_SHARED = 8  # texts that are kept by reference: so few of their octets count
_MOST_OCTETS = 1_048_576  # sent by the server; all counts are approximate, as threads count at once
_WITH_LINES = frozenset({LineReceived, ActionPerformed, MessageRead, BodyTruncated, RuleApplied})


class Listener(Protocol):
    """Receives events with the time at which they happened.

    If it has on_answered(run), that gets an AnsweredRun as a whole.
    """

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


class _Waiting(NamedTuple):
    """An event, or lines that came together, in the queue.

    steady: the arrival by the steady clock. octets: sent by the server. weight: about how many
    events take as much memory.
    """

    steady: float
    event: Event | LinesAnswered
    octets: int
    weight: int


def _always(run: AnsweredRun) -> bool:
    return True


class EventQueue:
    """Passes events on later, in order, with the time of their arrival.

    Call drain before reading from a listener. changes: held while events are passed on; while
    somebody waits with it, events are passed on immediately.

    at_once: listeners that get events immediately, but none about lines. listeners: get all events.
    writers: write after each drain. accepts: tells whether a run of lines is passed on as a whole;
    otherwise it is passed on in parts, at last event by event, as an event of a listener may belong
    between them.
    """

    def __init__(self, changes: Notifier | None = None, clock: SessionClock | None = None) -> None:
        self.changes = changes or Notifier()
        self.at_once: list[Listener] = []
        self.listeners: list[Listener] = []
        self.writers: list[Writer] = []
        self.accepts: Callable[[AnsweredRun], bool] = _always
        self._clock = clock or SessionClock()
        self._steady = self._clock.steady
        self._waiting: deque[_Waiting] = deque()
        # Taken from the queue; made one at a time.
        self._begun: Iterator[TimedLines] | None = None
        self._weight = 0  # waiting
        self._octets = 0  # waiting
        self._unwritten = 0  # octets passed on since writers wrote
        self._unwritten_events = 0
        self._draining = False
        self._errors: list[Exception] = []  # the first, while sessions passed events on

    @property
    def wants_lines(self) -> bool:
        """Whether anybody listens to the events of each line and action."""
        return bool(self.listeners)

    def emit(self, event: Event) -> None:
        """Queue the event, if anybody listens. Any thread may call this."""
        steady = self._steady()
        octets = 0
        if type(event) is ActionPerformed:
            octets = len(event.action.data) if type(event.action) is Send else 0
        elif type(event) not in _WITH_LINES:
            self._publish_at_once(steady, event)
        if self.listeners:
            self._add(_Waiting(steady, event, octets, 1), 1)

    def emit_answered(self, answered: LinesAnswered) -> None:
        """Queue lines that were answered; they become events when they are passed on, if at all."""
        if self.listeners:
            lines = len(answered.replies)
            octets = answered.octets // _SHARED if answered.texts else 0
            waiting = _Waiting(self._steady(), answered, octets, 1 + lines // _LINES)
            self._add(waiting, _EVENTS * lines)

    def _add(self, waiting: "_Waiting", events: int) -> None:
        """Queue it. events: as many as it will be."""
        self._waiting.append(waiting)
        self._weight += waiting.weight
        self._octets += waiting.octets
        if self.changes.awaited:
            self._hold(self.changes.look(self._drain))
        elif self._weight >= _MOST or self._octets > _MOST_OCTETS:
            self._relieve(max(_PIECE, 2 * events))

    def _relieve(self, events: int) -> None:
        """Pass on so many of the oldest events, more than were added: a client waits meanwhile.

        Do not wait for another thread that passes them on already.
        """
        if self._weight > _FAR_TOO_MANY:
            self._hold(self.changes.look(self._drain))
        else:
            self._hold(self.changes.look_if_free(lambda: self._pass_on_some(events)) or [])

    def _hold(self, errors: list[Exception]) -> None:
        """Keep the first error for whoever drains next; nobody may ever do so."""
        self._errors = self._errors or errors[:1]

    def _pass_on_some(self, events: int) -> list[Exception]:
        errors = self._pass_on(events)
        much = self._unwritten > _MOST_OCTETS or self._unwritten_events > _FAR_TOO_MANY
        return [*errors, *self._write()] if much else errors

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
        all others have been called; also one from a time when a session passed events on, as the
        session must not fail of it.
        """
        self._raise_first(self.changes.look(self._drain))

    def _drain(self) -> list[Exception]:
        if self._draining:
            return []
        held, self._errors = self._errors, []
        return [*held, *self._pass_on(inf), *self._write()]

    def _raise_first(self, errors: list[Exception]) -> None:
        if errors:
            raise errors[0]

    def _write(self) -> list[Exception]:
        errors: list[Exception] = []
        if self._draining:
            return errors
        self._unwritten = self._unwritten_events = 0
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
        """Pass on so many events, or all that wait now, and return the errors. Hold the lock."""
        errors: list[Exception] = []
        if self._draining or not (self._waiting or self._begun):
            return errors
        self._draining = True
        try:
            with self.changes:
                for seconds, event in self._oldest(most):
                    if isinstance(event, AnsweredRun):
                        errors += self._publish_run(event)
                        continue
                    errors += self._publish(seconds, event)
                    if isinstance(event, SessionEnded):
                        self._clock.end(event.session)
        finally:
            self._draining = False
        held, self._errors = self._errors, []
        return [*held, *errors]

    def _oldest(self, most: float) -> Iterator[TimedLines]:
        """Take so many events from the queue, the oldest first; runs of lines as one."""
        left = len(self._waiting)
        while most > 0 and (self._begun or left > 0):
            if self._begun:
                timed = next(self._begun, None)
                if timed is None:
                    self._begun = None
                    continue
            else:
                steady, event = self._take()
                left -= 1
                if isinstance(event, LinesAnswered):
                    run = self._take_run(event, steady, left)
                    left -= len(run.batches) - 1
                    self._begun = self._parts(run)
                    continue
                timed = self._clock.seconds(event.session, steady), event
            events = _EVENTS * timed[1].lines if isinstance(timed[1], AnsweredRun) else 1
            most -= events
            self._unwritten_events += events
            yield timed

    def _take(self) -> tuple[float, Event | LinesAnswered]:
        steady, event, octets, weight = self._waiting.popleft()
        self._octets -= octets
        self._unwritten += octets
        self._weight -= weight
        return steady, event

    def _take_run(self, first: LinesAnswered, steady: float, left: int) -> AnsweredRun:
        """Take the batches that belong to the run which begins with this one."""
        session, waiting = first.session, self._waiting
        early = first.early or len(first.replies) > 1
        ahead = self._clock.ahead(session)
        batches = [(steady + ahead, first)]
        lines = len(first.replies)
        while left > 0 and lines < _MOST_LINES:
            event = waiting[0].event
            if not isinstance(event, LinesAnswered) or event.session != session:
                break
            if early is not (event.early or len(event.replies) > 1):
                break
            steady, _ = self._take()
            batches.append((steady + ahead, event))
            lines += len(event.replies)
            left -= 1
        return AnsweredRun(session, batches)

    def _parts(self, run: AnsweredRun) -> Iterator[TimedLines]:
        """Yield the run, or as large parts of it as are accepted, and single events."""
        if run.lines > _MOST_LINES or not self._is_accepted(run):
            if run.lines > 1:
                for half in run.halves():
                    yield from self._parts(half)
            else:
                yield from run.events()
        else:
            yield run.seconds, run

    def _is_accepted(self, run: AnsweredRun) -> bool:
        try:
            return self.accepts(run)
        except Exception as error:  # noqa: BLE001 - the events themselves are passed on first
            self._hold([error])
            return False

    def publish(self, seconds: float, event: Event) -> None:
        """Pass the event to the listeners now; a listener may publish further events.

        Raises the first error of a listener, after all others have been called.
        """
        self._raise_first(self._publish(seconds, event))

    def _publish(self, seconds: float, event: Event) -> list[Exception]:
        errors: list[Exception] = []
        for listener in self.listeners:
            try:
                listener.on_event(seconds, event)
            except Exception as error:  # noqa: BLE001 - all others are told first
                errors.append(error)
        return errors

    def _publish_run(self, run: AnsweredRun) -> list[Exception]:
        """Pass the run on as one, to listeners that take it so."""
        errors: list[Exception] = []
        for listener in self.listeners:
            try:
                if on_answered := getattr(listener, "on_answered", None):
                    on_answered(run)
                else:
                    for seconds, event in run.events():
                        listener.on_event(seconds, event)
            except Exception as error:  # noqa: BLE001 - all others are told first
                errors.append(error)
        return errors

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
        """Drain periodically until cancelled; sessions run between the pieces."""
        while True:
            await asyncio.sleep(_DELAY)
            await self.drain_in_pieces()

    async def drain_in_pieces(self) -> None:
        """Drain; other tasks of the loop run between the pieces."""
        while self._waiting or self._begun:
            self._tell(self.changes.look(lambda: self._pass_on(_PIECE)))
            await asyncio.sleep(0)
        self._tell(self.changes.look(self._write))
        errors, self._errors = self._errors, []
        self._tell(errors)

    def _tell(self, errors: list[Exception]) -> None:
        """Report errors of listeners; sessions and other listeners continue."""
        for error in errors:
            asyncio.get_running_loop().call_exception_handler(
                {"message": "a listener failed", "exception": error}
            )
