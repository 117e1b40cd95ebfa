"""Signals that end a server: none is lost, and an impatient second one is told from the first."""

import asyncio
import signal
from collections.abc import Callable
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM)
_INTERRUPTED = 130  # exit code


class Stopping:
    """Calls stop in the loop for each SIGINT and SIGTERM, until the loop is closed.

    code: the exit code, 0, or 130 once SIGINT has come while the server was stopping already.
    """

    def __init__(self, stop: Callable[[], object]) -> None:
        self.code = 0
        self._asked = False
        self._stop = stop

    def begin(self) -> None:
        """From now on. To be called in the running loop, in the main thread."""
        for number in ENDING:
            on_signal(number, self._act)

    def end(self) -> int:
        """The exit code. The process is about to end: what comes from now on changes nothing."""
        signal.pthread_sigmask(signal.SIG_BLOCK, (*ENDING, signal.SIGHUP))
        return self.code

    def _act(self, number: int) -> None:
        if self._asked and number == signal.SIGINT:
            self.code = _INTERRUPTED
        self._asked = True
        self._stop()


def on_signal(number: signal.Signals, act: Callable[[int], object]) -> None:
    """Call act with the number, in the running loop, each time the signal comes.

    asyncio alone hears of a signal by an octet in the pipe that wakes the loop, and never does if
    that is full. Here the octet only wakes; the interpreter calls the handler, which does the rest.
    """
    loop = asyncio.get_running_loop()

    def heard(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(act, number)

    loop.add_signal_handler(number, _nothing)
    signal.set_wakeup_fd(signal.set_wakeup_fd(-1), warn_on_full_buffer=False)
    signal.signal(number, heard)
    signal.siginterrupt(number, False)  # as asyncio has it: signal.signal has set it anew


def _nothing() -> None:
    """The loop turns, and that is all that the octet is for."""
