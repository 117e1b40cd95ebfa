"""A port and the instance that serves it, from start to stop."""

import asyncio
import socket
from asyncio import AbstractEventLoop
from collections.abc import Callable
from contextlib import ExitStack, suppress

from pop3lab.observe.notifier import Notifier
from pop3lab.testing.instance import ServerInstance
from pop3lab.testing.reserved_port import ReservedPort


class Endpoint:
    """Listens as soon as it is created. Only the constructor and abandon are for any thread.

    The other methods run in its loop, so requests of several threads can't interfere: those that
    end an instance take turns, and the others run between two turns of the loop. ended: whether it
    has ended. state: what clients meet.
    """

    def __init__(
        self, make: Callable[[], ServerInstance], changes: Notifier, host: str, port: int
    ) -> None:
        """make: creates an instance, again at each restart. Raises OSError."""
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
        self.state = "serving"
        self._turn = asyncio.Lock()

    def _make_instance(self) -> None:
        instance = self._make()
        with self._changes:
            self.instance = instance

    def begin(self, loop: AbstractEventLoop, here: bool) -> None:
        """Serve in this loop. here: it is the running loop of this thread."""
        if here:
            self._begin()
        else:
            loop.call_soon_threadsafe(self._begin)

    def _begin(self) -> None:
        self.instance.begin()
        self._listen()

    def pause(self) -> None:
        """Let the kernel accept clients, and do not answer them. Raises RuntimeError."""
        if self._is_settled():
            self.instance.close_listener()
            self.state = "paused"

    def refuse(self) -> None:
        """Refuse clients; the port stays reserved. Raises RuntimeError."""
        if self._is_settled():
            self.close_listener()
            self.port.reserve()
            self.state = "refusing"

    def resume(self) -> None:
        """Answer clients, including those that wait. Raises OSError, RuntimeError."""
        if self._is_settled():
            self._listen()

    def _is_settled(self) -> bool:
        """Whether no instance is about to end; if one is, the request came too late."""
        self._check()
        return not self._turn.locked()

    def _check(self) -> None:
        if self.ended:
            raise RuntimeError("the server is stopped")

    def _listen(self) -> None:
        self._listeners = self._listeners or self.port.listen()
        self.state = "serving"
        self.instance.listen([listener.dup() for listener in self._listeners])

    async def restart(self, between: Callable[[], None]) -> None:
        """Reset open connections, call between, and start a new instance. Raises RuntimeError."""
        async with self._turn:
            self._check()
            await self.instance.end()
            between()
            self._make_instance()
            self._begin()

    async def end(self) -> None:
        """Reset open connections and free the port; a second call waits for that, too."""
        async with self._turn:
            if self.ended:
                return
            try:
                await self.instance.end()
            finally:
                self.abandon(at_once=True)
                self.ended = True

    def close_listener(self) -> None:
        """Accept no more clients: the first step if the end can't be awaited."""
        self.instance.close_listener()
        self._close_listeners(at_once=True)

    def abandon(self, at_once: bool = False) -> None:
        """Close our sockets.

        at_once: the kernel refuses clients from now on, even if the loop keeps the listener for
        some turns. Not for the copies in a forked process: that would shut down the listener of the
        other process.
        """
        self.instance.abandon()
        self._close_listeners(at_once)
        self.port.close()

    def _close_listeners(self, at_once: bool) -> None:
        listeners, self._listeners = self._listeners, []
        for listener in listeners:
            if at_once:
                with suppress(OSError):  # on systems where only close() does that
                    listener.shutdown(socket.SHUT_RDWR)
            listener.close()
