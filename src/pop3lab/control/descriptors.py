"""Descriptors read and written by the event loop: pipes, terminals, files, /dev/null.

They are not made non-blocking, for others may hold them too: they are used when they are ready.
"""

import asyncio
import os
from collections.abc import Callable

from pop3lab.watch.writing import write_now

_MOST = 65_536  # octets read at a time


async def read(descriptor: int) -> bytes:
    """Some octets, or none at the end; what can't be read any more has ended."""
    loop = asyncio.get_running_loop()
    await _ready(lambda ready: loop.add_reader(descriptor, ready), loop.remove_reader, descriptor)
    try:
        return os.read(descriptor, _MOST)
    except BlockingIOError:
        return await read(descriptor)  # another has read it
    except OSError:
        return b""


async def write(descriptor: int, octets: bytes) -> None:
    """Write all of it, however long the reader takes. Raises OSError."""
    loop = asyncio.get_running_loop()
    while octets := octets[write_now(descriptor, octets) :]:
        await _ready(
            lambda ready: loop.add_writer(descriptor, ready), loop.remove_writer, descriptor
        )


async def _ready(
    add: Callable[[Callable[[], None]], None], remove: Callable[[int], bool], descriptor: int
) -> None:
    ready = asyncio.Event()
    try:
        add(ready.set)
    except PermissionError:
        await asyncio.sleep(0)  # epoll takes no files: they are always ready
        return
    try:
        await ready.wait()
    finally:
        remove(descriptor)
