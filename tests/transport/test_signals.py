"""Signals are heard by a loop whose pipe is full."""

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from pop3lab.transport.signals import ENDING, Signals, StopSignals


def fill_the_pipe_of(loop: asyncio.AbstractEventLoop) -> None:
    """As many wake-ups from elsewhere do, before the loop comes to read them."""
    pipe: socket.socket = loop._csock  # type: ignore[attr-defined]
    for octets in (b"\0" * 4096, b"\0"):
        with suppress(BlockingIOError):
            while pipe.send(octets):
                pass


@pytest.fixture(autouse=True)
def handlers_of_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (*ENDING, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [*ENDING, signal.SIGHUP])
def test_a_signal_is_not_lost_where_the_pipe_of_the_loop_is_full(number: signal.Signals) -> None:
    async def run() -> None:
        heard = asyncio.Event()
        signals = Signals({number: heard.set})
        signals.begin()
        fill_the_pipe_of(asyncio.get_running_loop())
        os.kill(os.getpid(), number)
        async with asyncio.timeout(5):
            await heard.wait()
        signals.end()

    asyncio.run(run())


def test_a_signal_for_another_thread_wakes_the_loop() -> None:
    async def run() -> None:
        heard, over = asyncio.Event(), threading.Event()
        signals = Signals({signal.SIGTERM: heard.set})
        signals.begin()
        thread = threading.Thread(target=over.wait)
        thread.start()
        assert thread.ident
        signal.pthread_kill(thread.ident, signal.SIGTERM)
        async with asyncio.timeout(5):
            await heard.wait()
        signals.end()
        over.set()
        thread.join()

    asyncio.run(run())


@pytest.mark.parametrize("number", [*ENDING, signal.SIGHUP])
def test_at_the_end_nothing_kills_whatever_thread_it_comes_to(number: signal.Signals) -> None:
    """A thread that has not blocked the signal is enough for the kernel to deliver it."""

    async def run() -> None:
        stopping = StopSignals(lambda: None, lambda: None)
        stopping.begin()
        over = threading.Event()
        thread = threading.Thread(target=over.wait)
        thread.start()
        stopping.end()
        os.kill(os.getpid(), number)
        over.set()
        thread.join()

    asyncio.run(run())
    assert signal.getsignal(number) is signal.SIG_IGN


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
        stopping = StopSignals(lambda: told.put_nowait(None))
        stopping.begin()
        for number in numbers:
            os.kill(os.getpid(), number)
            async with asyncio.timeout(5):
                await told.get()
        return stopping.end()

    assert asyncio.run(run()) == code
