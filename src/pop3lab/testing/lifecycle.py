"""The lifecycle of a server under test: start, pause, restart and stop, always at the same port.

Any thread may call any method at any time; a signal handler may call stop().
"""

import os
import sys
from asyncio import AbstractEventLoop, Task
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from threading import RLock
from typing import Literal, NoReturn, TypeVar

from pop3lab.observe.notifier import Notifier
from pop3lab.testing import event_loop as loops
from pop3lab.testing.endpoint import Endpoint
from pop3lab.testing.event_loop import (
    Holder,
    LoopThread,
    call,
    pinned,
    running,
    wait,
    wait_async,
    watches_sockets,
)
from pop3lab.testing.instance import ServerInstance
from pop3lab.testing.reserved_port import ReservedPort, addresses_of

_T = TypeVar("_T")


class ServerLifecycle:
    """Starts and stops instances of a server, in the shared thread or in the running loop.

    loop: where the server runs. changes: notifies of events of all instances. stopped: nothing
    more will happen.
    """

    def __init__(
        self, make: Callable[[], ServerInstance], host: str, port: int, locked: Callable[[], bool]
    ) -> None:
        """make: creates an instance. locked: whether this thread holds a lock of the loop.

        Raises ConfigError for a host that is not an address.
        """
        addresses_of(host)
        self.changes = Notifier()
        self.stopped = False
        self._make = make
        self._wanted = host, port
        self._locked = locked
        self._process = os.getpid()
        self._turn = RLock()
        self._within: Literal["", "start", "stop"] = ""  # while a thread is in start() or stop()
        self._stop_wanted = False  # stop() has interrupted start()
        self._endpoint: Endpoint | None = None  # the current or last one
        self._started = False
        self._ending: Task[None] | None = None
        self._thread: LoopThread | None = None
        self.loop: AbstractEventLoop | None = None
        self._started_in: AbstractEventLoop | None = None  # the loop that called start_in_loop()

    @property
    def instance(self) -> ServerInstance:
        """The current instance, or the last one. Raises RuntimeError before the first start."""
        if self._endpoint is None:
            raise RuntimeError("the server has not been started: use `with`, or start()")
        return self._endpoint.instance

    @property
    def port(self) -> ReservedPort:
        """The port. Raises RuntimeError before the first start."""
        if self._endpoint is None:
            raise RuntimeError("the server has no port yet: use `with`, or start()")
        return self._endpoint.port

    @property
    def state(self) -> str:
        """What clients meet: "serving", "paused" or "refusing"."""
        return self._endpoint.state if self._endpoint else "refusing"

    @property
    def has_started(self) -> bool:
        """Whether it was ever started."""
        return self._endpoint is not None

    @contextmanager
    def _exclusive(self, what: Literal["start", "stop"]) -> Iterator[bool]:
        """Admit one thread at a time; yield False if this call interrupts the one that is in."""
        with self._turn:
            if self._within:
                yield False
                return
            self._within = what
            try:
                yield True
            finally:
                self._within = ""

    # Start

    def start(self) -> None:
        """Start in the shared thread; return when clients can connect. Raises OSError."""
        with self._exclusive("start") as ours:
            if not ours:
                self._interrupts()
            elif not self._started:
                self._start(None)
        self._stop_if_wanted()

    def start_in_loop(self) -> None:
        """Start in the running loop, or in the shared thread if the loop watches no sockets.

        Under trio it is the shared thread. Raises OSError.
        """
        loop = running()
        with self._exclusive("start") as ours:
            if not ours:
                self._interrupts()
            elif not self._started:
                self._start(loop if loop and watches_sockets(loop) else None)
                self._started_in = loop
        self._stop_if_wanted()

    def _interrupts(self) -> None:
        if self._within == "stop":
            raise RuntimeError("the server is about to stop: start it when stop() is done")

    def _start(self, here: AbstractEventLoop | None) -> None:
        """Start in the running loop, or in the shared thread if here is None."""
        self._await_previous()
        endpoint = Endpoint(self._make, self.changes, *self._wanted)
        thread: LoopThread | None = None
        try:
            asked = Holder(lambda: endpoint.instance.errors, self._locked)
            thread = None if here else loops.acquire(self, asked)
            self.loop = here or (thread.loop if thread else None)
            assert self.loop
            endpoint.begin(self.loop, here is not None)
        except BaseException:
            endpoint.abandon(at_once=True)
            if thread:
                loops.release(thread, self)
            raise
        self._endpoint, self._thread = endpoint, thread
        with self.changes:
            self.stopped = False
        self._started = True

    def _await_previous(self) -> None:
        """Wait for the end of an earlier stop() that could not wait itself."""
        if self._endpoint and not self._endpoint.ended and self._loop_runs():
            self._end_from_outside(self._endpoint)

    def _stop_if_wanted(self) -> None:
        if self._stop_wanted and not self._within:
            self._stop_wanted = False
            self.stop()

    # Stop

    def stop(self) -> None:
        """Reset open connections; return when they are closed.

        In the loop itself, and in a signal handler that interrupts the holder of a lock, it returns
        earlier.
        """
        if not self._is_ours or sys.is_finalizing():
            self._abandon()
        elif self.loop is not None and running() is self.loop:
            self._begin_to_stop()
        else:
            with self._exclusive("stop") as ours:
                if ours:
                    self._stop()
                elif self._within == "start":
                    self._stop_wanted = True

    def _abandon(self) -> None:
        """Close the sockets: in a fork, or at the end of the process, there is no loop."""
        if self._endpoint:
            self._endpoint.abandon(at_once=self._is_ours)
        self._started = False

    def _begin_to_stop(self) -> None:
        if not self._started or self._endpoint is None or self.loop is None:
            return
        self._started = False
        self._endpoint.close_listener()
        self._ending = self.loop.create_task(self._end_here(self._endpoint))

    def _stop(self) -> None:
        self._started = False
        endpoint = self._endpoint
        if endpoint is None or endpoint.ended:
            return
        if not self._loop_runs():
            endpoint.abandon(at_once=True)
            endpoint.ended = True
            self._mark_stopped()
        elif self._thread.locked if self._thread else self._locked():
            self._end_later(endpoint)
        else:
            self._end_from_outside(endpoint)

    def _loop_runs(self) -> bool:
        return self.loop is not None and self.loop.is_running()

    def _end_from_outside(self, endpoint: Endpoint) -> None:
        assert self.loop
        with pinned(self._thread) if self._thread else nullcontext(True) as there:
            try:
                if there:
                    wait(self.loop, self._end(endpoint))
            finally:
                self._release_thread()

    def _end_later(self, endpoint: Endpoint) -> None:
        assert self.loop
        loop = self.loop

        def begin() -> None:
            self._ending = loop.create_task(self._end_here(endpoint))

        loop.call_soon_threadsafe(begin)

    async def _end(self, endpoint: Endpoint) -> None:
        try:
            await endpoint.end()
        finally:
            self._mark_stopped()

    async def _end_here(self, endpoint: Endpoint) -> None:
        try:
            await self._end(endpoint)
        finally:
            self._release_thread()

    def _release_thread(self) -> None:
        if self._thread:
            loops.release(self._thread, self)

    def _mark_stopped(self) -> None:
        with self.changes:
            self.stopped = True

    async def stop_in_loop(self) -> None:
        """Stop; return when all connections are closed."""
        if self._endpoint and running() is self.loop:
            self._started = False
            await self._end_here(self._endpoint)
        else:
            self.stop()

    # While it runs

    @property
    def is_within(self) -> bool:
        """Whether this is the loop that serves, or in which a server of `async with` is used."""
        loop = running()
        return loop is not None and loop in (self.loop, self._started_in)

    @property
    def _is_ours(self) -> bool:
        return self._process == os.getpid()

    def check_process(self) -> None:
        """Raise RuntimeError in a fork of the server's process, which has no loop."""
        if not self._is_ours:
            raise RuntimeError("the server runs in the process that has started it, not in a fork")

    @contextmanager
    def _running_endpoint(self) -> Iterator[tuple[Endpoint, AbstractEventLoop]]:
        """Yield the endpoint and its loop, which stay meanwhile. Raises RuntimeError."""
        self.check_process()
        endpoint, loop, thread = self._endpoint, self.loop, self._thread
        if not (self.instance and self._started and endpoint and loop):
            _is_stopped()
        with pinned(thread) if thread else nullcontext(True) as there:
            if not there:
                _is_stopped()
            if not loop.is_running():
                raise RuntimeError(
                    "the event loop in which the server ran has ended: stop() is left"
                )
            yield endpoint, loop

    def call_in_loop(self, act: Callable[[], _T]) -> _T:
        """Call act in the loop; return its result. Raises RuntimeError if there is no loop."""
        with self._running_endpoint() as (_, loop):
            return call(loop, act)

    def settle(self) -> None:
        """Let the shared thread read what has arrived by now. Another loop may not run."""
        if self._thread and self._started and self._is_ours:
            with suppress(RuntimeError), self._running_endpoint() as (endpoint, loop):
                wait(loop, endpoint.instance.drain())

    def pause(self) -> None:
        """Let the kernel accept connections, and do not answer them."""
        with self._running_endpoint() as (endpoint, loop):
            call(loop, endpoint.pause)

    def refuse(self) -> None:
        """Refuse connections; the port stays reserved."""
        with self._running_endpoint() as (endpoint, loop):
            call(loop, endpoint.refuse)

    def resume(self) -> None:
        """Answer again, including clients that have connected meanwhile. Raises OSError."""
        with self._running_endpoint() as (endpoint, loop):
            call(loop, endpoint.resume)

    def restart(self, between: Callable[[], None]) -> None:
        """Reset open connections, call between, and serve with a new instance at the same port."""
        with self._running_endpoint() as (endpoint, loop):
            if running() is loop:
                raise RuntimeError("in the event loop that serves, await reset_async()")
            wait(loop, endpoint.restart(between))

    async def restart_async(self, between: Callable[[], None]) -> None:
        """Like restart(), for an event loop."""
        with self._running_endpoint() as (endpoint, loop):
            await wait_async(loop, endpoint.restart(between))


def _is_stopped() -> NoReturn:
    raise RuntimeError("the server is stopped")
