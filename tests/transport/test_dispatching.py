"""The loop whose selector calls handlers itself: all that asyncio promises stays."""

import asyncio
import os
import select
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar
from functools import partial, wraps
from typing import Any

import pytest

from pop3lab.transport.dispatching import ServingLoop, run
from pop3lab.transport.reactor import Reactor, reactor_here

SECONDS = 20
WHERE: ContextVar[str] = ContextVar("WHERE", default="nowhere")


def in_loop(test: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    """Runs it in such a loop, for a bounded time."""

    @wraps(test)
    def run_it() -> None:
        async def bounded() -> None:
            await asyncio.wait_for(test(), SECONDS)

        run(bounded())

    return run_it


opened: list[socket.socket] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while opened:
        opened.pop().close()


def sockets() -> tuple[socket.socket, socket.socket]:
    pair = socket.socketpair()
    for each in pair:
        each.setblocking(False)
    opened.extend(pair)
    return pair


class Pair:
    """Two connected sockets, of which ours has a handler. read: what it has read."""

    def __init__(self, reactor: Reactor, then: Callable[[], object] = lambda: None) -> None:
        self.reactor = reactor
        self.ours, self.theirs = sockets()
        self.descriptor = self.ours.fileno()
        self.read: list[bytes] = []
        self.then = then
        reactor.set_reader(self.descriptor, self.readable)

    def readable(self) -> None:
        try:
            self.read.append(self.ours.recv(100))
        except BlockingIOError:
            return
        self.then()

    def close(self) -> None:
        self.reactor.forget(self.descriptor)
        self.ours.close()


@in_loop
async def test_a_handler_is_called_and_what_it_hands_to_the_loop_is_done() -> None:
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    for then in (
        done.set,
        lambda: loop.call_soon(done.set),
        lambda: loop.call_later(0.01, done.set),
        lambda: loop.run_in_executor(None, lambda: loop.call_soon_threadsafe(done.set)),
    ):
        done.clear()
        pair = Pair(reactor_here(), then)
        pair.theirs.send(b"one")
        await done.wait()
        assert pair.read == [b"one"]
        pair.close()


@in_loop
async def test_a_handler_that_closes_others_harms_nobody_who_gets_their_descriptor() -> None:
    """All are ready in the same round, and each closes all others and opens as many."""
    reactor = reactor_here()
    pairs: list[Pair] = []
    fresh: list[Pair] = []

    def replace() -> None:
        for pair in pairs:
            pair.close()
        fresh.extend(Pair(reactor) for _ in pairs)
        pairs.clear()

    pairs += [Pair(reactor, replace) for _ in range(20)]
    closed = {pair.descriptor for pair in pairs}
    for pair in pairs:
        pair.theirs.send(b"one")
    while not fresh:
        await asyncio.sleep(0)
    assert closed & {pair.descriptor for pair in fresh}
    assert [pair.read for pair in fresh] == [[]] * 20
    for number, pair in enumerate(fresh):
        pair.theirs.send(b"%d" % number)
    while not all(pair.read for pair in fresh):
        await asyncio.sleep(0)
    assert [pair.read for pair in fresh] == [[b"%d" % number] for number in range(20)]
    for pair in fresh:
        pair.close()


@pytest.mark.parametrize("debug", [True, False])
def test_an_error_is_told_and_ends_nothing_else(debug: bool) -> None:
    told: list[dict[str, Any]] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_debug(debug)
        loop.set_exception_handler(lambda _, context: told.append(context))
        wrong, right = Pair(reactor_here(), lambda: 1 / 0), Pair(reactor_here())
        for pair in (wrong, right):
            pair.theirs.send(b"one")
        while not (told and right.read):
            await asyncio.sleep(0)
        assert wrong.read == right.read == [b"one"]

    run(main())
    (context,) = told
    assert isinstance(context["exception"], ZeroDivisionError)


@pytest.mark.parametrize("debug", [True, False])
def test_what_is_taken_back_in_the_same_round_is_not_called(debug: bool) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_debug(debug)
        pairs = [Pair(reactor_here()) for _ in range(2)]
        for one, other in (pairs, pairs[::-1]):
            one.then = partial(one.reactor.set_reader, other.descriptor, None)
            one.theirs.send(b"one")
        for _ in range(3):
            await asyncio.sleep(0)
        assert sorted(pair.read for pair in pairs) == [[], [b"one"]]

    run(main())


@in_loop
async def test_handlers_run_in_the_context_of_their_reactor() -> None:
    seen: list[str] = []
    WHERE.set("here")
    reactor = reactor_here()
    WHERE.set("elsewhere")
    pair = Pair(reactor, lambda: seen.append(WHERE.get()))
    pair.theirs.send(b"one")
    while not seen:
        await asyncio.sleep(0)
    assert seen == ["here"]
    pair.close()


@in_loop
async def test_handlers_that_are_always_ready_leave_turns_to_timers_tasks_and_threads() -> None:
    loop = asyncio.get_running_loop()
    pair = Pair(reactor_here())
    pair.reactor.set_reader(pair.descriptor, lambda: None)
    pair.theirs.send(b"never read")
    await asyncio.sleep(0.01)
    await asyncio.to_thread(lambda: None)
    client, server = sockets()
    server.send(b"other")
    assert await loop.sock_recv(client, 10) == b"other"
    pair.close()


@in_loop
async def test_a_reader_that_is_removed_hears_of_no_end_and_costs_no_round() -> None:
    pair = Pair(reactor_here())
    pair.reactor.set_reader(pair.descriptor, None)
    pair.theirs.close()
    loop = asyncio.get_running_loop()
    assert isinstance(loop, ServingLoop)
    assert loop.dispatcher
    before = loop.dispatcher.now
    rounds = 0

    def count(events: object) -> bool:
        nonlocal rounds
        rounds += 1
        return dispatch(events)  # type: ignore[arg-type]

    dispatch = loop.dispatcher._dispatch
    loop.dispatcher._dispatch = count  # type: ignore[method-assign]
    await asyncio.sleep(0.05)
    assert rounds < 10
    assert loop.dispatcher.now > before
    pair.reactor.set_reader(pair.descriptor, pair.readable)
    while not pair.read:
        await asyncio.sleep(0)
    pair.close()


@in_loop
async def test_writers_and_readers_of_one_socket() -> None:
    pair = Pair(reactor_here())
    wrote: list[int] = []
    pair.reactor.set_writer(pair.descriptor, lambda: wrote.append(1))
    while not wrote:
        await asyncio.sleep(0)
    pair.reactor.set_writer(pair.descriptor, None)
    count = len(wrote)
    pair.theirs.send(b"one")
    while not pair.read:
        await asyncio.sleep(0)
    assert len(wrote) == count
    pair.close()


def test_an_interrupt_in_a_handler_ends_the_loop_as_asyncio_has_it() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    async def main() -> None:
        pair = Pair(reactor_here(), lambda: signal.raise_signal(signal.SIGINT))
        pair.theirs.send(b"one")
        await asyncio.Event().wait()

    try:
        with pytest.raises(KeyboardInterrupt):
            run(main())
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_stop_in_a_handler_ends_the_loop() -> None:
    loop = ServingLoop()

    async def begin() -> Pair:
        return Pair(reactor_here(), loop.stop)

    pair = loop.run_until_complete(begin())
    pair.theirs.send(b"one")
    watchdog = threading.Timer(SECONDS, os._exit, (1,))
    watchdog.start()
    loop.run_forever()
    watchdog.cancel()
    pair.close()
    loop.close()


@in_loop
async def test_a_socket_that_a_fork_holds_is_told_of_no_more_when_it_is_closed() -> None:
    pair = Pair(reactor_here())
    until, go = os.pipe()
    if not (child := os.fork()):
        os.read(until, 1)
        os._exit(0)
    pair.theirs.close()
    pair.close()
    fresh = Pair(reactor_here())
    assert fresh.descriptor == pair.descriptor
    loop = asyncio.get_running_loop()
    assert isinstance(loop, ServingLoop)
    assert loop.dispatcher
    assert loop.dispatcher._epoll.poll(0) == []
    fresh.close()
    os.write(go, b"x")
    os.waitpid(child, 0)


@pytest.fixture(name="_without_epoll")
def without_epoll(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(select, "epoll")


@pytest.mark.usefixtures("_without_epoll")
def test_without_epoll_the_same_handlers_are_called() -> None:
    async def main() -> None:
        pair = Pair(reactor_here())
        pair.theirs.send(b"one")
        while not pair.read:
            await asyncio.sleep(0)
        pair.close()

    run(main())
