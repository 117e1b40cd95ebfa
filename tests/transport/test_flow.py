"""What a connection reads, keeps and lets go of in each of its states."""

import asyncio
import gc
import math
import socket
import threading
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import pytest

from pop3lab.core.actions import Action, AwaitData, Close, OffloadNext, Part, Pause, Send
from pop3lab.core.config import Limits
from pop3lab.core.sasl import Channel
from pop3lab.transport.connection import Connection
from pop3lab.transport.output import OutputBuffer
from pop3lab.transport.reactor import reactor_here
from pop3lab.transport.threads import Threads
from tests.transport.test_connection import Client, in_loop, until

OK = b"+OK\r\n"


class Scripted:
    """A session that answers its first octets by these actions, and all others by nothing."""

    number = 1
    limits = Limits()
    channel = Channel()
    watched = False
    may_wake = False
    wakeup_delay = math.inf

    def __init__(self, actions: Iterator[Action], user: str | None) -> None:
        self.user = user
        self.fed = b""
        self.ends: list[str] = []
        self._actions = actions

    def on_wakeup_reset(self, call: Callable[[], None]) -> None:
        pass

    def wake_up(self) -> Iterator[Action]:
        return iter(())

    def greeting(self, tls: bool = False) -> Iterator[Action]:
        return iter([Send(OK, Part.HEAD)])

    def feed(self, data: bytes, early: bool = False) -> tuple[bytes, Iterator[Action]]:
        self.fed += data
        actions, self._actions = self._actions, iter(())
        return b"", actions

    def tls_established(self, channel: Channel) -> None:
        pass

    def tls_failed(self, reason: str) -> None:
        pass

    def plaintext_after_stls(self) -> Iterator[Action]:
        return iter(())

    def session_ended(self, how: str) -> None:
        self.ends.append(how)

    def connection_closed(self, how: str) -> None:
        pass


@asynccontextmanager
async def acting(
    *actions: Action, user: str | None = None, blocks: threading.Event | None = None
) -> AsyncIterator[tuple[Client, Connection, Scripted]]:
    """A client whose session has begun with these actions. blocks: whom the last one waits for."""

    def performed() -> Iterator[Action]:
        yield from actions
        if blocks:
            blocks.wait(5)
        yield Send(OK, Part.HEAD)

    session = Scripted(performed(), user)
    threads = Threads()
    closed = asyncio.Event()
    server, peer = socket.socketpair()
    server.setblocking(False)
    connection = Connection(
        server,
        reactor_here(),
        lambda connection, peer: session,
        lambda connection: closed.set(),
        threads=threads,
    )
    connection.begin()
    client = Client()
    client.socket.close()
    client.socket = peer
    peer.setblocking(False)
    await client.until(OK)
    await client.send(b"GO\r\n")
    await until(lambda: session.fed == b"GO\r\n")
    try:
        yield client, connection, session
    finally:
        client.close()
        connection.stop()
        await closed.wait()
        await threads.close()


def test_after_much_output_it_is_the_turn_of_others() -> None:
    buffer, turns = OutputBuffer(), 0
    for _ in range(200):
        assert buffer.add(Send(b"x" * 65_536, Part.BODY))
        turns += buffer.take_turn()
        buffer.take_most()
    assert turns == 3


@in_loop
async def test_what_is_awaited_is_dropped_and_what_follows_is_obeyed() -> None:
    async with acting(AwaitData()) as (client, _, session):
        await client.send(b"awaited\r\n")
        await client.until(OK)
        await client.send(b"NOOP\r\n")
        await until(lambda: session.fed == b"GO\r\nNOOP\r\n")


@pytest.mark.parametrize(
    ("action", "user", "reads"),
    [
        (Pause(0.3), None, True),
        (Pause(0.3, leave_unread=True), None, False),
        (OffloadNext(), None, True),  # it is seen whether a client leaves that wants to log in
        (OffloadNext(), "ann", False),
    ],
)
def test_whether_it_reads_meanwhile(action: Action, user: str | None, reads: bool) -> None:
    _reads_meanwhile(action, user, reads)


@in_loop
async def _reads_meanwhile(action: Action, user: str | None, reads: bool) -> None:
    go = threading.Event()
    blocks = go if isinstance(action, OffloadNext) else None
    async with acting(action, user=user, blocks=blocks) as (client, connection, session):
        await client.send(b"NOOP\r\n")
        await asyncio.sleep(0.1)
        assert connection.has_unread_input is not reads
        assert session.fed == b"GO\r\n"
        go.set()
        await client.until(OK)
        await until(lambda: session.fed == b"GO\r\nNOOP\r\n")


@in_loop
async def test_what_is_kept_in_a_pause_is_bounded_and_nothing_is_lost() -> None:
    much = b"x" * 4_000_000
    async with acting(Pause(1.0)) as (client, _, session):
        sending = asyncio.create_task(client.send(much))
        await asyncio.sleep(0.6)
        assert not sending.done()
        await sending
        await until(lambda: len(session.fed) == len(b"GO\r\n") + len(much))


@in_loop
async def test_a_session_that_ends_in_a_long_pause_is_let_go_of_at_once() -> None:
    async with acting(Pause(3600)) as (_, connection, session):
        connection.reset("stopped")
        assert set(session.ends) == {"stopped"}
        left = weakref.ref(session)
    del connection, session
    gc.collect()
    assert left() is None


@in_loop
async def test_a_session_whose_client_has_closed_is_let_go_of_at_once() -> None:
    async with acting(Pause(0.05), Close()) as (client, connection, session):
        assert await client.all() == b""
        left = weakref.ref(session)
    assert set(session.ends) == {"dropped"}
    del connection, session
    gc.collect()
    assert left() is None
