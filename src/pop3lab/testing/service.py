"""A server that starts and stops, and in between may be deaf or away, always at the same port."""

import os
from asyncio import AbstractEventLoop, Task
from collections.abc import Callable
from contextlib import ExitStack, suppress
from socket import SHUT_RDWR, socket
from threading import Lock

from pop3lab.testing.loops import LoopThread, call, hold, let_go, running, wait, wait_async
from pop3lab.testing.port import Port, family_of
from pop3lab.testing.running import Run
from pop3lab.watch.changes import Changes


class Service:
    """Runs what make makes, in the shared thread or in the loop that is running.

    run: what runs now, or ran last. loop: where. changes: of what there is to see, in all runs.
    over: whether it has been stopped, and nothing more will be seen.
    """

    def __init__(self, make: Callable[[], Run], host: str, port: int) -> None:
        """Raises ConfigError for a host that is no address."""
        family_of(host)
        self.changes = Changes()
        self.over = False
        self._lock = Lock()
        self._make = make
        self._wanted = host, port
        self._port: Port | None = None
        self._listener: socket | None = None
        self._thread: LoopThread | None = None
        self._process = os.getpid()
        self._started = False
        self._ending: Task[None] | None = None
        self._latest: Run | None = None
        self.loop: AbstractEventLoop | None = None

    @property
    def run(self) -> Run:
        """Raises RuntimeError before the first start."""
        if self._latest is None:
            raise RuntimeError("the server has not been started: use `with`, or start()")
        return self._latest

    @property
    def port(self) -> Port:
        """Raises RuntimeError before the first start."""
        if self._port is None:
            raise RuntimeError("the server has no port yet: use `with`, or start()")
        return self._port

    @property
    def has_started(self) -> bool:
        """Whether it ever has."""
        return self._latest is not None

    def start(self) -> None:
        """In the thread; back when clients can connect. Raises OSError."""
        with self._lock:
            if self._started:
                return
            self._open()
            self._thread = hold()
            self._thread.everybody.append(self._errors)
            self._begin(self._thread.loop)

    def start_here(self) -> None:
        """In the loop that is running. Raises OSError."""
        loop = running()
        with self._lock:
            if loop and not self._started:
                self._open()
                self._begin(loop)

    def _open(self) -> None:
        with ExitStack() as undone:
            port = Port(*self._wanted)
            undone.callback(port.close)
            listener = port.listen()
            undone.callback(listener.close)
            self._now(self._make())
            self._port, self._listener = port, listener
            undone.pop_all()

    def _now(self, run: Run) -> None:
        with self.changes:
            self._latest = run
            self.over = False

    def _begin(self, loop: AbstractEventLoop) -> None:
        assert self._listener
        self.loop = loop
        self._started = True
        listener = self._listener.dup()
        if running() is loop:
            self.run.begin(listener)
        else:
            loop.call_soon_threadsafe(self.run.begin, listener)

    def _errors(self) -> list[BaseException]:
        return self.run.errors

    def stop(self) -> None:
        """Reset what is open; in the loop itself, that has then only begun."""
        with self._lock:
            started, self._started = self._started, False
        if not started:
            return
        try:
            self._end()
        finally:
            self._close_listener()
            self.port.close()
            if self._thread:
                thread, self._thread = self._thread, None
                thread.everybody.remove(self._errors)
                let_go(thread)

    def _end(self) -> None:
        assert self.loop
        if running() is self.loop:
            self.run.close_listener()
            self._ending = self.loop.create_task(self._ended())
        elif self._is_ours and self.loop.is_running():
            wait(self.loop, self._ended())
        else:
            self.run.abandon()
            if self._is_ours:
                self._be_over()

    async def _ended(self) -> None:
        await self.run.end()
        self._be_over()

    def _be_over(self) -> None:
        with self.changes:
            self.over = True

    async def stop_here(self) -> None:
        """Back when it is gone."""
        if self._started and running() is self.loop:
            await self.run.see_the_last()
        self.stop()
        if self._ending:
            await self._ending

    def _close_listener(self) -> None:
        """The loop may keep it for some turns: from here on, the kernel refuses all the same."""
        if self._listener is None:
            return
        if self._is_ours:
            with suppress(OSError):  # of systems where only close does that
                self._listener.shutdown(SHUT_RDWR)
        self._listener.close()
        self._listener = None

    @property
    def _is_ours(self) -> bool:
        return self._process == os.getpid()

    def check_process(self) -> None:
        """Raises RuntimeError in a process forked from the server's: there is no thread there."""
        if not self._is_ours:
            raise RuntimeError("the server runs in the process that has started it, not in a fork")

    def check(self) -> AbstractEventLoop:
        """The loop, if it can be asked for something. Raises RuntimeError."""
        self.check_process()
        if not (self.run and self._started and self.loop):
            raise RuntimeError("the server is stopped")
        if not self.loop.is_running():
            raise RuntimeError("the event loop in which the server ran has ended: stop() is left")
        return self.loop

    # In between

    def pause(self) -> None:
        """The kernel takes clients, and nobody else."""
        call(self.check(), self.run.close_listener)

    def refuse(self) -> None:
        """Nobody takes them; the port is kept."""
        self.pause()
        self._close_listener()

    def resume(self) -> None:
        """Take clients again, those too who wait. Raises OSError."""
        loop = self.check()
        self._listener = self._listener or self.port.listen()
        again = self._listener.dup()
        call(loop, lambda: self.run.listen(again))

    def restart(self, between: Callable[[], None]) -> None:
        """Reset what is open, and begin anew at the same port. between: what to do between."""
        loop = self.check()
        if running() is loop:
            raise RuntimeError("in the event loop that serves, await reset_async()")
        wait(loop, self._restart(loop, between))

    async def restart_async(self, between: Callable[[], None]) -> None:
        """See restart."""
        loop = self.check()
        await wait_async(loop, self._restart(loop, between))

    async def _restart(self, loop: AbstractEventLoop, between: Callable[[], None]) -> None:
        await self.run.end()
        between()
        self._listener = self._listener or self.port.listen()
        self._now(self._make())
        self._begin(loop)
