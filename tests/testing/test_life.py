"""Starting, stopping and whatever comes between, from any thread, process or loop."""

import asyncio
import os
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pop3lab import Pop3Server, WaitTimeout
from pop3lab.testing.event_loop import LoopThread, acquire, call, release
from tests.testing.clients import SECONDS, connected, fetch


def test_it_says_what_it_is_before_it_is_started() -> None:
    server = Pop3Server()
    assert repr(server) == "<Pop3Server that has not been started>"
    with server:
        assert repr(server) == f"<Pop3Server at {server.url}>"


@pytest.fixture
def shared() -> Iterator[LoopThread]:
    holder = object()
    thread = acquire(holder)
    yield thread
    release(thread, holder)


def test_start_from_several_threads_starts_it_once(shared: LoopThread) -> None:
    holders = set(shared.holders)
    for _ in range(20):
        server = Pop3Server(["one"])
        together = threading.Barrier(8)

        def start(server: Pop3Server = server, together: threading.Barrier = together) -> int:
            together.wait()
            return server.start().port

        with ThreadPoolExecutor(8) as pool:
            ports = {future.result() for future in [pool.submit(start) for _ in range(8)]}
        assert ports == {server.port}
        server.stop()
        assert set(shared.holders) == holders


def test_a_start_that_fails_leaves_what_was_there() -> None:
    with Pop3Server() as other:
        server = Pop3Server(port=other.port)
        with pytest.raises(OSError, match="Address already in use"):
            server.start()
        assert repr(server) == "<Pop3Server that has not been started>"
    with server:
        assert server.port == other.port


def test_after_its_loop_has_ended_it_can_only_be_stopped() -> None:
    async def begin() -> Pop3Server:
        return await Pop3Server().__aenter__()

    with asyncio.Runner() as runner:
        server = runner.run(begin())
        asks: list[Callable[[], Any]] = [
            server.refuse,
            server.pause,
            server.resume,
            server.reset,
            lambda: server.when("any").do("autodelete"),
        ]
        for ask in asks:
            with pytest.raises(
                RuntimeError, match="the event loop in which the server ran has end"
            ):
                ask()
    server.stop()


def test_a_forked_process_adds_no_message() -> None:
    with Pop3Server(["one"]) as server:
        child = os.fork()
        if not child:
            try:
                with pytest.raises(RuntimeError, match="in the process that has started it"):
                    server.add("two")
                os._exit(0)
            finally:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_who_comes_and_goes_just_before_the_end_is_seen() -> None:
    for _ in range(20):
        with Pop3Server() as server:
            client = socket.create_connection(server.address)
            client.sendall(b"QUIT\r\n")
            client.close()
        (session,) = server.sessions
        assert (session.commands, session.end_reason) == (["QUIT"], "quit")


def test_and_in_the_loop_of_the_test() -> None:
    async def come_and_go() -> Pop3Server:
        async with Pop3Server() as server:
            socket.create_connection(server.address).close()
        return server

    assert len(asyncio.run(come_and_go()).sessions) == 1


def test_who_stays_is_known_to_have_been_reset() -> None:
    with Pop3Server() as server:
        client = connected(server)
        (session,) = server.sessions
    client.close()
    assert (session.end_reason, session.client_close) == ("stopped", "closed")


def test_a_client_that_was_accepted_is_not_lost_by_a_pause() -> None:
    with Pop3Server() as server:
        connected(server).quit()
        loop = server._service.loop
        assert loop

        def accept_and_pause() -> socket.socket:
            """As when a client comes in the same turn of the loop, and is accepted first."""
            client = socket.create_connection(server.address, timeout=SECONDS)
            server._service.instance._server.accept_waiting()
            server.pause()
            return client

        client = call(loop, accept_and_pause)
        assert client.recv(3) == b"+OK"
        client.close()


class Waiting:
    """Somebody who waits in a thread, and surely has begun to."""

    def __init__(self, server: Pop3Server, wait: Callable[[], Any]) -> None:
        began = threading.Event()
        condition = server._service.changes._condition
        wait_for = condition.wait_for

        def begin(find: Callable[[], Any], seconds: float | None = None) -> Any:
            began.set()
            return wait_for(find, seconds)

        condition.wait_for = begin  # type: ignore[method-assign, assignment]
        self._pool = ThreadPoolExecutor(1)
        self._future = self._pool.submit(wait)
        assert began.wait(SECONDS)
        with server._service.changes:  # which it lets go only when it sleeps
            condition.wait_for = wait_for  # type: ignore[method-assign]

    def result(self) -> Any:
        with self._pool:
            return self._future.result(SECONDS / 2)


WAITS: list[Callable[[Pop3Server], Any]] = [
    lambda server: server.wait_session(timeout=SECONDS),
    lambda server: server.wait(retrieved=1, timeout=SECONDS),
]


@pytest.mark.parametrize("wait", WAITS)
def test_a_stop_wakes_who_waits(wait: Callable[[Pop3Server], Any]) -> None:
    server = Pop3Server(["one"]).start()
    waiting = Waiting(server, lambda: wait(server))
    server.stop()
    with pytest.raises(WaitTimeout, match=r"^the server was stopped, .*; nobody has connected$"):
        waiting.result()


@pytest.mark.parametrize("wait", WAITS)
def test_after_a_reset_the_wait_is_for_what_comes_then(wait: Callable[[Pop3Server], Any]) -> None:
    with Pop3Server(["one"]) as server:
        waiting = Waiting(server, lambda: wait(server))
        server.reset()
        fetch(server)
        assert waiting.result() in (None, server.sessions[0])


def test_a_stop_wakes_who_waits_in_a_loop() -> None:
    async def wait(server: Pop3Server) -> None:
        async with asyncio.timeout(SECONDS / 2):
            waiting = asyncio.create_task(server.wait_session_async(timeout=SECONDS))
            await asyncio.sleep(0)
            await asyncio.to_thread(server.stop)
            with pytest.raises(WaitTimeout, match="the server was stopped"):
                await waiting

    with Pop3Server() as server:
        asyncio.run(wait(server))


def test_a_stop_ends_the_time_in_which_nobody_may_connect() -> None:
    with Pop3Server() as server:
        waiting = Waiting(server, lambda: server.assert_no_connections(for_=SECONDS))
        server.stop()
        waiting.result()
