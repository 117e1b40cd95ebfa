"""A server where it can't be: in another process, in a loop that is not asyncio's."""

import pickle
import socket
import sys
from collections.abc import Callable, Coroutine
from types import SimpleNamespace
from typing import Any, TypeVar

import pytest

from pop3lab import Pop3Server

_T = TypeVar("_T")


def test_who_gives_it_to_another_process_is_told_what_to_give() -> None:
    with Pop3Server() as server, pytest.raises(TypeError, match=r"give others server.host and"):
        pickle.dumps(server)


def test_without_any_event_loop_a_wait_says_which_method_to_use() -> None:
    server = Pop3Server()

    async def wait() -> None:
        async with server:  # in its thread
            await server.wait_session_async(timeout=0)

    with pytest.raises(RuntimeError, match="neither asyncio nor trio runs: use the method"):
        wait().send(None)
    assert server.sessions == []


def finished(coroutine: Coroutine[Any, Any, _T]) -> _T:
    """Run a coroutine that needs no loop."""
    with pytest.raises(StopIteration) as ended:
        coroutine.send(None)
    result: _T = ended.value.value
    return result


async def in_a_thread(act: Callable[[], _T], *, abandon_on_cancel: bool) -> _T:
    """Do what trio does there; tests/beside has the real one."""
    assert abandon_on_cancel
    return act()


def test_under_trio_a_server_waits_in_threads_of_trio(monkeypatch: pytest.MonkeyPatch) -> None:
    trio = SimpleNamespace(to_thread=SimpleNamespace(run_sync=in_a_thread))
    monkeypatch.setitem(sys.modules, "trio", trio)

    async def client() -> str | None:
        async with Pop3Server() as server:
            with socket.create_connection(server.address) as connection:
                connection.sendall(b"QUIT\r\n")
                connection.makefile("rb").read()
            session = await server.wait_session_async()
            await server.reset_async()
            await server.assert_no_connections_async(for_=0)
            return session.end_reason

    assert finished(client()) == "quit"
