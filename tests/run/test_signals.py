"""Signals are heard by a loop whose pipe is full."""

import asyncio
import os
import signal
import socket
from contextlib import suppress

import pytest

from pop3lab.run.signals import Stopping, on_signal


def fill_the_pipe_of(loop: asyncio.AbstractEventLoop) -> None:
    """As many wake-ups from elsewhere do, before the loop comes to read them."""
    pipe: socket.socket = loop._csock  # type: ignore[attr-defined]
    for octets in (b"\0" * 4096, b"\0"):
        with suppress(BlockingIOError):
            while pipe.send(octets):
                pass


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_is_not_lost_where_the_pipe_of_the_loop_is_full(number: signal.Signals) -> None:
    async def run() -> int:
        heard = asyncio.get_running_loop().create_future()
        on_signal(number, heard.set_result)
        fill_the_pipe_of(asyncio.get_running_loop())
        os.kill(os.getpid(), number)
        async with asyncio.timeout(5):
            return int(await heard)

    assert asyncio.run(run()) == number
    assert signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler)


@pytest.mark.parametrize(
    ("numbers", "code"),
    [
        ([signal.SIGTERM], 0),
        ([signal.SIGINT], 0),
        ([signal.SIGTERM, signal.SIGTERM], 0),
        ([signal.SIGINT, signal.SIGTERM], 0),
        ([signal.SIGINT, signal.SIGINT], 130),
        ([signal.SIGTERM, signal.SIGINT], 130),
    ],
)
def test_sigint_while_it_stops_already_is_the_exit_code(
    numbers: list[signal.Signals], code: int
) -> None:
    async def run() -> int:
        told = asyncio.Queue[None]()
        stopping = Stopping(lambda: told.put_nowait(None))
        stopping.begin()
        for number in numbers:
            os.kill(os.getpid(), number)
            async with asyncio.timeout(5):
                await told.get()
        return stopping.code

    assert asyncio.run(run()) == code
