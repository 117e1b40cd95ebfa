"""Commands obeyed one after the other, each answered before the next is begun."""

import asyncio
from contextlib import suppress

from pop3lab.control.commands import Reach, answer
from pop3lab.control.descriptors import write
from pop3lab.control.incoming import Incoming
from pop3lab.watch.writing import write_now


async def obey(incoming: Incoming, reach: Reach, descriptor: int) -> None:
    """Until the end of the lines. Cancelled, it answers the command that it is about."""
    async for line in incoming:
        with suppress(OSError):  # nobody reads the answers any more
            try:
                answered = await answer(reach, line)
            except asyncio.CancelledError:
                _say_at_once(descriptor, "err the server stops")
                raise
            await write(descriptor, _octets(answered))


def _say_at_once(descriptor: int, answered: str) -> None:
    with suppress(OSError):
        write_now(descriptor, _octets(answered))


def _octets(answered: str) -> bytes:
    return f"{answered}\n".encode("utf-8", "backslashreplace")
