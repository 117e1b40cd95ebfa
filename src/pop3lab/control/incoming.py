"""Lines as they come on a descriptor."""

import asyncio
from collections.abc import AsyncIterator, Callable

from pop3lab.control.descriptors import read
from pop3lab.core.wire import Lines

LONGEST = 8192  # octets of a line that are kept; one of so many is not whole
_MOST = 100  # lines that wait at most


class Incoming:
    """Lines without their LF or CRLF, the last one whether it ends in one or not."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lines = asyncio.Queue[bytes | None](_MOST)

    async def keep_reading(self, at_end: Callable[[], None]) -> None:
        """Until the end, which is told at once, whatever lines still wait."""
        cut = Lines(LONGEST)
        while octets := await read(self._descriptor):
            await self._put(cut.feed(octets))
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
