"""Waiting for something to change, in threads and in event loops; nobody asks again and again."""

import asyncio
from collections.abc import Callable
from threading import Condition
from typing import TypeVar

Found = TypeVar("Found")


class Changes:
    """A lock on what changes: `with changes:` around a change wakes whoever waits for it."""

    def __init__(self) -> None:
        self._condition = Condition()
        self._wakes: set[Callable[[], object]] = set()

    def __enter__(self) -> None:
        self._condition.acquire()

    def __exit__(self, *_: object) -> None:
        self._condition.notify_all()
        for wake in self._wakes:
            wake()
        self._condition.release()

    def look(self, find: Callable[[], Found]) -> Found:
        """What find answers while nothing changes."""
        with self._condition:
            return find()

    def until(self, find: Callable[[], Found], seconds: float) -> Found:
        """Wait until find answers something true, or for so many seconds; its last answer."""
        with self._condition:
            return self._condition.wait_for(find, seconds)

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
