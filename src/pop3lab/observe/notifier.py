"""Waits for changes in threads and event loops, without polling."""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Condition, get_ident
from typing import TypeVar
from weakref import WeakValueDictionary

from pop3lab.clock import steady

_T = TypeVar("_T")

_REST = 9  # times its duration until a slow check is repeated


def holds(condition: Condition) -> bool:
    """Whether this thread holds the lock of the condition."""
    try:
        condition.notify(0)
    except RuntimeError:
        return False
    return True


class Notifier:
    """A lock for changing state: `with changes:` around a change wakes those who wait for it.

    count: the number of changes. awaited: the number of waiting threads and tasks.
    """

    def __init__(self) -> None:
        self.count = 0
        self.awaited = 0
        self._condition = Condition()
        self._wakes: set[Callable[[], object]] = set()
        _notifiers[id(self)] = self

    def __enter__(self) -> None:
        self._condition.acquire()

    def __exit__(self, *_: object) -> None:
        try:
            self.count += 1
            self._condition.notify_all()
            for wake in self._wakes:
                wake()
        finally:
            self._condition.release()

    @property
    def held(self) -> bool:
        """Whether this thread holds the lock; a signal handler may ask."""
        return holds(self._condition)

    def look(self, find: Callable[[], _T]) -> _T:
        """Return the result of find, called while nothing changes."""
        with self._condition:
            return find()

    def look_if_free(self, find: Callable[[], _T]) -> _T | None:
        """The same, or None at once if another thread looks, or changes something."""
        if not self._condition.acquire(blocking=False):
            return None
        try:
            return find()
        finally:
            self._condition.release()

    def until(self, find: Callable[[], _T], seconds: float) -> _T:
        """Wait until find returns a true value, or for so many seconds; return its last result."""
        with self._condition, self._waiting():
            return self._condition.wait_for(find, seconds)

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        """Count a waiter, under the lock and before it looks, so that no change is missed."""
        self.awaited += 1
        try:
            yield
        finally:
            self.awaited -= 1

    def until_slow(self, find: Callable[[], _T], last: Callable[[], bool], seconds: float) -> _T:
        """Like until, for a find that takes long: changes go on meanwhile.

        It takes a tenth of the time at most. last: returns whether nothing of interest will change
        any more; then find is called once more. last also drains the events that wait.
        """
        ends = steady() + seconds
        while True:
            began = steady()
            final, count = self.look(lambda: (last(), self.count))
            found = find()
            now = steady()
            if found or final or now >= ends:
                return found
            self.until(last, min(_REST * (now - began), ends - now))
            self.until(self._changed_since(count, last), ends - steady())

    def _changed_since(self, count: int, last: Callable[[], bool]) -> Callable[[], bool]:
        return lambda: last() or self.count != count

    async def until_async(self, find: Callable[[], _T], seconds: float) -> _T:
        """Like until, while the running loop continues."""
        alarm = _Alarm()
        with self._condition:
            self._wakes.add(alarm.ring)
            self.awaited += 1
        try:
            async with asyncio.timeout(seconds):
                while not (found := self.look(find)):
                    await alarm.rung()
                return found
        except TimeoutError:
            return self.look(find)
        finally:
            with self._condition:
                self._wakes.discard(alarm.ring)
                self.awaited -= 1


class _Alarm:
    """Wakes a waiter in the running loop, once per turn, however often it rings.

    Waking a loop from another thread writes an octet into a pipe; if the pipe is full, asyncio
    loses signals.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = get_ident()
        self._woken = asyncio.Event()
        self._called = False  # the loop has not handled the last ring yet

    def ring(self) -> None:
        """Ring. Any thread may call it, one at a time."""
        if asyncio._get_running_loop() is self._loop and get_ident() == self._thread:
            self._woken.set()
        elif not self._called:
            self._called = True
            with suppress(RuntimeError):  # the loop was closed, with its waiters
                self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self._called = False  # before the waiter looks: later changes ring again
        self._woken.set()

    async def rung(self) -> None:
        """Wait for the next ring."""
        await self._woken.wait()
        self._woken.clear()


# Fork while nothing changes: a forked process has no other threads that would release the locks.

_notifiers: WeakValueDictionary[int, Notifier] = WeakValueDictionary()


def _existing() -> list[Notifier]:
    return [notifier for find in _notifiers.valuerefs() if (notifier := find())]


def _hold() -> None:
    for notifier in _existing():
        notifier._condition.acquire()


def _release() -> None:
    for notifier in _existing():
        if notifier.held:  # not those that other threads have acquired meanwhile
            notifier._condition.release()


if hasattr(os, "register_at_fork"):  # where there are forks
    os.register_at_fork(before=_hold, after_in_parent=_release, after_in_child=_release)
