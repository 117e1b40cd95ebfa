"""Time limits that strike nobody who was in time.

A process that has been stopped (SIGSTOP, a laptop that slept) finds at its waking that times are
over, before it has read what came meanwhile. Whoever has done their part by then is spared once.
"""

from abc import ABC, abstractmethod
from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable
from math import inf
from typing import Protocol

from pop3lab.core.config import Limits
from pop3lab.transport.deadlines import Deadlines
from pop3lab.transport.reactor import Reactor
from pop3lab.transport.session_protocol import SessionProtocol
from pop3lab.transport.sockets import can_take_octets
from pop3lab.transport.stream import Stream

RESPITE = 1.0  # seconds, to read what has come, and for the client to go on
_BUSY = 0.1  # seconds until the next look at a client whose turn it is not


class _Timer(ABC):
    """Is told of one deadline, the last that was set."""

    __slots__ = ("_deadlines", "_when")

    def __init__(self, deadlines: Deadlines) -> None:
        self._deadlines = deadlines
        self._when = 0.0

    def _set(self, seconds: float) -> None:
        if self._when:
            self.cancel()
        self._when = self._deadlines.enter(seconds, self)

    def cancel(self) -> None:
        """Let there be no limit any more."""
        if self._when:
            self._deadlines.leave(self._when, self)
            self._when = 0.0

    @abstractmethod
    def on_deadline(self) -> None:
        """It has come."""


class Deadline(_Timer):
    """Calls over after so many seconds, from now on, unless it is cancelled.

    owed: whether it is the server that is behind: then, once, it waits for a moment more.
    """

    __slots__ = ("_over", "_owed")

    def __init__(
        self,
        deadlines: Deadlines,
        seconds: float,
        over: Callable[[], object],
        owed: Callable[[], bool],
    ) -> None:
        super().__init__(deadlines)
        self._over = over
        self._owed: Callable[[], bool] | None = owed
        self._set(seconds)

    def on_deadline(self) -> None:
        """Wait a moment more, or call over."""
        owed, self._owed = self._owed, None
        if owed and owed():
            self._set(RESPITE)
        else:
            self._over()


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


class IdleTimer(_Timer):
    """Tells a connection when its client was idle for too long, or took too long to log in.

    active: when the client last did something.
    """

    __slots__ = ("_connection", "_made", "_reactor", "_session", "_spared", "active")

    def __init__(self, connection: _Timed, session: SessionProtocol, reactor: Reactor) -> None:
        super().__init__(reactor.deadlines)
        self._connection = connection
        self._session = session
        self._reactor = reactor
        self._made = self.active = reactor.clock.now
        self._spared = 0.0  # the last deadline after which there was a respite
        self._set(self._deadline - self._made)

    def on_deadline(self) -> None:
        """Look whether it is really over: nothing is set anew with each command."""
        deadline = self._deadline
        left = deadline - self._reactor.loop.time()
        if left > 0 or not self._connection.is_idle:
            self._set(max(left, _BUSY))
        elif self._spared != deadline and self._connection.has_unread_input:
            self._spared = deadline
            self._set(RESPITE)
        else:
            self._connection.timed_out()

    @property
    def _deadline(self) -> float:
        limits = self._session.limits
        idle = self.active + limits.idle
        if limits.login and self._session.user is None:
            return min(idle, self._made + limits.login)
        return idle


class StallTimer(_Timer):
    """Calls stalled for a client that takes what waits for it too slowly, or not at all."""

    __slots__ = ("_limits", "_spared", "_stalled", "_stream", "_taken")

    def __init__(self, stream: Stream, limits: Limits, stalled: Callable[[], None]) -> None:
        super().__init__(stream.reactor.deadlines)
        self._stream = stream
        self._limits = limits
        self._stalled = stalled
        self.begin()

    def begin(self) -> None:
        """Count from now on: output waits."""
        self._taken = self._octets_taken()
        self._spared = False
        self._set(self._limits.stall)

    def _octets_taken(self) -> int:
        return self._stream.written - self._stream.waiting

    def on_deadline(self) -> None:
        """Look how much the client has taken meanwhile."""
        least = max(1, self._limits.rate * self._limits.stall)
        if self._octets_taken() - self._taken >= least:
            self.begin()
        elif not self._spared and can_take_octets(self._stream.socket):
            self._spared = True
            self._set(RESPITE)
        else:
            self._stalled()


class WakeupTimer:
    """Rings once, at the time that was set last: it wakes a session if nothing has come by then.

    The client sees when that is: this one is exact.
    """

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
