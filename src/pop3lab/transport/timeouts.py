"""Time limits that strike nobody who was in time.

A process that has been stopped (SIGSTOP, a laptop that slept) finds at its waking that times are
over, before it has read what came meanwhile. Whoever has done their part by then is spared once.
"""

import asyncio
from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable
from math import inf

RESPITE = 1.0  # seconds, to read what has come, and for the client to go on


class Limit:
    """Calls over after so many seconds, from now on, unless it is cancelled.

    owed: whether it is the server that is behind: then, once, it waits for a moment more.
    """

    def __init__(
        self, seconds: float, over: Callable[[], object], owed: Callable[[], bool]
    ) -> None:
        self._over = over
        self._owed = owed
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(seconds, self._ring)

    def _ring(self) -> None:
        if self._owed():
            self._timer = self._loop.call_later(RESPITE, self._over)
        else:
            self._over()

    def cancel(self) -> None:
        """Let there be no limit any more."""
        self._timer.cancel()


# A time at which a connection wakes its session, if nothing has come by then.


class Alarm:
    """Rings once, at the time that was set last."""

    __slots__ = ("_loop", "_ring", "_timer")

    def __init__(self, loop: AbstractEventLoop, ring: Callable[[], None]) -> None:
        self._loop = loop
        self._ring = ring
        self._timer: TimerHandle | None = None

    def set(self, seconds: float) -> None:
        """From now on; inf for never."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if seconds < inf:
            self._timer = self._loop.call_later(max(seconds, 0.0), self._ring)
