"""A time at which a connection wakes its session, if nothing has come by then."""

from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable
from math import inf


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
