"""Executes control commands one after the other; each is answered before the next begins."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from pop3lab.control.commands import LONGEST, ControlContext, answer
from pop3lab.core.wire import LineSplitter
from pop3lab.observe.stderr import write_nonblocking

# Reading and writing pipes, terminals, files and /dev/null in the event loop.

_MOST = 65_536  # octets read at a time


async def read_some(descriptor: int) -> bytes:
    """Return some octets; empty at the end, or if the descriptor is no longer readable."""
    loop = asyncio.get_running_loop()
    await _ready(lambda ready: loop.add_reader(descriptor, ready), loop.remove_reader, descriptor)
    try:
        return os.read(descriptor, _MOST)
    except BlockingIOError:
        return await read_some(descriptor)  # another process has read it
    except OSError:
        return b""


async def write_all(descriptor: int, octets: bytes) -> None:
    """Write everything, however slow the reader is. Raises OSError."""
    loop = asyncio.get_running_loop()
    while octets := octets[write_nonblocking(descriptor, octets) :]:
        await _ready(
            lambda ready: loop.add_writer(descriptor, ready), loop.remove_writer, descriptor
        )


async def _ready(
    add: Callable[[Callable[[], None]], None], remove: Callable[[int], bool], descriptor: int
) -> None:
    ready = asyncio.Event()
    try:
        _check_waits(descriptor)
        add(ready.set)
    except PermissionError:
        await asyncio.sleep(0)  # always ready
        return
    try:
        await ready.wait()
    finally:
        remove(descriptor)


def _check_waits(descriptor: int) -> None:
    """Raise what epoll would raise for a file or device, with any selector.

    kqueue accepts a file but does not report its end, and refuses /dev/null with another error.
    """
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode) or (stat.S_ISCHR(mode) and not os.isatty(descriptor)):
        raise PermissionError


# Lines from a descriptor.

_MOST_WAITING = 100  # lines queued at most


class LineReader:
    """Yields lines without LF or CRLF; the last line may lack its end.

    error: why no more lines can be read, if reading failed.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.error: OSError | None = None
        self._lines = asyncio.Queue[bytes | None](_MOST_WAITING)

    async def keep_reading(self, at_end: Callable[[], None]) -> None:
        """Read until the end, and report the end at once, even if lines are queued."""
        cut = LineSplitter(LONGEST)
        try:
            while octets := await read_some(self._descriptor):
                await self._put(cut.feed(octets))
        except OSError as error:
            self.error = error
            await self._lines.put(None)
            return
        at_end()
        if cut.begun:
            await self._put(cut.feed(b"\n"))
        await self._lines.put(None)

    async def _put(self, lines: list[bytes]) -> None:
        for line in lines:
            await self._lines.put(line.removesuffix(b"\r"))

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (line := await self._lines.get()) is not None:
            yield line


async def dispatch_lines(lines: LineReader, context: ControlContext, descriptor: int) -> None:
    """Execute lines until the end. When cancelled, it still answers the current command."""
    async for line in lines:
        with suppress(OSError):  # nobody reads the answers
            try:
                answered = await answer(context, line)
            except asyncio.CancelledError:
                _say_at_once(descriptor, "err the server stops")
                raise
            await write_all(descriptor, _octets(answered))


def _say_at_once(descriptor: int, answered: str) -> None:
    with suppress(OSError):
        write_nonblocking(descriptor, _octets(answered))


def _octets(answered: str) -> bytes:
    return f"{answered}\n".encode("utf-8", "backslashreplace")
