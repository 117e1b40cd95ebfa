"""A server in its own thread, and a client in trio."""

import pytest
import trio

from pop3lab import Pop3Server


def test_trio():
    async def greeting(server):
        stream = await trio.open_tcp_stream(*server.address)
        async with stream:
            return await stream.receive_some()

    with Pop3Server() as server:  # not `async with`
        assert trio.run(greeting, server).startswith(b"+OK")


def test_async_with_is_for_asyncio():
    async def enter():
        async with Pop3Server():
            pass

    with pytest.raises(RuntimeError, match="as in trio, use `with`"):
        trio.run(enter)
