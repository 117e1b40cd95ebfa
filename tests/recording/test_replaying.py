"""A server that plays transcripts, on its port."""

import asyncio
import socket

from pop3lab.recording.replay_server import ReplayServer
from pop3lab.recording.script import read_scripts
from pop3lab.transport.listener import ListeningSocket

TEXT = "1 0.0 S: +OK one\n1 0.1 (close)\n2 0.0 S: +OK two\n2 0.1 (close)\n"
SECONDS = 20


def test_sessions_are_played_in_order_and_then_from_the_first_again() -> None:
    greetings = asyncio.run(asyncio.wait_for(greeted(5), SECONDS))
    assert greetings == [b"+OK one\r\n", b"+OK two\r\n"] * 2 + [b"+OK one\r\n"]


async def greeted(times: int) -> list[bytes]:
    listener = socket.create_server(("127.0.0.1", 0))
    replaying = ReplayServer(read_scripts(TEXT))
    serving = asyncio.create_task(replaying.serve(ListeningSocket(listener, False)))
    greetings = []
    for _ in range(times):
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        greetings.append(await reader.read())
        writer.close()
        await writer.wait_closed()
    replaying.stop()
    await serving
    assert replaying.sessions == times
    assert replaying.deviations == []
    return greetings
