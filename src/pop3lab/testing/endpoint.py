"""A port and what runs at it, from the start of a server to its stop."""

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Callable
from contextlib import ExitStack, suppress
from socket import SHUT_RDWR, socket

from pop3lab.testing.port import Port
from pop3lab.testing.running import Run
from pop3lab.watch.changes import Changes


class Endpoint:
    """Listens from the moment it is made. All but that, and abandon, is for its loop alone.

    So nothing that several threads ask for at once can meet halfway: what ends a run takes its
    turn, and all else is done between two turns of the loop. over: whether it has been ended.
    """

    def __init__(self, make: Callable[[], Run], changes: Changes, host: str, port: int) -> None:
        """make: what is to run, and once more at each restart. Raises OSError."""
        with ExitStack() as undone:
            self.port = Port(host, port)
            undone.callback(self.port.close)
            self._listeners: list[socket] = self.port.listen()
            for listener in self._listeners:
                undone.callback(listener.close)
            self._make = make
            self._changes = changes
            self._run_anew()
            undone.pop_all()
        self.over = False
        self._turn = asyncio.Lock()

    def _run_anew(self) -> None:
        run = self._make()
        with self._changes:
            self.run = run

    def begin(self, loop: AbstractEventLoop, here: bool) -> None:
        """Serve in this loop. here: it is the loop that runs in this thread."""
        if here:
            self._begin()
        else:
            loop.call_soon_threadsafe(self._begin)

    def _begin(self) -> None:
        self.run.begin()
        self._listen()

    def pause(self) -> None:
        """The kernel takes clients, and nobody else. Raises RuntimeError."""
        if self._is_settled():
            self.run.close_listener()

    def refuse(self) -> None:
        """Nobody takes them; the port is kept. Raises RuntimeError."""
        if self._is_settled():
            self.close_listener()

    def resume(self) -> None:
        """Take clients, those too who wait. Raises OSError, RuntimeError."""
        if self._is_settled():
            self._listen()

    def _is_settled(self) -> bool:
        """Whether no run is about to end; what was asked for meanwhile was asked before."""
        self._check()
        return not self._turn.locked()

    def _check(self) -> None:
        if self.over:
            raise RuntimeError("the server is stopped")

    def _listen(self) -> None:
        self._listeners = self._listeners or self.port.listen()
        self.run.listen([listener.dup() for listener in self._listeners])

    async def restart(self, between: Callable[[], None]) -> None:
        """Reset what is open, and begin anew. between: what to do between. Raises RuntimeError."""
        async with self._turn:
            self._check()
            await self.run.end()
            between()
            self._run_anew()
            self._begin()

    async def end(self) -> None:
        """Reset what is open, and let the port go; again, it is only back when that is done."""
        async with self._turn:
            if self.over:
                return
            try:
                await self.run.end()
            finally:
                self.abandon(at_once=True)
                self.over = True

    def close_listener(self) -> None:
        """Take no more clients: what comes first, where the end can't be waited for."""
        self.run.close_listener()
        self._close_listeners(at_once=True)

    def abandon(self, at_once: bool = False) -> None:
        """Close the sockets that are ours.

        at_once: also where the loop keeps the listener for some turns, the kernel refuses from here
        on. Not for a copy that a fork has made: it would shut that of the other process.
        """
        self.run.abandon()
        self._close_listeners(at_once)
        self.port.close()

    def _close_listeners(self, at_once: bool) -> None:
        listeners, self._listeners = self._listeners, []
        for listener in listeners:
            if at_once:
                with suppress(OSError):  # of systems where only close does that
                    listener.shutdown(SHUT_RDWR)
            listener.close()
