"""Waiting for something to change, in threads and in event loops; nobody asks again and again."""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Condition, get_ident
from typing import TypeVar
from weakref import WeakValueDictionary

from pop3lab.clock import steady

_T = TypeVar("_T")

_REST = 9  # times as long as it took, until what takes long is done again


def holds(condition: Condition) -> bool:
    """Whether the lock of this condition is this thread's."""
    try:
        condition.notify(0)
    except RuntimeError:
        return False
    return True


class Notifier:
    """A lock on what changes: `with changes:` around a change wakes whoever waits for it.

    count: of changes until now. awaited: so many threads and tasks wait.
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
        """Whether this thread has the lock: a signal handler may ask that."""
        return holds(self._condition)

    def look(self, find: Callable[[], _T]) -> _T:
        """What find answers while nothing changes."""
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
        """Wait until find answers something true, or for so many seconds; its last answer."""
        with self._condition, self._waiting():
            return self._condition.wait_for(find, seconds)

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        """Whoever waits; under the lock. Counted before it looks: what comes then wakes it."""
        self.awaited += 1
        try:
            yield
        finally:
            self.awaited -= 1

    def until_slow(self, find: Callable[[], _T], last: Callable[[], bool], seconds: float) -> _T:
        """As until, where find takes its time: changes go on meanwhile, and it has a tenth of it.

        last: whether nothing of interest will change any more; then find is asked once more. As it
        looks, it also brings in the changes that wait for somebody to look.
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
        """The same, while the running loop goes on."""
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
    """Wakes a waiter in the running loop: once per turn, however often it is rung.

    A loop that is woken from elsewhere finds an octet in a pipe for each time; where that is full,
    asyncio loses the signals that come.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = get_ident()
        self._woken = asyncio.Event()
        self._called = False  # the loop, which has not come to it yet

    def ring(self) -> None:
        """From any thread, one at a time."""
        if asyncio._get_running_loop() is self._loop and get_ident() == self._thread:
            self._woken.set()
        elif not self._called:
            self._called = True
            with suppress(RuntimeError):  # it has been closed, and whoever waited in it forgotten
                self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self._called = False  # before the waiter looks: what changes from here on rings anew
        self._woken.set()

    async def rung(self) -> None:
        """Back when it has been since the last time."""
        await self._woken.wait()
        self._woken.clear()


# A process is forked while nothing changes: in a fork no other thread is left to release the locks.

_notifiers: WeakValueDictionary[int, Notifier] = WeakValueDictionary()


def _existing() -> list[Notifier]:
    return [notifier for find in _notifiers.valuerefs() if (notifier := find())]


def _hold() -> None:
    for notifier in _existing():
        notifier._condition.acquire()


def _release() -> None:
    for notifier in _existing():
        if notifier.held:  # not those of other threads, which may have come meanwhile
            notifier._condition.release()


if hasattr(os, "register_at_fork"):  # where there are forks
    os.register_at_fork(before=_hold, after_in_parent=_release, after_in_child=_release)
