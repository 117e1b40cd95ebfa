"""Accepting clients, and no longer."""

import asyncio
import gc
import socket
import sys
from asyncio import BaseTransport, Protocol, Transport
from typing import cast

import pytest

from pop3lab.run.accepting import Listening, accept


class Client(Protocol):
    """A client of the server, told of to whoever made it."""

    def __init__(self, made: "list[Transport]") -> None:
        self._made = made

    def connection_made(self, transport: BaseTransport) -> None:
        self._made.append(cast(Transport, transport))


async def close_after(turns: int) -> int:
    """The server closes so many turns of the loop after a client came; how many it has taken."""
    made: list[Transport] = []
    listener = socket.create_server(("127.0.0.1", 0))
    address = listener.getsockname()
    close = await accept(Listening(listener), lambda peer, tls: Client(made))
    with socket.create_connection(address, timeout=10):
        for _ in range(turns):
            await asyncio.sleep(0)
        close()
        for _ in range(5):
            await asyncio.sleep(0)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address, timeout=10)
        for transport in made:
            transport.abort()
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
