"""A server in a loop of the test's."""

import asyncio
import socket
import threading

from pop3lab.auth.authenticator import Authenticator
from pop3lab.auth.credentials import Account, StoredPassword
from pop3lab.server import Server
from pop3lab.transport.listener import ListeningSocket
from tests.dialogue import memory


def hashing() -> list[str]:
    return [thread.name for thread in threading.enumerate() if "pop3lab-hash" in thread.name]


def test_at_its_end_no_thread_is_left() -> None:
    begun, go = threading.Event(), threading.Event()

    def matches(given: bytes) -> bool:
        begun.set()
        return go.wait(5)

    async def run() -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        address = listener.getsockname()
        server = Server(
            Authenticator({"ann": Account("ann", StoredPassword("SLOW", matches))}), memory()
        )
        serving = asyncio.create_task(server.serve(ListeningSocket(listener)))
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b"USER ann\r\nPASS secret\r\n")
        await reader.readline()
        while not begun.is_set():
            await asyncio.sleep(0.001)
        assert len(hashing()) == 1
        server.stop()
        try:
            assert await reader.read() in (b"", b"+OK now the password\r\n")
        except ConnectionResetError:
            pass
        assert not serving.done()  # nor is the hash
        go.set()
        await serving
        assert hashing() == []
        writer.close()

    asyncio.run(asyncio.wait_for(run(), 10))
