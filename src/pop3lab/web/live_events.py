"""Events for those who watch over HTTP: the last of them are kept, and nobody is waited for.

The server only appends; each reader takes from what is kept. One who is too far behind misses
events, and is told how many.
"""

import asyncio
import math
from collections import deque
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import suppress
from threading import RLock
from typing import NamedTuple

KEPT = 10_000  # events that somebody who comes back can still get
MOST_BEHIND = 1_000  # events that wait for a reader

Data = Mapping[str, object]


class LiveEvent(NamedTuple):
    """An event. number: 1 for the first; 0 if it is about the reading itself."""

    number: int
    kind: str
    session: int | None
    data: Data


class LiveEvents:
    """The last events, in order, and who waits for more."""

    def __init__(self) -> None:
        self._lock = RLock()  # a signal handler may close it
        self._kept: deque[LiveEvent] = deque(maxlen=KEPT)
        self._last = 0
        self._readers: set[LiveReader] = set()
        self._waiting: set[LiveReader] = set()  # of those, who are to be woken
        self._closed = False

    @property
    def last(self) -> int:
        """The number of the last event."""
        return self._last

    @property
    def closed(self) -> bool:
        """Whether no more events will come."""
        return self._closed

    @property
    def readers(self) -> int:
        """How many read them."""
        return len(self._readers)

    def publish(self, kind: str, data: Data, session: int | None = None) -> None:
        """Append an event. Any thread may call it; it never waits for a reader."""
        with self._lock:
            self._last += 1
            self._kept.append(LiveEvent(self._last, kind, session, data))
            if self._waiting:
                self._wake()

    def open(self) -> None:
        """Let readers come, again after a close."""
        self._closed = False

    def close(self) -> None:
        """End all reading."""
        with self._lock:
            self._closed = True
            self._wake()

    def _wake(self) -> None:
        """Wake all who wait, once: who is at work looks for more by itself."""
        waiting, self._waiting = self._waiting, set()
        for reader in waiting:
            reader.wake()

    def after(self, number: int) -> Sequence[LiveEvent]:
        """Return the kept events after this number, in order."""
        with self._lock:
            found = deque[LiveEvent]()
            for event in reversed(self._kept):
                if event.number <= number:
                    break
                found.appendleft(event)
        return found

    @property
    def first(self) -> int:
        """The number of the first event that is kept."""
        with self._lock:
            return self._kept[0].number if self._kept else self._last + 1

    def enter(self, reader: "LiveReader") -> None:
        """Count this reader."""
        with self._lock:
            self._readers.add(reader)

    def leave(self, reader: "LiveReader") -> None:
        """Count it no more, nor wake it."""
        with self._lock:
            self._readers.discard(reader)
            self._waiting.discard(reader)

    def wake_after(self, number: float, reader: "LiveReader") -> None:
        """Wake this reader once there is an event after this number, or an end."""
        with self._lock:
            if self._last > number or self._closed:
                reader.wake()
            else:
                self._waiting.add(reader)


class LiveReader:
    """Reads events in an event loop, from a place on."""

    def __init__(self, events: LiveEvents, last: int | None = None) -> None:
        """last: the number of the last event that it has; None for those from now on."""
        self._events = events
        self._loop = asyncio.get_running_loop()
        self._woken = asyncio.Event()
        self._place = events.last if last is None else last
        self._continues = last is not None

    def wake(self) -> None:
        """Wake it, from any thread."""
        with suppress(RuntimeError):  # its loop has ended
            self._loop.call_soon_threadsafe(self._woken.set)

    async def batches(self, patience: float) -> AsyncGenerator[Sequence[LiveEvent], None]:
        """Yield the events as they come, an empty batch if none comes for so many seconds."""
        self._events.enter(self)
        try:
            if missed := list(self._missed()):
                yield missed
            while not self._events.closed or self._place < self._events.last:
                if batch := list(self._next()):
                    yield batch
                elif not await self._rung(patience):
                    yield ()
        finally:
            self._events.leave(self)

    async def closed(self) -> None:
        """Return when no more events will come."""
        self._events.enter(self)
        try:
            while not self._events.closed:
                self._events.wake_after(math.inf, self)
                await self._woken.wait()
                self._woken.clear()
        finally:
            self._events.leave(self)

    async def _rung(self, patience: float) -> bool:
        """Whether it was woken within so many seconds."""
        self._events.wake_after(self._place, self)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), patience)
        rung = self._woken.is_set()
        self._woken.clear()
        return rung

    def _missed(self) -> Iterator[LiveEvent]:
        """Tell who comes back what is gone, and catch up."""
        if not self._continues:
            return
        first, last = self._events.first, self._events.last
        if self._place > last:  # of a server that was there before
            self._place = first - 1
            yield LiveEvent(0, "gap", None, {"events": None})
        elif self._place + 1 < first:
            yield LiveEvent(0, "gap", None, {"events": first - 1 - self._place})
            self._place = first - 1
        caught_up = self._events.after(self._place)
        self._place = caught_up[-1].number if caught_up else self._place
        yield from caught_up

    def _next(self) -> Iterator[LiveEvent]:
        """Take what has come; of very many only the last."""
        come = self._events.after(self._place)
        if not come:
            return
        skipped = max(0, come[-1].number - self._place - MOST_BEHIND)
        self._place = come[-1].number
        if skipped:
            yield LiveEvent(0, "skipped", None, {"events": skipped})
        yield from list(come)[-MOST_BEHIND:]
