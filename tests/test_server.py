"""A server in a loop of the test's."""

import asyncio
import socket
import threading
from contextlib import suppress

from pop3lab.auth.authenticator import Authenticator
from pop3lab.auth.credentials import Account, StoredPassword
from pop3lab.core.events import Event, SessionEnded
from pop3lab.core.hooks import Hooks
from pop3lab.core.maildrop import Maildrop, Store
from pop3lab.core.state import SessionState
from pop3lab.rules.engine import Rules
from pop3lab.server import Server
from pop3lab.stores.factory import AssignedStore
from pop3lab.stores.memory import MemoryStore
from pop3lab.transport.listener import ListeningSocket
from tests.dialogue import memory
from tests.wording import BYE, PASSWORD_NEXT, as_sent


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
            assert await reader.read() in (b"", as_sent(PASSWORD_NEXT))
        except ConnectionResetError:
            pass
        assert not serving.done()  # nor is the hash
        go.set()
        await serving
        assert hashing() == []
        writer.close()

    asyncio.run(asyncio.wait_for(run(), 10))


class Broken(Rules):
    """What no session can begin with."""

    def for_session(self, session: SessionState) -> Hooks:
        raise RuntimeError("a bug")


def test_a_session_that_can_not_begin_is_told_of_and_does_not_keep_the_server_from_its_end() -> (
    None
):
    async def run() -> list[object]:
        troubles: list[object] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, told: troubles.append(told["exception"]))
        listener = socket.create_server(("127.0.0.1", 0))
        address = listener.getsockname()
        server = Server(Authenticator({}), memory(), rules=Broken())
        serving = asyncio.create_task(server.serve(ListeningSocket(listener)))
        reader, writer = await asyncio.open_connection(*address)
        assert await reader.read() == b""
        writer.close()
        server.stop()
        await serving
        return troubles

    (trouble,) = asyncio.run(asyncio.wait_for(run(), 10))
    assert str(trouble) == "a bug"


class Ends:
    """Sees when a session ends."""

    wants_lines = False

    def __init__(self) -> None:
        self.seen = asyncio.Event()

    def emit(self, event: Event) -> None:
        if isinstance(event, SessionEnded):
            self.seen.set()


def test_a_second_stop_ends_the_grace_and_last_octets_get_there_all_the_same() -> None:
    message = b"0123456789abcdef\r\n" * 20_000

    async def run() -> None:
        loop = asyncio.get_running_loop()
        ends = Ends()
        listener = socket.create_server(("127.0.0.1", 0))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)  # so that octets wait
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(listener.getsockname())
        client.setblocking(False)
        server = Server(Authenticator({"ann": "secret"}), memory(message), sink=ends)
        serving = asyncio.create_task(server.serve(ListeningSocket(listener)))
        await loop.sock_sendall(client, b"USER ann\r\nPASS secret\r\nRETR 1\r\nQUIT\r\n")
        received = b""
        while not ends.seen.is_set():
            received += await loop.sock_recv(client, 4096)
        server.stop(60)
        await asyncio.sleep(0.01)
        server.stop()
        await asyncio.sleep(0.05)
        while octets := await loop.sock_recv(client, 1 << 20):
            received += octets
        client.close()
        assert received.endswith(as_sent(BYE))
        assert message in received
        await serving

    asyncio.run(asyncio.wait_for(run(), 10))


class Failing(MemoryStore):
    """A store whose maildrops fail when they are closed."""

    def open(self, user: str) -> Maildrop:
        maildrop = super().open(user)
        really_close = maildrop.close

        def close() -> None:
            really_close()
            raise OSError("the disk is gone")

        maildrop.close = close  # type: ignore[method-assign]
        return maildrop


def test_a_maildrop_that_can_not_be_closed_is_told_of_and_keeps_no_connection() -> None:
    async def run() -> list[object]:
        told: list[object] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: told.append(context["exception"]))
        listener = socket.create_server(("127.0.0.1", 0))
        address = listener.getsockname()
        server = Server(Authenticator({"ann": "secret"}), Failing())
        serving = asyncio.create_task(server.serve(ListeningSocket(listener)))
        for end in (b"QUIT\r\n", b"", b"NOOP\r\n"):
            reader, writer = await asyncio.open_connection(*address)
            writer.write(b"USER ann\r\nPASS secret\r\n" + end)
            with suppress(ConnectionResetError):  # in the place of an answer to QUIT
                for _ in range(4 if end else 3):
                    await reader.readline()
            if end == b"NOOP\r\n":
                linger = b"\1\0\0\0\0\0\0\0"  # closing is a reset
                writer.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, linger
                )
            writer.close()
        while server._service.connections:
            await asyncio.sleep(0.001)
        server.stop()
        await serving
        return told

    told = asyncio.run(asyncio.wait_for(run(), 10))
    assert [str(error) for error in told] == ["the disk is gone"] * 3


class Managed(MemoryStore):
    """A store that belongs to the process that serves."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []

    def start(self) -> None:
        self.calls.append("start")

    def open(self, user: str) -> Maildrop:
        self.calls.append("open")
        return super().open(user)

    def stop(self) -> None:
        in_the_loop = threading.current_thread() is threading.main_thread()
        self.calls.append("stop in the loop" if in_the_loop else "stop")


def test_a_store_is_started_before_the_first_login_and_stopped_after_the_last_session() -> None:
    own = Managed()
    for store in (own, AssignedStore(MemoryStore(), {"ann": own})):
        own.calls.clear()
        asyncio.run(asyncio.wait_for(served_once(store), 10))
        assert own.calls == ["start", "open", "stop"]


async def served_once(store: Store) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(Authenticator({"ann": "secret"}), store)
    serving = asyncio.create_task(server.serve(ListeningSocket(listener)))
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    writer.write(b"USER ann\r\nPASS secret\r\nQUIT\r\n")
    await reader.read()
    writer.close()
    server.stop()
    await serving
