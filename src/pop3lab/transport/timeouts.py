"""Time limits that strike nobody who was in time.

A process that has been stopped (SIGSTOP, a laptop that slept) finds at its waking that times are
over, before it has read what came meanwhile. Whoever has done their part by then is spared once.
"""

import asyncio
from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable
from math import inf
from typing import Protocol

from pop3lab.core.config import Limits
from pop3lab.transport.output import Output
from pop3lab.transport.session_protocol import SessionProtocol
from pop3lab.transport.sockets import can_take_octets

RESPITE = 1.0  # seconds, to read what has come, and for the client to go on


class Deadline:
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


class _Timed(Protocol):
    """A connection whose client must not be idle for too long."""

    @property
    def is_idle(self) -> bool:
        """Whether the client's time counts."""

    @property
    def has_unread_input(self) -> bool:
        """Whether octets have come that were not read."""

    def timed_out(self) -> None:
        """The client was idle for too long, or took too long to log in."""


class IdleTimer:
    """Tells a connection when its client was idle for too long, or took too long to log in.

    active: when the client last did something.
    """

    __slots__ = ("_connection", "_loop", "_made", "_session", "_spared", "_timer", "active")

    def __init__(self, connection: _Timed, session: SessionProtocol) -> None:
        self._connection = connection
        self._session = session
        self._loop = asyncio.get_running_loop()
        self._made = self.active = self._loop.time()
        self._spared = 0.0  # the last deadline after which there was a respite
        self._timer = self._loop.call_later(0.0, self._check)

    def cancel(self) -> None:
        """Count no more."""
        self._timer.cancel()

    def _check(self) -> None:
        deadline = self._deadline
        left = deadline - self._loop.time()
        if left > 0 or not self._connection.is_idle:
            self._timer = self._loop.call_later(max(left, 0.1), self._check)
        elif self._spared != deadline and self._connection.has_unread_input:
            self._spared = deadline
            self._timer = self._loop.call_later(RESPITE, self._check)
        else:
            self._connection.timed_out()

    @property
    def _deadline(self) -> float:
        limits = self._session.limits
        idle = self.active + limits.idle
        if limits.login and self._session.user is None:
            return min(idle, self._made + limits.login)
        return idle


class StallTimer:
    """Calls stalled for a client that takes what waits for it too slowly, or not at all."""

    __slots__ = ("_limits", "_loop", "_output", "_spared", "_stalled", "_taken", "_timer")

    def __init__(self, output: Output, limits: Limits, stalled: Callable[[], None]) -> None:
        self._output = output
        self._limits = limits
        self._stalled = stalled
        self._loop = asyncio.get_running_loop()
        self._timer: TimerHandle | None = None

    def begin(self) -> None:
        """Count from now on: output waits."""
        self._taken = self._octets_taken()
        self._spared = False
        self._timer = self._loop.call_later(self._limits.stall, self._check)

    def end(self) -> None:
        """Count no more: none waits, or the connection is gone."""
        if self._timer:
            self._timer.cancel()

    def _octets_taken(self) -> int:
        return self._output.written - self._output.waiting

    def _check(self) -> None:
        least = max(1, self._limits.rate * self._limits.stall)
        if self._octets_taken() - self._taken >= least:
            self.begin()
        elif not self._spared and can_take_octets(self._output.socket):
            self._spared = True
            self._timer = self._loop.call_later(RESPITE, self._check)
        else:
            self._stalled()


class WakeupTimer:
    """Rings once, at the time that was set last: it wakes a session if nothing has come by then."""

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
