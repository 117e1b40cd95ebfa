"""Waiting for something to change, in threads and in event loops; nobody asks again and again."""

import asyncio
from collections.abc import Callable
from threading import Condition
from time import monotonic
from typing import TypeVar

Found = TypeVar("Found")

_REST = 9  # times as long as it took, until what takes long is done again


def holds(condition: Condition) -> bool:
    """Whether the lock of this condition is this thread's."""
    try:
        condition.notify(0)
    except RuntimeError:
        return False
    return True


class Changes:
    """A lock on what changes: `with changes:` around a change wakes whoever waits for it.

    count: of changes until now.
    """

    def __init__(self) -> None:
        self.count = 0
        self._condition = Condition()
        self._wakes: set[Callable[[], object]] = set()

    def __enter__(self) -> None:
        self._condition.acquire()

    def __exit__(self, *_: object) -> None:
        self.count += 1
        self._condition.notify_all()
        for wake in self._wakes:
            wake()
        self._condition.release()

    @property
    def held(self) -> bool:
        """Whether this thread has the lock: a signal handler may ask that."""
        return holds(self._condition)

    def look(self, find: Callable[[], Found]) -> Found:
        """What find answers while nothing changes."""
        with self._condition:
            return find()

    def until(self, find: Callable[[], Found], seconds: float) -> Found:
        """Wait until find answers something true, or for so many seconds; its last answer."""
        with self._condition:
            return self._condition.wait_for(find, seconds)

    def until_slow(
        self, find: Callable[[], Found], last: Callable[[], bool], seconds: float
    ) -> Found:
        """As until, where find takes its time: changes go on meanwhile, and it has a tenth of it.

        last: whether nothing of interest will change any more; then find is asked once more.
        """
        ends = monotonic() + seconds
        while True:
            began, changed = monotonic(), self._changed()
            final = self.look(last)
            found = find()
            now = monotonic()
            if found or final or now >= ends:
                return found
            self.until(last, min(_REST * (now - began), ends - now))
            self.until(changed, ends - monotonic())

    def _changed(self) -> Callable[[], bool]:
        count = self.count
        return lambda: self.count != count

    async def until_async(self, find: Callable[[], Found], seconds: float) -> Found:
        """The same, while the running loop goes on."""
        loop = asyncio.get_running_loop()
        woken = asyncio.Event()

        def wake() -> None:
            loop.call_soon_threadsafe(woken.set)

        with self._condition:
            self._wakes.add(wake)
        try:
            async with asyncio.timeout(seconds):
                while not (found := self.look(find)):
                    await woken.wait()
                    woken.clear()
                return found
        except TimeoutError:
            return self.look(find)
        finally:
            with self._condition:
                self._wakes.discard(wake)
