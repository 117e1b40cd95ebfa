"""A port and what runs at it, from the start of a server to its stop."""

import asyncio
import socket
from asyncio import AbstractEventLoop
from collections.abc import Callable
from contextlib import ExitStack, suppress

from pop3lab.observe.notifier import Notifier
from pop3lab.testing.instance import ServerInstance
from pop3lab.testing.reserved_port import ReservedPort


class Endpoint:
    """Listens from the moment it is made. All but that, and abandon, is for its loop alone.

    So nothing that several threads ask for at once can meet halfway: what ends a run takes its
    turn, and all else is done between two turns of the loop. ended: whether it has been.
    """

    def __init__(
        self, make: Callable[[], ServerInstance], changes: Notifier, host: str, port: int
    ) -> None:
        """make: what is to run, and once more at each restart. Raises OSError."""
        with ExitStack() as undone:
            self.port = ReservedPort(host, port)
            undone.callback(self.port.close)
            self._listeners: list[socket.socket] = self.port.listen()
            for listener in self._listeners:
                undone.callback(listener.close)
            self._make = make
            self._changes = changes
            self._make_instance()
            undone.pop_all()
        self.ended = False
        self._turn = asyncio.Lock()

    def _make_instance(self) -> None:
        instance = self._make()
        with self._changes:
            self.instance = instance

    def begin(self, loop: AbstractEventLoop, here: bool) -> None:
        """Serve in this loop. here: it is the loop that runs in this thread."""
        if here:
            self._begin()
        else:
            loop.call_soon_threadsafe(self._begin)

    def _begin(self) -> None:
        self.instance.begin()
        self._listen()

    def pause(self) -> None:
        """The kernel takes clients, and nobody else. Raises RuntimeError."""
        if self._is_settled():
            self.instance.close_listener()

    def refuse(self) -> None:
        """Nobody takes them; the port is kept. Raises RuntimeError."""
        if self._is_settled():
            self.close_listener()
            self.port.reserve()

    def resume(self) -> None:
        """Take clients, those too who wait. Raises OSError, RuntimeError."""
        if self._is_settled():
            self._listen()

    def _is_settled(self) -> bool:
        """Whether no run is about to end; what was asked for meanwhile was asked before."""
        self._check()
        return not self._turn.locked()

    def _check(self) -> None:
        if self.ended:
            raise RuntimeError("the server is stopped")

    def _listen(self) -> None:
        self._listeners = self._listeners or self.port.listen()
        self.instance.listen([listener.dup() for listener in self._listeners])

    async def restart(self, between: Callable[[], None]) -> None:
        """Reset what is open, and begin anew. between: what to do between. Raises RuntimeError."""
        async with self._turn:
            self._check()
            await self.instance.end()
            between()
            self._make_instance()
            self._begin()

    async def end(self) -> None:
        """Reset what is open, and let the port go; again, it is only back when that is done."""
        async with self._turn:
            if self.ended:
                return
            try:
                await self.instance.end()
            finally:
                self.abandon(at_once=True)
                self.ended = True

    def close_listener(self) -> None:
        """Take no more clients: what comes first, where the end can't be waited for."""
        self.instance.close_listener()
        self._close_listeners(at_once=True)

    def abandon(self, at_once: bool = False) -> None:
        """Close the sockets that are ours.

        at_once: also where the loop keeps the listener for some turns, the kernel refuses from here
        on. Not for a copy that a fork has made: it would shut that of the other process.
        """
        self.instance.abandon()
        self._close_listeners(at_once)
        self.port.close()

    def _close_listeners(self, at_once: bool) -> None:
        listeners, self._listeners = self._listeners, []
        for listener in listeners:
            if at_once:
                with suppress(OSError):  # of systems where only close does that
                    listener.shutdown(socket.SHUT_RDWR)
            listener.close()
