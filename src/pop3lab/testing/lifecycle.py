"""A server that starts and stops, and in between may be deaf or away, always at the same port.

Any thread may call anything at any time, a signal handler stop(), whatever it interrupts.
"""

import os
import sys
from asyncio import AbstractEventLoop, Task
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from threading import RLock
from typing import Literal, NoReturn, TypeVar

from pop3lab.observe.notifier import Notifier
from pop3lab.testing import event_loop as loops
from pop3lab.testing.endpoint import Endpoint, ReservedPort, addresses_of
from pop3lab.testing.event_loop import Holder, LoopThread, call, kept, running, wait, wait_async
from pop3lab.testing.instance import ServerInstance

Done = TypeVar("Done")


class ServerLifecycle:
    """Runs what make makes, in the shared thread or in the loop that is running.

    loop: where. changes: of what there is to see, in all runs. over: whether it has been stopped,
    and nothing more will be seen.
    """

    def __init__(
        self, make: Callable[[], ServerInstance], host: str, port: int, locked: Callable[[], bool]
    ) -> None:
        """locked: whether this thread holds a lock for which the loop may have to wait.

        Raises ConfigError for a host that is no address.
        """
        addresses_of(host)
        self.changes = Notifier()
        self.over = False
        self._make = make
        self._wanted = host, port
        self._locked = locked
        self._process = os.getpid()
        self._turn = RLock()
        self._within: Literal["", "start", "stop"] = ""  # while a thread has that turn
        self._stop_wanted = False  # by what has interrupted start
        self._endpoint: Endpoint | None = None  # of now, or the last one
        self._started = False
        self._ending: Task[None] | None = None
        self._thread: LoopThread | None = None
        self.loop: AbstractEventLoop | None = None

    @property
    def run(self) -> ServerInstance:
        """What runs now, or ran last. Raises RuntimeError before the first start."""
        if self._endpoint is None:
            raise RuntimeError("the server has not been started: use `with`, or start()")
        return self._endpoint.run

    @property
    def port(self) -> ReservedPort:
        """Raises RuntimeError before the first start."""
        if self._endpoint is None:
            raise RuntimeError("the server has no port yet: use `with`, or start()")
        return self._endpoint.port

    @property
    def has_started(self) -> bool:
        """Whether it ever has."""
        return self._endpoint is not None

    @contextmanager
    def _own_turn(self, what: Literal["start", "stop"]) -> Iterator[bool]:
        """One thread at a time. Whether the turn is ours: not if we interrupt its owner."""
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
        """In the thread; back when clients can connect. Raises OSError."""
        with self._own_turn("start") as ours:
            if not ours:
                self._interrupts()
            elif not self._started:
                self._start(None)
        self._stop_if_wanted()

    def start_here(self) -> None:
        """In the loop that is running. Raises OSError."""
        loop = running()
        with self._own_turn("start") as ours:
            if not ours:
                self._interrupts()
            elif loop and not self._started:
                self._start(loop)
        self._stop_if_wanted()

    def _interrupts(self) -> None:
        if self._within == "stop":
            raise RuntimeError("the server is about to stop: start it when stop() is done")

    def _start(self, here: AbstractEventLoop | None) -> None:
        """here: the loop that is running; none for the thread's."""
        self._await_the_last()
        endpoint = Endpoint(self._make, self.changes, *self._wanted)
        thread: LoopThread | None = None
        try:
            asked = Holder(lambda: endpoint.run.errors, self._locked)
            thread = None if here else loops.hold(self, asked)
            self.loop = here or (thread.loop if thread else None)
            assert self.loop
            endpoint.begin(self.loop, here is not None)
        except BaseException:
            endpoint.abandon(at_once=True)
            if thread:
                loops.let_go(thread, self)
            raise
        self._endpoint, self._thread = endpoint, thread
        with self.changes:
            self.over = False
        self._started = True

    def _await_the_last(self) -> None:
        """A stop that its caller could not wait for may not be done."""
        if self._endpoint and not self._endpoint.over and self._loop_runs():
            self._end_from_outside(self._endpoint)

    def _stop_if_wanted(self) -> None:
        if self._stop_wanted and not self._within:
            self._stop_wanted = False
            self.stop()

    # Stop

    def stop(self) -> None:
        """Reset what is open; in the loop itself, that has then only begun.

        So it has in a signal handler that interrupts what holds a lock.
        """
        if not self._is_ours or sys.is_finalizing():
            self._abandon()
        elif self.loop is not None and running() is self.loop:
            self._begin_to_stop()
        else:
            with self._own_turn("stop") as ours:
                if ours:
                    self._stop()
                elif self._within == "start":
                    self._stop_wanted = True

    def _abandon(self) -> None:
        """There is no loop that could end it: this is a fork, or the process ends."""
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
        if endpoint is None or endpoint.over:
            return
        if not self._loop_runs():
            endpoint.abandon(at_once=True)
            endpoint.over = True
            self._be_over()
        elif self._thread.locked if self._thread else self._locked():
            self._end_later(endpoint)
        else:
            self._end_from_outside(endpoint)

    def _loop_runs(self) -> bool:
        return self.loop is not None and self.loop.is_running()

    def _end_from_outside(self, endpoint: Endpoint) -> None:
        assert self.loop
        with kept(self._thread) if self._thread else nullcontext(True) as there:
            try:
                if there:
                    wait(self.loop, self._end(endpoint))
            finally:
                self._let_go()

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
            self._be_over()

    async def _end_here(self, endpoint: Endpoint) -> None:
        try:
            await self._end(endpoint)
        finally:
            self._let_go()

    def _let_go(self) -> None:
        if self._thread:
            loops.let_go(self._thread, self)

    def _be_over(self) -> None:
        with self.changes:
            self.over = True

    async def stop_here(self) -> None:
        """Back when it is gone."""
        if self._endpoint and running() is self.loop:
            self._started = False
            await self._end_here(self._endpoint)
        else:
            self.stop()

    # In between

    @property
    def _is_ours(self) -> bool:
        return self._process == os.getpid()

    def check_process(self) -> None:
        """Raises RuntimeError in a process forked from the server's: there is no thread there."""
        if not self._is_ours:
            raise RuntimeError("the server runs in the process that has started it, not in a fork")

    @contextmanager
    def _asked(self) -> Iterator[tuple[Endpoint, AbstractEventLoop]]:
        """What can be asked for something, and where; both stay meanwhile. Raises RuntimeError."""
        self.check_process()
        endpoint, loop, thread = self._endpoint, self.loop, self._thread
        if not (self.run and self._started and endpoint and loop):
            _is_stopped()
        with kept(thread) if thread else nullcontext(True) as there:
            if not there:
                _is_stopped()
            if not loop.is_running():
                raise RuntimeError(
                    "the event loop in which the server ran has ended: stop() is left"
                )
            yield endpoint, loop

    def ask(self, act: Callable[[], Done]) -> Done:
        """What act answers in the loop. Raises RuntimeError where there is none."""
        with self._asked() as (_, loop):
            return call(loop, act)

    def pause(self) -> None:
        """The kernel takes clients, and nobody else."""
        with self._asked() as (endpoint, loop):
            call(loop, endpoint.pause)

    def refuse(self) -> None:
        """Nobody takes them; the port is kept."""
        with self._asked() as (endpoint, loop):
            call(loop, endpoint.refuse)

    def resume(self) -> None:
        """Take clients again, those too who wait. Raises OSError."""
        with self._asked() as (endpoint, loop):
            call(loop, endpoint.resume)

    def restart(self, between: Callable[[], None]) -> None:
        """Reset what is open, and begin anew at the same port. between: what to do between."""
        with self._asked() as (endpoint, loop):
            if running() is loop:
                raise RuntimeError("in the event loop that serves, await reset_async()")
            wait(loop, endpoint.restart(between))

    async def restart_async(self, between: Callable[[], None]) -> None:
        """See restart."""
        with self._asked() as (endpoint, loop):
            await wait_async(loop, endpoint.restart(between))


def _is_stopped() -> NoReturn:
    raise RuntimeError("the server is stopped")
