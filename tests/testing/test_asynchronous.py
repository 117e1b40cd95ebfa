"""A server in the event loop of the test itself."""

import asyncio
import threading
from collections.abc import Callable, Coroutine

import pytest

from pop3lab import Pop3Server, WaitTimeout
from tests.testing.clients import fetch
from tests.wording import BYE, as_sent

Test = Callable[[], Coroutine[None, None, None]]


def in_a_loop(test: Test) -> Callable[[], None]:
    """The test, and then: no task is left in its loop."""

    async def run() -> None:
        async with asyncio.timeout(3):  # less than a wait in vain takes
            await test()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    def plain() -> None:
        asyncio.run(run(), debug=True)

    plain.__name__ = test.__name__
    return plain


async def ask(server: Pop3Server, *lines: str) -> list[bytes]:
    """The first line of each answer."""
    context = server.client_context() if server.url.startswith("pop3s:") else None
    reader, writer = await asyncio.open_connection(*server.address, ssl=context)
    answers = [await reader.readline()]
    for line in lines:
        writer.write(f"{line}\r\n".encode())
        answers.append(await reader.readline())
    writer.close()
    await writer.wait_closed()
    return answers


@in_a_loop
async def test_it_runs_without_a_thread() -> None:
    threads = threading.active_count()
    async with Pop3Server(["one"]) as server:
        assert (await ask(server, "USER user", "PASS password", "QUIT"))[-1] == as_sent(BYE)
        assert (await server.wait_session_async()).end_reason == "quit"
        await server.wait_async(logins=1)
        assert threading.active_count() == threads


@in_a_loop
async def test_under_tls() -> None:
    async with Pop3Server(tls="implicit") as server:
        await ask(server, "QUIT")
        assert (await server.wait_session_async()).tls == "TLSv1.3"


@in_a_loop
async def test_to_block_the_loop_is_refused_at_once() -> None:
    async with Pop3Server() as server:
        for block in (server.wait_session, server.assert_no_connections):
            with pytest.raises(RuntimeError, match="ends in _async, and await it"):
                block()
        with pytest.raises(RuntimeError, match="ends in _async"):
            server.wait(sessions=1)
        with pytest.raises(RuntimeError, match="await reset_async"):
            server.reset()
        await asyncio.to_thread(server.assert_no_connections, 0.01)


@in_a_loop
async def test_waiting_in_vain() -> None:
    async with Pop3Server() as server:
        with pytest.raises(WaitTimeout, match="0 of 1 sessions closed; nobody has connected"):
            await server.wait_async(sessions=1, timeout=0.01)
        with pytest.raises(WaitTimeout, match="no further session"):
            await server.wait_session_async(timeout=0.01)
        await server.assert_no_connections_async(for_=0.01)
        waiting = asyncio.create_task(server.assert_no_connections_async(for_=10))
        await ask(server, "QUIT")
        with pytest.raises(AssertionError, match="session 1"):
            await waiting


@in_a_loop
async def test_refuse_pause_resume_and_reset() -> None:
    async with Pop3Server(["one"]) as server:
        server.refuse()
        with pytest.raises(ConnectionRefusedError):
            await ask(server)
        server.resume()
        assert len(await ask(server, "QUIT")) == 2
        server.pause()
        asking = asyncio.create_task(ask(server, "QUIT"))
        assert not (await asyncio.wait([asking], timeout=0.05))[0]
        server.resume()
        assert len(await asking) == 2
        await server.reset_async()
        assert server.sessions == []
        assert len(await ask(server, "QUIT")) == 2


@in_a_loop
async def test_expecting_what_has_been() -> None:
    async with Pop3Server() as server:
        await ask(server, "NOOP", "QUIT")
        server.expect(["NOOP", "QUIT"])
        with pytest.raises(AssertionError, match="expected STAT"):
            server.expect(["STAT"])


@in_a_loop
async def test_stop_within() -> None:
    async with Pop3Server() as server:
        reader, writer = await asyncio.open_connection(*server.address)
        await reader.readline()
        server.stop()
        server.stop()
        with pytest.raises(ConnectionRefusedError):
            await ask(server)
        with pytest.raises(ConnectionResetError):
            await reader.readline()
        writer.close()
    await server.stop_async()
    assert server.sessions[0].end_reason == "stopped"


@in_a_loop
async def test_a_server_in_its_thread_serves_a_loop_too() -> None:
    with Pop3Server(["one"]) as server:
        await ask(server, "QUIT")
        assert (await server.wait_session_async()).end_reason == "quit"
        await server.reset_async()
        assert server.sessions == []


@in_a_loop
async def test_clients_in_other_threads() -> None:
    async with Pop3Server(["one"]) as server:
        assert await asyncio.to_thread(fetch, server) == [b"one\r\n"]
        await asyncio.to_thread(server.wait, sessions=1)
        await asyncio.to_thread(server.refuse)
        with pytest.raises(ConnectionRefusedError):
            await ask(server)


def test_a_server_whose_loop_is_over_can_be_stopped() -> None:
    async def begin() -> Pop3Server:
        return await Pop3Server().__aenter__()

    with asyncio.Runner() as runner:
        server = runner.run(begin())
        server._service.instance._serving.cancel()  # type: ignore[union-attr]
    server.stop()
    with pytest.raises(RuntimeError, match="the server is stopped"):
        server.refuse()
