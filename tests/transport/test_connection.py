"""The runner on real sockets: what is sent when, and how connections end."""

import _socket
import asyncio
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

import pytest

from pop3lab.auth.authenticator import Authenticator
from pop3lab.auth.credentials import Account, StoredPassword
from pop3lab.core.actions import Action, Part, Pause, Reset, Send
from pop3lab.core.config import Limits
from pop3lab.core.errors import NotWanted, StoreFailed
from pop3lab.core.events import ActionPerformed, Event, LineReceived, SessionEnded
from pop3lab.core.hooks import NO_HOOKS, Hooks
from pop3lab.core.maildrop import Maildrop, Users, check_wanted
from pop3lab.core.request import Request
from pop3lab.core.session import Session
from pop3lab.stores.memory import MemoryStore
from pop3lab.transport.connection import Connection
from pop3lab.transport.dispatching import run as run_loop
from pop3lab.transport.offload import LAST_LOGIN
from pop3lab.transport.reactor import Reactor
from pop3lab.transport.stream import READ
from pop3lab.transport.threads import Threads
from pop3lab.transport.tls import Tls
from tests.dialogue import ACCOUNTS, ONE, TWO, memory, session
from tests.transport.serving import serving
from tests.wording import (
    BYE,
    DELETED_ONE,
    NOTHING_DONE,
    OPEN_ONE,
    OPEN_TWO,
    PASSWORD_NEXT,
    UNKNOWN,
    as_sent,
)

LARGE = b"0123456789abcdef\r\n" * 200_000  # 3.6 MB, more than the kernel takes between two sockets
LOGIN = b"USER ann\r\nPASS secret\r\n"


class Running:
    """A listener in this loop; how its sessions ended, and the pieces they were asked to write."""

    def __init__(
        self,
        store: MemoryStore,
        hooks: Callable[[], Hooks] | None,
        idle: float,
        users: Users = ACCOUNTS,
    ) -> None:
        self.users = users
        self.store = store
        self.hooks = hooks
        self.idle = idle
        self.tls: Tls | None = None
        self.ended: list[SessionEnded] = []
        self.clients: list[Client] = []
        self.connections: list[Connection] = []
        self.threads = Threads()
        self.port = 0
        self.closed = 0
        self.wants_lines = False
        self.told: Callable[[Event], None] = lambda event: None

    def emit(self, event: Event) -> None:
        self.told(event)
        if isinstance(event, SessionEnded):
            self.ended.append(event)

    def all_events(self) -> list[Event]:
        """The events of sessions that begin now, as they come."""
        events: list[Event] = []
        self.wants_lines, self.told = True, events.append
        return events

    def certificate(self, name: str) -> Tls:
        assert self.tls
        return self.tls

    def serve(self, client: _socket.socket, reactor: Reactor) -> None:
        Connection(
            client, reactor, self.session, self.gone, tls=self.certificate, threads=self.threads
        ).begin()

    def session(self, connection: Connection, peer: str) -> Session:
        self.connections.append(connection)
        hooks = self.hooks() if self.hooks else NO_HOOKS
        return session(
            self.store,
            hooks=hooks,
            sink=self,
            limits=Limits(busy=0.3, idle=self.idle),
            users=self.users,
        )

    async def client(self) -> "Client":
        """A new one, connected."""
        self.clients.append(Client())
        await self.clients[-1].connect(self.port)
        return self.clients[-1]

    def gone(self, connection: Connection) -> None:
        self.closed += 1


@asynccontextmanager
async def running(
    store: MemoryStore | None = None,
    hooks: Callable[[], Hooks] | None = None,
    idle: float = 60.0,
    users: Users = ACCOUNTS,
    kernel: int = 0,
) -> AsyncIterator[Running]:
    ran = Running(store or memory(ONE, TWO), hooks, idle, users)
    with serving(ran.serve, kernel) as ran.port:
        yield ran
        for client in ran.clients:
            client.close()
        for connection in ran.connections:
            connection.stop()
    await until(lambda: ran.closed == len(ran.connections))
    await ran.threads.close()


async def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    """The condition holds, or it is an error."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        await asyncio.sleep(0.002)


class Noted:
    """A socket, of which it is noted what it is given in each write."""

    def __init__(self, connection: _socket.socket, writes: list[bytes]) -> None:
        self.connection = connection
        self.writes = writes

    def send(self, data: bytes) -> int:
        self.writes.append(bytes(data))
        return self.connection.send(data)

    def sendmsg(self, pieces: list[bytes]) -> int:
        self.writes.append(b"".join(pieces))
        return self.connection.sendmsg(pieces)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)


class Client:
    """A raw socket, so that the test decides when is read."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        self.socket.setblocking(False)
        self.rest = b""

    async def connect(self, port: int) -> None:
        await asyncio.wait_for(self.loop.sock_connect(self.socket, ("127.0.0.1", port)), 5)

    async def send(self, octets: bytes) -> None:
        await asyncio.wait_for(self.loop.sock_sendall(self.socket, octets), 5)

    async def some(self) -> bytes:
        return await asyncio.wait_for(self.loop.sock_recv(self.socket, 1 << 20), 5)

    async def until(self, end: bytes) -> bytes:
        """What comes up to and with this end."""
        told = bytearray(self.rest)
        seen = 0
        while (at := told.find(end, seen)) < 0:
            seen = max(0, len(told) - len(end))
            octets = await self.some()
            assert octets, f"closed after {told[-100:]!r}"
            told += octets
        self.rest = bytes(told[at + len(end) :])
        return bytes(told[: at + len(end)])

    async def all(self) -> bytes:
        """What comes until the server closes."""
        told, self.rest = self.rest, b""
        while octets := await self.some():
            told += octets
        return told

    async def ask(self, line: bytes) -> bytes:
        await self.send(line + b"\r\n")
        return await self.until(b"\r\n")

    async def log_in(self) -> None:
        await self.until(b"\r\n")
        await self.send(LOGIN)
        assert b"+OK now" in await self.until(b"\r\n")
        assert b"+OK maildrop" in await self.until(b"\r\n")

    def close(self) -> None:
        self.socket.close()

    def reset(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


def in_loop(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run the test in a loop of its own, in which no exception may go unnoticed."""

    async def watched(*args: Any, **kwargs: Any) -> None:
        troubles: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, told: troubles.append(told))
        await test(*args, **kwargs)
        assert not troubles

    def run(*args: Any, **kwargs: Any) -> None:
        run_loop(watched(*args, **kwargs))

    run.__name__ = test.__name__
    return run


@in_loop
async def test_p001_p003_p140_a_session_from_greeting_to_fin() -> None:
    async with running() as ran:
        client = await ran.client()
        assert (await client.until(b"\r\n")).startswith(b"+OK ")
        assert await client.ask(b"USER ann") == as_sent(PASSWORD_NEXT)
        assert await client.ask(b"PASS secret") == as_sent(OPEN_TWO)
        assert await client.ask(b"QUIT") == as_sent(BYE)
        assert await client.some() == b""
        client.close()
        await until(lambda: ran.closed == 1)
        assert [event.end_reason for event in ran.ended] == ["quit"]


@in_loop
async def test_p152_the_maildrop_is_free_before_the_client_closes() -> None:
    async with running() as ran:
        first, second = await ran.client(), await ran.client()
        await first.log_in()
        await first.ask(b"QUIT")
        await second.log_in()


@in_loop
async def test_p174_pipelined_lines_are_answered_in_one_write() -> None:
    async with running() as ran:
        client = await ran.client()
        await client.log_in()
        written: list[bytes] = []
        stream = ran.connections[0]._stream
        stream.socket = cast(socket.socket, Noted(stream.socket, written))
        await client.send(b"NOOP\r\nSTAT\r\nRETR 1\r\nXX\r\nLIST\r\nNOOP\r\n")
        await client.until(b"2 33\r\n.\r\n" + as_sent(NOTHING_DONE))
        assert len(written) == 1


@in_loop
async def test_p141_what_comes_after_quit_is_dropped_and_does_not_reset() -> None:
    async with running() as ran:
        client = await ran.client()
        await client.log_in()
        await client.send(b"QUIT\r\nSTAT\r\n")
        assert await client.until(b"\r\n") == as_sent(BYE)
        await client.send(b"DELE 1\r\n" * 1000)
        assert await client.some() == b""
        client.close()


@in_loop
async def test_octets_that_are_on_their_way_at_the_end_get_there_whatever_else_comes() -> None:
    async with running(memory(LARGE)) as ran:
        client = await ran.client()
        await client.log_in()
        await client.send(b"RETR 1\r\nQUIT\r\n")
        await asyncio.sleep(0.05)
        await client.send(b"STAT\r\n" * 1000)
        assert (await client.all()).endswith(LARGE + b".\r\n" + as_sent(BYE))
        assert ran.closed == 0
        await until(lambda: ran.closed == 1, seconds=4)
        assert ran.ended[0].end_reason == "quit"


@in_loop
async def test_p026_commands_before_the_clients_fin_are_answered() -> None:
    async with running() as ran:
        client = await ran.client()
        await client.log_in()
        await client.send(b"STAT\r\nRETR 1\r\nNOO")
        client.socket.shutdown(socket.SHUT_WR)
        told = await client.all()
        assert told.startswith(b"+OK 2 56\r\n")
        assert told.endswith(b"hello\r\n.\r\n")
        await until(lambda: ran.closed == 1)
        assert ran.ended[0].end_reason == "closed"


@in_loop
async def test_p026_so_is_a_long_answer_that_the_client_reads_late() -> None:
    async with running(memory(LARGE)) as ran:
        client = await ran.client()
        await client.log_in()
        await client.send(b"RETR 1\r\nSTAT\r\n")
        client.socket.shutdown(socket.SHUT_WR)
        await asyncio.sleep(0.05)
        told = await client.all()
        assert told.endswith(LARGE + b".\r\n+OK 1 3600000\r\n")


class Streaming(MemoryStore):
    """Messages of so many chunks of 64 KiB, whatever was added; it counts what was pulled."""

    def __init__(self, chunks: int, *, fails: bool = False) -> None:
        super().__init__()
        self.chunks = chunks
        self.fails = fails
        self.pulled = 0

    def open(self, user: str) -> Maildrop:
        maildrop = super().open(user)
        maildrop.read = self.read  # type: ignore[method-assign]
        return maildrop

    def read(self, uid: str) -> Iterator[bytes]:
        for _ in range(self.chunks):
            self.pulled += 1
            yield b"x" * 65_534 + b"\r\n"
        if self.fails:
            raise StoreFailed("the message has changed")


@in_loop
async def test_p176_p261_a_client_that_does_not_read_holds_the_store_and_nobody_else() -> None:
    store = Streaming(1000)
    store.add("ann", b"")
    store.add("mrose", b"")
    async with running(store) as ran:
        slow = await ran.client()
        await slow.log_in()
        await slow.send(b"RETR 1\r\n" + 5000 * b"NOOP\r\n")
        await asyncio.sleep(0.1)
        stuck = store.pulled
        await asyncio.sleep(0.1)
        assert store.pulled == stuck < 200
        assert 0 < ran.connections[0]._stream.waiting < 1_000_000
        assert not ran.connections[0]._stream.is_reading
        other = await ran.client()
        await other.until(b"\r\n")
        assert await other.ask(b"XX") == as_sent(UNKNOWN)
        told = len(await slow.until(b"\r\n.\r\n"))
        assert told > 1000 * 65_536
        for _ in range(5000):
            assert await slow.until(b"\r\n") == as_sent(NOTHING_DONE)
        assert await slow.ask(b"STAT") == b"+OK 1 0\r\n"


@in_loop
async def test_p142_p153_p259_a_client_that_vanishes() -> None:
    async with running(memory(LARGE)) as ran:
        for vanish in (Client.close, Client.reset):
            client = await ran.client()
            await client.log_in()
            await client.send(b"DELE 1\r\nRSET\r\nRETR 1\r\n")
            await client.until(b"octets\r\n")
            vanish(client)
        await until(lambda: ran.closed == 2)
        assert [event.end_reason for event in ran.ended] == ["reset", "reset"]
        client = await ran.client()
        await client.log_in()
        assert await client.ask(b"STAT") == b"+OK 1 3600000\r\n"


@in_loop
async def test_a_client_that_closes_without_quit() -> None:
    async with running() as ran:
        client = await ran.client()
        await client.log_in()
        await client.ask(b"DELE 1")
        client.close()
        await until(lambda: ran.closed == 1)
        assert ran.ended[0].end_reason == "closed"
        client = await ran.client()
        await client.log_in()
        assert await client.ask(b"STAT") == b"+OK 2 56\r\n"


@in_loop
async def test_p007_p008_p009_the_timer_closes_silently_and_commands_restart_it() -> None:
    async with running(idle=0.6) as ran:
        client = await ran.client()
        await client.log_in()
        await client.ask(b"DELE 1")
        for _ in range(3):
            await asyncio.sleep(0.3)
            await client.ask(b"NOOP")
        assert await client.all() == b""
        await until(lambda: ran.ended != [])
        assert ran.ended[0].end_reason == "timeout"
        client = await ran.client()
        await client.log_in()
        assert await client.ask(b"STAT") == b"+OK 2 56\r\n"


@in_loop
async def test_octets_that_make_no_line_do_not_restart_the_timer() -> None:
    async with running(idle=0.3) as ran:
        client = await ran.client()
        await client.until(b"\r\n")
        for _ in range(100):  # five seconds
            if ran.ended:
                break
            with suppress(ConnectionError):
                await client.send(b"x")
            await asyncio.sleep(0.05)
        assert [session.end_reason for session in ran.ended] == ["timeout"]


@in_loop
async def test_the_timer_resets_a_client_that_does_not_read() -> None:
    async with running(memory(LARGE * 10), idle=0.3) as ran:
        client = await ran.client()
        await client.log_in()
        await client.send(b"RETR 1\r\n")
        await until(lambda: ran.closed == 1, seconds=2)
        assert ran.ended[0].end_reason == "timeout"
        with pytest.raises(ConnectionResetError):
            await client.all()


class Acts(Hooks):
    """Answers NOOP with an action between two pieces."""

    def __init__(self, action: Action) -> None:
        self.action = action

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        if request.verb != "NOOP":
            yield from actions
            return
        yield Send(b"+OK one\r\n", Part.HEAD)
        yield self.action
        yield Send(b"two\r\n", Part.BODY)


@in_loop
async def test_a_reset_is_a_reset() -> None:
    async with running(hooks=lambda: Acts(Reset())) as ran:
        client = await ran.client()
        await client.log_in()
        await client.send(b"NOOP\r\n")
        with pytest.raises(ConnectionResetError):
            await client.all()
        await until(lambda: ran.closed == 1)


@in_loop
async def test_a_pause_holds_this_session_and_no_other() -> None:
    async with running(memory(ONE), hooks=lambda: Acts(Pause(0.5))) as ran:
        events = ran.all_events()
        client, other = await ran.client(), await ran.client()
        await client.log_in()
        await other.until(b"\r\n")
        await client.send(b"NOOP\r\nSTAT\r\n")
        assert await client.until(b"one\r\n") == b"+OK one\r\n"
        assert await other.ask(b"XX") == as_sent(UNKNOWN)
        assert ActionPerformed(7, Pause(0.5)) in events
        assert ActionPerformed(7, Send(b"two\r\n", Part.BODY)) not in events
        assert await client.until(b"two\r\n") == b"two\r\n"
        assert await client.until(b"\r\n") == b"+OK 1 23\r\n"


class Waiting(MemoryStore):
    """A store that waits, and tells in which threads it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.open_waits = True
        self.threads: dict[str, threading.Thread] = {}
        self.go = threading.Event()

    def open(self, user: str) -> Maildrop:
        self.threads["open"] = threading.current_thread()
        return _WaitingMaildrop(super().open(user), self)


class _WaitingMaildrop:
    read_waits = True

    def __init__(self, maildrop: Maildrop, store: Waiting) -> None:
        self.maildrop = maildrop
        self.store = store
        self.snapshot = maildrop.snapshot
        self.close = maildrop.close

    def delete_waits(self, uids: Collection[str]) -> bool:
        return bool(uids)

    def read(self, uid: str) -> Iterator[bytes]:
        self.store.threads["read"] = threading.current_thread()
        return self._chunks(uid)

    def _chunks(self, uid: str) -> Iterator[bytes]:
        yield b"first\r\n"
        self.store.go.wait(5)
        self.store.threads["chunk"] = threading.current_thread()
        yield from self.maildrop.read(uid)

    def delete(self, uids: Collection[str]) -> None:
        self.store.threads["delete"] = threading.current_thread()
        self.maildrop.delete(uids)


@in_loop
async def test_a_store_that_waits_is_pulled_in_a_worker_thread() -> None:
    store = Waiting()
    store.add("ann", ONE)
    async with running(store) as ran:
        client, other = await ran.client(), await ran.client()
        await client.log_in()
        await client.send(b"RETR 1\r\nDELE 1\r\nQUIT\r\n")
        assert await client.until(b"first\r\n") == b"+OK 23 octets\r\nfirst\r\n"
        await other.until(b"\r\n")
        assert await other.ask(b"XX") == as_sent(UNKNOWN)
        store.go.set()
        assert (await client.all()).endswith(b"hello\r\n.\r\n" + as_sent(DELETED_ONE, BYE))
    main = threading.main_thread()
    assert store.threads.keys() == {"open", "read", "chunk", "delete"}
    assert all(thread is not main for thread in store.threads.values())


@in_loop
async def test_a_client_that_vanishes_while_its_store_waits_releases_the_maildrop_after() -> None:
    store = Waiting()
    store.add("ann", ONE)
    async with running(store) as ran:
        client = await ran.client()
        await client.log_in()
        await client.send(b"RETR 1\r\n")
        await client.until(b"first\r\n")
        ran.connections[0].stop()
        await until(lambda: ran.closed == 1)
        assert ran.ended == []
        store.go.set()
        await until(lambda: ran.ended != [])
        assert ran.ended[0].end_reason == "stopped"
        other = await ran.client()
        await other.log_in()


class SlowToOpen(MemoryStore):
    """Takes its time to open, as long as that is wanted."""

    def __init__(self) -> None:
        super().__init__()
        self.open_waits = True
        self.begun = threading.Event()
        self.go = threading.Event()
        self.given_up = 0
        self.add("ann", ONE)

    def open(self, user: str) -> Maildrop:
        self.begun.set()
        maildrop = super().open(user)  # which locks it
        try:
            while not self.go.wait(0.001):
                check_wanted()
        except NotWanted:
            self.given_up += 1
            maildrop.close()
            raise
        return maildrop

    async def is_opening(self) -> None:
        await until(self.begun.is_set)
        self.begun.clear()


@in_loop
async def test_a_login_whose_client_is_gone_is_given_up_and_the_maildrop_is_free() -> None:
    store = SlowToOpen()
    async with running(store) as ran:
        for leave in (Client.reset, lambda client: ran.connections[-1].stop()):
            client = await ran.client()
            await client.until(b"\r\n")
            await client.send(LOGIN)
            await store.is_opening()
            leave(client)
            await until(lambda: len(ran.ended) == len(ran.connections))
        assert store.given_up == 2
        store.go.set()
        await (await ran.client()).log_in()


async def closed_while_opening(ran: Running, store: SlowToOpen, more: bytes = b"") -> Client:
    """A client that has closed its side, which is known, while its maildrop is opened."""
    client = await ran.client()
    await client.until(b"\r\n")
    await client.send(LOGIN)
    await store.is_opening()
    await client.send(more)
    client.socket.shutdown(socket.SHUT_WR)
    await until(lambda: ran.connections[-1]._runner.eof)
    return client


@in_loop
async def test_a_login_that_takes_long_is_given_up_when_the_client_has_closed_its_side() -> None:
    store = SlowToOpen()
    async with running(store) as ran:
        client = await closed_while_opening(ran, store)
        assert b"-ERR the login was given up" in await client.all()
        assert store.given_up == 1


@in_loop
async def test_a_login_that_does_not_take_long_is_answered_all_the_same() -> None:
    store = SlowToOpen()
    async with running(store) as ran:
        client = await closed_while_opening(ran, store)
        store.go.set()
        assert as_sent(OPEN_ONE) in await client.all()


@in_loop
async def test_who_has_asked_for_more_behind_a_login_is_worked_for() -> None:
    store = SlowToOpen()
    async with running(store) as ran:
        client = await closed_while_opening(ran, store, b"STAT\r\nQUIT\r\n")
        await asyncio.sleep(1.2 * LAST_LOGIN)
        assert store.given_up == 0
        store.go.set()
        assert (await client.all()).endswith(b"octets)\r\n+OK 1 23\r\n" + as_sent(BYE))


@in_loop
async def test_p150_a_second_session_waits_its_turn_then_is_refused() -> None:
    async with running() as ran:
        first, second = await ran.client(), await ran.client()
        await first.log_in()
        await second.until(b"\r\n")
        await second.ask(b"USER ann")
        assert (await second.ask(b"PASS secret")).startswith(b"-ERR [IN-USE] ")
        assert await first.ask(b"NOOP") == as_sent(NOTHING_DONE)
        await second.send(LOGIN)
        await second.until(b"\r\n")
        await asyncio.sleep(0.05)
        await first.ask(b"QUIT")
        assert (await second.until(b"\r\n")).startswith(b"+OK maildrop")


@in_loop
async def test_stop_resets_what_is_open() -> None:
    async with running() as ran:
        client = await ran.client()
        await client.log_in()
        await client.ask(b"DELE 1")
        ran.connections[0].stop()
        with pytest.raises(ConnectionResetError):
            await client.all()
        assert ran.ended[0].end_reason == "stopped"
        client = await ran.client()
        await client.log_in()
        assert await client.ask(b"STAT") == b"+OK 2 56\r\n"


@pytest.mark.parametrize("verb", ["(greeting)", "NOOP"])
def test_an_error_of_ours_resets_the_connection_and_is_not_hidden(verb: str) -> None:
    class Buggy(Hooks):
        replies = frozenset({verb})
        sends = ()

        def reply(self, request: Request, reply: Any) -> Any:
            return None

    async def run() -> list[BaseException]:
        troubles: list[BaseException] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, told: troubles.append(told["exception"]))
        async with running(hooks=Buggy) as ran:

            async def talk() -> None:
                client = await ran.client()
                await client.log_in()
                await client.send(b"NOOP\r\n")
                await client.all()

            with pytest.raises(ConnectionResetError):
                await talk()
            await until(lambda: ran.closed == 1)
            assert ran.ended[0].end_reason == "failed"
        return troubles

    (trouble,) = asyncio.run(run())
    assert isinstance(trouble, AttributeError)


@in_loop
async def test_p006_p260_many_sessions_at_once() -> None:
    async with running() as ran:
        clients = [await ran.client() for _ in range(200)]
        for client in clients:
            assert (await client.until(b"\r\n")).startswith(b"+OK")
        for client in clients:
            assert await client.ask(b"QUIT") == as_sent(BYE)
            client.close()
        await until(lambda: ran.closed == 200)


@in_loop
async def test_p259_a_client_that_closes_in_mid_answer_costs_the_others_nothing() -> None:
    store = Streaming(10_000)
    store.add("ann", b"")
    async with running(store) as ran:
        client = await ran.client()
        await client.log_in()
        await client.send(b"RETR 1\r\n" * 3)
        await client.until(b"octets\r\n")
        client.close()
        await until(lambda: ran.closed == 1)
        assert store.pulled < 300


@in_loop
async def test_a_client_that_pipelines_and_never_reads_is_read_no_further() -> None:
    async with running(memory(LARGE)) as ran:
        client = await ran.client()
        await client.log_in()
        await client.send(b"RETR 1\r\n" * 3)
        await asyncio.sleep(0.05)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.send(b"NOOP\r\n" * 3_000_000), 1)
        assert ran.connections[0]._stream.waiting < 4_000_000


@in_loop
async def test_a_slow_reader_is_not_idle() -> None:
    async with running(memory(LARGE), idle=0.4) as ran:
        client = await ran.client()
        await client.log_in()
        await client.send(b"RETR 1\r\nSTAT\r\n")
        told = b""
        while not told.endswith(b"+OK 1 3600000\r\n"):
            told += await asyncio.wait_for(client.loop.sock_recv(client.socket, 200_000), 5)
            await asyncio.sleep(0.05)
        assert LARGE in told


@in_loop
async def test_a_slow_reader_is_not_idle_although_nothing_is_left_to_be_written() -> None:
    async with running(memory(LARGE), idle=0.2, kernel=32_768) as ran:
        client = await ran.client()
        await client.log_in()
        await client.send(b"RETR 1\r\n")
        told = b""
        while not told.endswith(b"\r\n.\r\n"):
            told += await client.some()
            await asyncio.sleep(0.01)
        assert LARGE in told


@in_loop
async def test_after_quit_a_slow_reader_gets_everything() -> None:
    async with running(memory(LARGE * 2)) as ran:
        client = await ran.client()
        await client.log_in()
        await client.send(b"RETR 1\r\nQUIT\r\n")
        told = b""
        while octets := await asyncio.wait_for(client.loop.sock_recv(client.socket, 150_000), 5):
            told += octets
            await asyncio.sleep(0.05)
        assert told.endswith(b".\r\n" + as_sent(BYE))


@in_loop
async def test_a_half_closed_client_that_never_reads_is_dropped() -> None:
    async with running(memory(LARGE * 2), idle=0.3) as ran:
        client = await ran.client()
        await client.log_in()
        await client.send(b"RETR 1\r\n")
        client.socket.shutdown(socket.SHUT_WR)
        await until(lambda: ran.closed == 1, seconds=6)


@in_loop
async def test_the_timer_waits_for_a_store_that_waits() -> None:
    store = Waiting()
    store.add("ann", ONE)
    async with running(store, idle=0.2) as ran:
        client = await ran.client()
        await client.log_in()
        await client.send(b"RETR 1\r\n")
        await client.until(b"first\r\n")
        await asyncio.sleep(0.5)
        store.go.set()
        assert (await client.until(b".\r\n")).endswith(b"hello\r\n.\r\n")


@in_loop
async def test_a_body_that_fails_while_the_client_reads_slowly_is_reset_without_a_traceback() -> (
    None
):
    store = Streaming(200, fails=True)
    store.add("ann", b"")
    async with running(store) as ran:
        client = await ran.client()
        await client.log_in()
        await client.send(b"RETR 1\r\n")
        await asyncio.sleep(0.1)
        with pytest.raises(ConnectionResetError):
            await client.all()
        await until(lambda: ran.closed == 1)


@in_loop
async def test_a_session_that_is_stopped_in_a_pause_is_told_at_once() -> None:
    async with running() as ran:
        first, second = await ran.client(), await ran.client()
        await first.log_in()
        await second.until(b"\r\n")
        await second.send(LOGIN)
        await second.until(b"\r\n")
        await asyncio.sleep(0.05)
        ran.connections[1].stop()
        assert [event.end_reason for event in ran.ended] == ["stopped"]
        assert dict(ran.ended[0].verbs.items()) == {"USER": 1, "PASS": 1}


@in_loop
async def test_p006_a_client_that_pipelines_leaves_turns_to_others() -> None:
    turns = [0]
    seen: list[int] = []  # the turn of the loop in which each line came

    def turn() -> None:
        turns[0] += 1
        asyncio.get_running_loop().call_soon(turn)

    async with running() as ran:
        ran.wants_lines = True
        ran.told = lambda event: seen.append(turns[0]) if isinstance(event, LineReceived) else None
        client = await ran.client()
        await client.log_in()
        turn()
        sending = asyncio.ensure_future(client.send(b"NOOP\r\n" * 30_000 + b"QUIT\r\n"))
        await client.all()
        await sending
        assert len(seen) == 30_003
        assert max(Counter(seen).values()) <= READ // len(b"NOOP\r\n") + 1


class Slow:
    """Accounts whose hash lasts until it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.compared: list[bytes] = []
        self.threads: set[threading.Thread] = set()
        stored = StoredPassword("SLOW", self.matches)
        self.accounts = Authenticator({"ann": Account("ann", stored), "bob": "word"})

    def matches(self, given: bytes) -> bool:
        self.threads.add(threading.current_thread())
        self.compared.append(given)
        self.go.wait(5)
        return given == b"secret"


async def asks(ran: Running, password: bytes, behind: bytes = b"") -> Client:
    """A client that has sent its password, when the server has seen it."""
    client = await ran.client()
    await client.until(b"\r\n")
    assert await client.ask(b"USER ann") == as_sent(PASSWORD_NEXT)
    await client.send(b"PASS " + password + b"\r\n" + behind)
    return client


@in_loop
async def test_an_error_in_a_thread_is_told_of_where_the_client_has_gone_meanwhile() -> None:
    class Fails(SlowToOpen):
        def open(self, user: str) -> Maildrop:
            self.begun.set()
            self.go.wait(5)
            raise ValueError("a bug")

    errors: list[object] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda loop, context: errors.append(context.get("exception"))
    )
    store = Fails()
    async with running(store) as ran:
        client = await asks(ran, b"secret")
        await store.is_opening()
        client.reset()
        await until(lambda: ran.closed == 1)
        store.go.set()
        await until(lambda: bool(errors))
    assert [repr(error) for error in errors] == ["ValueError('a bug')"]


@in_loop
async def test_a_slow_hash_is_compared_in_a_thread_of_its_own_and_holds_nobody_else_up() -> None:
    slow = Slow()
    async with running(users=slow.accounts) as ran:
        client = await asks(ran, b"secret", b"STAT\r\n")
        await until(lambda: slow.compared == [b"secret"])
        other = await ran.client()
        await other.until(b"\r\n")
        for line in (b"USER bob", b"PASS word", b"STAT", b"QUIT"):
            assert (await other.ask(line)).startswith(b"+OK")
        slow.go.set()
        assert (await client.until(b"56\r\n")).endswith(b"+OK 2 56\r\n")
    assert [thread.name[:12] for thread in slow.threads] == ["pop3lab-hash"]


@pytest.mark.parametrize("how", ["reset", "closed"])
def test_who_leaves_while_it_waits_for_its_hash_is_forgotten(how: str) -> None:
    @in_loop
    async def run() -> None:
        slow = Slow()
        async with running(users=slow.accounts) as ran:
            ran.threads = Threads(1)
            first = await asks(ran, b"secret")
            await until(lambda: slow.compared == [b"secret"])
            second = await asks(ran, b"wrong")
            await until(lambda: ran.threads.waiting == 1)
            if how == "reset":
                second.reset()
            else:
                second.close()
            await until(lambda: ran.threads.waiting == 0)
            await until(lambda: ran.closed == 1)
            slow.go.set()
            assert (await first.until(b"\r\n")).startswith(b"+OK")
            assert slow.compared == [b"secret"]
            await ran.threads.close()

    run()


@in_loop
async def test_who_half_closes_while_it_waits_for_its_hash_is_put_off_with_a_word() -> None:
    slow = Slow()
    async with running(users=slow.accounts) as ran:
        ran.threads = Threads(1)
        await asks(ran, b"secret")
        await until(lambda: slow.compared == [b"secret"])
        second = await asks(ran, b"wrong", b"QUIT\r\n")
        second.socket.shutdown(socket.SHUT_WR)
        assert (await second.all()).startswith(b"-ERR [SYS/TEMP] ")
        slow.go.set()
        await ran.threads.close()
    assert slow.compared == [b"secret"]


@in_loop
async def test_who_leaves_while_its_hash_is_computed_is_gone_at_once() -> None:
    slow = Slow()
    async with running(users=slow.accounts) as ran:
        client = await asks(ran, b"secret")
        await until(lambda: slow.compared == [b"secret"])
        client.reset()
        await until(lambda: len(ran.ended) == 1)
        assert ran.ended[0].end_reason == "reset"
        slow.go.set()


@in_loop
async def test_lines_behind_a_password_wait_and_are_obeyed_in_order() -> None:
    slow = Slow()
    async with running(users=slow.accounts) as ran:
        client = await asks(ran, b"secret")
        await until(lambda: slow.compared == [b"secret"])
        await client.send(b"LIST 1\r\nQUIT\r\n")
        client.socket.shutdown(socket.SHUT_WR)
        slow.go.set()
        lines = (await client.all()).split(b"\r\n")
        assert [line[:5] for line in lines] == [b"+OK m", b"+OK 1", b"+OK b", b""]
