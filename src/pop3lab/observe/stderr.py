"""Lines for the operator on stderr, which may be closed or full."""

import os
import select
import time
from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import Any, TextIO

from pop3lab.core.events import Event, StoreError

_MOST = 2000  # characters of a line that a writable pipe takes without blocking


def write_line_nonblocking(file: TextIO, line: str) -> None:
    """Write a line, unless that would fail or block: the sessions are more important."""
    try:
        if _takes_some(file):
            print(line[:_MOST], file=file, flush=True)
    except (OSError, ValueError):
        pass  # closed, or no longer read


def _takes_some(file: TextIO) -> bool:
    try:
        descriptor = file.fileno()
    except OSError:
        return True  # not a file of the operating system
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return any(event & select.POLLOUT for _, event in poll.poll(0))


_AT_ONCE = 4096  # octets that a writable pipe takes without blocking


def write_nonblocking(descriptor: int, octets: bytes | bytearray, patience: float = 0.0) -> int:
    """Write as much as possible without blocking; return the number of octets.

    The descriptor need not be in non-blocking mode, because other processes may share it. patience:
    seconds to wait each time for the reader. Raises OSError.
    """
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    written = 0
    try:
        while written < len(octets) and poll.poll(patience * 1000):
            written += os.write(descriptor, octets[written : written + _AT_ONCE])
    except BlockingIOError:
        pass  # it is in non-blocking mode anyway, and full
    return written


class StoreErrorReporter:
    """A listener that writes a line for each error of a store."""

    wants_lines = False

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def on_event(self, seconds: float, event: Event) -> None:
        """Write a line for a store error."""
        if isinstance(event, StoreError):
            write_line_nonblocking(self._file, f"pop3lab: {event.sentence}")


_AGAIN = 1.0  # seconds between two reports of exhausted descriptors


class LoopErrorReporter:
    """Handles errors of the event loop. write: gets each line, without a line end."""

    def __init__(
        self, write: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._write = write
        self._clock = clock
        self._told = -_AGAIN

    def handle(self, loop: AbstractEventLoop, context: dict[str, Any]) -> None:
        """The exception handler for asyncio. Without free descriptors, a loop fails very often."""
        message = str(context.get("message"))
        if "_start_serving" in message:
            return  # the loop retried a listener that has been closed
        if "out of system resource" not in message:
            loop.default_exception_handler(context)
            return
        if self._clock() - self._told >= _AGAIN:
            self._told = self._clock()
            self._write(f"clients can't be accepted: {context.get('exception')}")
