"""Accepting clients, and no longer."""

import _socket
import asyncio
import errno
import gc
import socket
import sys
from collections.abc import Callable

import pytest

from pop3lab.recording.replay_server import ReplayServer
from pop3lab.recording.script import read_scripts
from pop3lab.server import Server
from pop3lab.transport.listener import Acceptor, ListeningSocket
from pop3lab.transport.reactor import reactor_here
from tests.dialogue import ACCOUNTS, memory


async def close_after(turns: int) -> int:
    """The server closes so many turns of the loop after a client came; how many it has taken."""
    made: list[_socket.socket] = []
    listener = socket.create_server(("127.0.0.1", 0))
    address = listener.getsockname()
    acceptor = Acceptor(
        ListeningSocket(listener), lambda client, peer, tls: made.append(client), reactor_here()
    )
    with socket.create_connection(address, timeout=10):
        for _ in range(turns):
            await asyncio.sleep(0)
        acceptor.end()
        for _ in range(5):
            await asyncio.sleep(0)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address, timeout=10)
        for client in made:
            client.close()
        await asyncio.sleep(0)
    gc.collect()  # what was lost is told of now, as a warning
    return len(made)


def test_a_client_who_was_accepted_just_before_the_end_is_not_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as quiet:
        quiet.setattr(sys, "unraisablehook", lambda unraisable: None)
        gc.collect()  # what other tests have left
    assert [asyncio.run(close_after(turns)) for turns in range(6)] == [0, 0, 1, 1, 1, 1]


def server() -> Server:
    return Server(ACCOUNTS, memory())


def replaying() -> ReplayServer:
    return ReplayServer(read_scripts("1 0.0 S: +OK one\n"))


async def stopped_after(turns: int, serves: Server | ReplayServer) -> bool:
    """Stop so many turns of the loop after a client came; whether it was left behind."""
    listener = socket.create_server(("127.0.0.1", 0))
    with socket.create_connection(listener.getsockname(), timeout=10) as client:
        client.setblocking(False)
        serving = asyncio.create_task(serves.serve(ListeningSocket(listener)))
        for _ in range(turns):
            await asyncio.sleep(0)
        serves.stop()
        await serving
        for _ in range(10):
            await asyncio.sleep(0)
        try:
            while client.recv(1000):
                pass
        except ConnectionResetError:
            pass
        except BlockingIOError:
            return True
    return False


@pytest.mark.parametrize("made", [server, replaying])
def test_nobody_is_left_behind_by_a_stop(made: Callable[[], Server | ReplayServer]) -> None:
    for turns in range(12):
        assert not asyncio.run(stopped_after(turns, made())), turns


def test_no_try_is_left_behind_where_accepting_fails_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> list[bool]:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, told: None)
        listener = socket.create_server(("127.0.0.1", 0))
        acceptor = Acceptor(ListeningSocket(listener), lambda *client: None, reactor_here())
        call_later, timers = loop.call_later, list[asyncio.TimerHandle]()

        def noted(*words: object) -> asyncio.TimerHandle:
            timers.append(call_later(*words))  # type: ignore[arg-type]
            return timers[-1]

        def failing(listener: socket.socket) -> None:
            raise OSError(errno.EMFILE, "too many open files")

        with monkeypatch.context() as patch:
            patch.setattr(loop, "call_later", noted)
            patch.setattr(socket.socket, "_accept", failing)
            assert not acceptor.accept()
            assert not acceptor.accept()
            acceptor.end()
        return [timer.cancelled() for timer in timers]

    assert asyncio.run(run()) == [True, True]


def test_the_limit_of_descriptors_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    most = [4]

    def limit() -> int:
        asked.append(1)
        return most[0]

    async def run() -> None:
        monkeypatch.setattr("pop3lab.transport.listener._descriptors", limit)
        made: list[_socket.socket] = []
        listener = socket.create_server(("127.0.0.1", 0))
        acceptor = Acceptor(
            ListeningSocket(listener), lambda client, peer, tls: made.append(client), reactor_here()
        )
        clients = [socket.create_connection(listener.getsockname()) for _ in range(4)]
        while acceptor.accept():
            pass
        assert len(asked) == 4  # as there may be more by now
        most[0] = 1_000_000
        clients += [socket.create_connection(listener.getsockname()) for _ in range(4)]
        while acceptor.accept():
            pass
        assert len(asked) == 5
        assert len(made) == 8
        acceptor.end()
        for client in (*clients, *made):
            client.close()

    asyncio.run(run())
