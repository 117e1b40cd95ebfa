"""Signals that end a server: none is lost, and an impatient second one is told from the first."""

import asyncio
import signal
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM)
_INTERRUPTED = 130  # exit code
_OCTETS = 4096  # of the pipe, at once

_Act = Callable[[], object]


class StopSignals:
    """Calls stop in the loop for each SIGINT and SIGTERM, until it is ended.

    hang_up: called for SIGHUP. code: the exit code, 0, or 130 once SIGINT has come while the server
    was stopping already.
    """

    def __init__(self, stop: _Act, hang_up: _Act | None = None) -> None:
        self.code = 0
        self._asked = False
        self._stop = stop
        acts: dict[signal.Signals, _Act] = {
            signal.SIGINT: self._interrupt,
            signal.SIGTERM: self._end,
        }
        self._signals = Signals(acts | ({signal.SIGHUP: hang_up} if hang_up else {}))

    def begin(self) -> None:
        """From now on. To be called in the running loop, in the main thread."""
        self._signals.begin()

    def end(self) -> int:
        """The exit code. The process is about to end: what comes from now on changes nothing."""
        self._signals.end()
        return self.code

    def _interrupt(self) -> None:
        if self._asked:
            self.code = _INTERRUPTED
        self._end()

    def _end(self) -> None:
        self._asked = True
        self._stop()


class Signals:
    """Calls in the loop what belongs to each signal, each time it comes, and then ignores it.

    asyncio alone hears of a signal by an octet in the pipe that wakes the loop, and never does if
    that is full; and a loop that is closed brings back what kills the process. Here the octet only
    wakes; the interpreter calls the handler, which does the rest.
    """

    def __init__(self, acts: Mapping[signal.Signals, _Act]) -> None:
        self._acts = acts

    def begin(self) -> None:
        """From now on. To be called in the running loop, in the main thread."""
        self._loop = asyncio.get_running_loop()
        self._woken, self._wakes = socket.socketpair()
        for end in (self._woken, self._wakes):
            end.setblocking(False)
        self._loop.add_reader(self._woken, self._drain)
        signal.set_wakeup_fd(self._wakes.fileno(), warn_on_full_buffer=False)
        for number in self._acts:
            signal.signal(number, self._heard)
            signal.siginterrupt(number, False)  # calls that it comes into go on

    def end(self) -> None:
        """No signal does anything any more: there is no moment in which one would kill."""
        for number in self._acts:
            signal.signal(number, signal.SIG_IGN)
        signal.set_wakeup_fd(-1)
        self._loop.remove_reader(self._woken)
        self._woken.close()
        self._wakes.close()

    def _heard(self, number: int, frame: FrameType | None) -> None:
        with suppress(RuntimeError):  # the loop is closed: the process fails
            self._loop.call_soon_threadsafe(self._acts[signal.Signals(number)])

    def _drain(self) -> None:
        with suppress(BlockingIOError):
            self._woken.recv(_OCTETS)
