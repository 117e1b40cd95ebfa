"""Everything from any thread at once, and stop() from where nobody waits for it."""

import asyncio
import itertools
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

import pop3lab
from pop3lab import Pop3Server
from pop3lab.testing.event_loop import LoopThread, keep_alive
from tests.testing.clients import fetch

SOURCE = str(Path(pop3lab.__file__).parent)
STOPPED = "the server is stopped"


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "pop3lab"]


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    before = descriptors(), threads()
    yield
    assert (descriptors(), threads()) == before


def in_threads(*acts: Callable[[], object], times: int) -> None:
    """All at once, again and again; whoever finds the server stopped goes on."""
    together = threading.Barrier(len(acts))

    def again_and_again(act: Callable[[], object]) -> None:
        together.wait()
        for _ in range(times):
            try:
                act()
            except RuntimeError as error:
                assert str(error) == STOPPED  # noqa: PT017 - any other goes its way

    with ThreadPoolExecutor(len(acts)) as pool:
        for future in [pool.submit(again_and_again, act) for act in acts]:
            future.result()


def test_start_beside_stop() -> None:
    server = Pop3Server(["one"]).start()
    in_threads(server.start, server.stop, server.start, server.stop, times=100)
    server.start()
    assert fetch(server) == [b"one\r\n"]
    server.stop()
    assert not server.errors


def test_reset_beside_reset_keeps_no_descriptor() -> None:
    with Pop3Server(["one"]) as server:
        server.reset()
        before = descriptors()
        in_threads(server.reset, server.reset, server.reset, times=50)
        assert descriptors() == before
        assert fetch(server) == [b"one\r\n"]


def test_refuse_beside_resume() -> None:
    with Pop3Server(["one"]) as server:
        in_threads(server.refuse, server.resume, server.pause, server.resume, times=100)
        server.resume()
        assert fetch(server) == [b"one\r\n"]


@pytest.mark.parametrize("act", ["resume", "pause", "refuse"])
def test_whatever_comes_at_any_turn_of_a_reset(act: str) -> None:
    async def come() -> None:
        async with Pop3Server(["one"]) as server:
            await server.reset_async()
            before = descriptors()
            for turns in range(60):
                client = socket.create_connection(server.address)
                resetting = asyncio.create_task(server.reset_async())
                for _ in range(turns):
                    await asyncio.sleep(0)
                if not resetting.done():
                    getattr(server, act)()
                await resetting
                client.close()
            assert descriptors() == before

    asyncio.run(come())


def test_whatever_beside_whatever() -> None:
    server = Pop3Server(["one"]).start()
    chance, count = random.Random(1), itertools.count(1)
    acts: list[Callable[[], object]] = [
        server.start,
        server.stop,
        server.reset,
        server.refuse,
        server.pause,
        server.resume,
        lambda: server.add("another"),
        lambda: server.when("NOOP", nth=next(count)).do("reset"),
        lambda: server.sessions,
        lambda: server.transcript,
        lambda: server.verify(unused_rules=False),
    ]

    def act() -> None:
        chance.choice(acts)()

    in_threads(*[act] * 8, times=100)
    server.start()
    server.reset()
    assert fetch(server) == [b"one\r\n"]
    server.stop()
    server.stop()
    assert not server.errors


def test_a_loop_that_is_closed_while_somebody_waits_in_it_keeps_nothing_locked() -> None:
    loop = asyncio.new_event_loop()
    with Pop3Server(["one"]) as server:
        waiting = loop.create_task(server.wait_session_async())
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
        assert fetch(server) == [b"one\r\n"]
        assert server.wait_session().retrieved == ["1"]
    assert not waiting.done()
    waiting._log_destroy_pending = False  # type: ignore[attr-defined]  # it is what is tested


def test_who_stops_it_second_is_back_when_it_is_stopped() -> None:
    for _ in range(20):
        server = Pop3Server().start()
        address = server.address

        def stop_and_connect(server: Pop3Server = server, address: Any = address) -> None:
            server.stop()
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(address)

        in_threads(stop_and_connect, stop_and_connect, times=1)


# A signal handler, at every line that it can interrupt


class Interrupted:
    """Calls the handler before the nth line of ours that this thread comes to.

    A line counts the first time: in a loop it would be the same moment again and again.
    """

    def __init__(self, nth: int) -> None:
        self.left = nth
        self._seen: set[tuple[CodeType, int]] = set()

    def _is_new(self, frame: FrameType) -> bool:
        line = frame.f_code, frame.f_lineno
        new = line not in self._seen
        self._seen.add(line)
        return new

    def __call__(self, frame: FrameType, event: str, arg: object) -> Any:
        if not frame.f_code.co_filename.startswith(SOURCE):
            return None
        if event == "line" and self.left and self._is_new(frame):
            self.left -= 1
            if not self.left:
                signal.raise_signal(signal.SIGUSR1)
        return self


def at_each_line(
    act: Callable[[], object], begin: Callable[[], None], check: Callable[[], None]
) -> None:
    nth = 1
    while True:
        begin()
        interrupted = Interrupted(nth)
        sys.settrace(interrupted)
        try:
            act()
        finally:
            sys.settrace(None)
        if interrupted.left:
            break
        check()
        nth += 1
    assert nth > 3


@pytest.fixture
def server() -> Iterator[Pop3Server]:
    server = Pop3Server(["one"])
    before = signal.signal(signal.SIGUSR1, lambda *_: server.stop())
    with keep_alive():  # the thread is there, as it is with other servers
        yield server
        server.stop()
    signal.signal(signal.SIGUSR1, before)


def is_there(server: Pop3Server) -> bool:
    try:
        socket.create_connection(server.address).close()
    except ConnectionRefusedError:
        return False
    return True


def test_a_signal_handler_stops_what_is_about_to_stop(server: Pop3Server) -> None:
    def check() -> None:
        assert not is_there(server)

    def begin() -> None:
        server.start()

    at_each_line(server.stop, begin, check)


def test_a_signal_handler_stops_what_is_about_to_start(server: Pop3Server) -> None:
    begun = stopped = 0

    def check() -> None:
        nonlocal begun, stopped
        begun += 1
        stopped += not is_there(server)
        server.stop()

    server.start()
    at_each_line(server.start, server.stop, check)
    assert stopped >= begun - 12  # the lines before it takes its turn


@pytest.mark.parametrize(
    "look",
    [
        lambda server: server.add("two"),
        lambda server: server.sessions,
        lambda server: server.messages,
        lambda server: str(server.transcript),
        lambda server: server.verdict,
    ],
)
def test_a_signal_handler_stops_it_whatever_it_interrupts(
    look: Callable[[Pop3Server], object], server: Pop3Server
) -> None:
    def begin() -> None:
        server.start()
        if not server.sessions:
            fetch(server)

    def check() -> None:
        server.start()  # which waits for the end
        server.stop()

    at_each_line(lambda: look(server), begin, check)


def test_a_signal_handler_stops_another_server(server: Pop3Server) -> None:
    other = Pop3Server()

    def begin() -> None:
        server.start()

    def check() -> None:
        other.stop()
        assert not is_there(server)

    at_each_line(other.start, begin, check)
    other.stop()


def test_a_signal_handler_stops_it_while_another_server_is_looked_at(server: Pop3Server) -> None:
    clients: list[socket.socket] = []
    with Pop3Server() as other:

        def stop(*_: object) -> None:
            clients.append(socket.create_connection(other.address))  # of whom the loop has to tell
            server.stop()

        def begin() -> None:
            server.start()

        def check() -> None:
            server.start()  # which waits for the end
            server.stop()

        signal.signal(signal.SIGUSR1, stop)
        at_each_line(lambda: other.sessions, begin, check)
        for client in clients:
            client.close()


# The end of the process

AT_EXIT = """
import sys
from pop3lab import Pop3Server

class Holder:
    def __init__(self):
        self.server = Pop3Server(["one"]).start()
        self.itself = {who}

    def __del__(self):
        self.server.stop()
        print("stopped")

holder = Holder()
"""


@pytest.mark.parametrize("who", ["self", "None"], ids=["in a circle", "alone"])
def test_stop_in_del_at_the_end_of_the_process(who: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", AT_EXIT.format(who=who)],
        capture_output=True,
        text=True,
        timeout=8,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "stopped\n", "")


def begin_late(frame: FrameType, event: str, argument: object) -> None:
    """A profile function that holds a new thread up once."""
    sys.setprofile(None)
    time.sleep(0.05)


def test_the_loop_runs_as_soon_as_its_thread_is_there() -> None:
    threading.setprofile(begin_late)
    try:
        thread = LoopThread()
    finally:
        threading.setprofile(None)
    assert thread.loop.is_running()
    thread.end()
