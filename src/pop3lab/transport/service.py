"""Serving clients until that is stopped: the one loop that accepts, serves, and lets go."""

import asyncio
from _socket import socket
from asyncio import Event
from collections.abc import Callable
from functools import partial
from typing import Generic, Protocol, TypeVar

from pop3lab.transport.connection_limits import ConnectionLimits
from pop3lab.transport.listener import Acceptor, ListeningSocket
from pop3lab.transport.reactor import Reactor, reactor_here
from pop3lab.transport.timeouts import RESPITE

_LAST_OCTETS = 1.0  # seconds that closing connections get at the end to send what is left


class Served(Protocol):
    """A connection of a service."""

    @property
    def is_owed(self) -> bool:
        """Whether it is the server that is behind."""

    def stop(self) -> None:
        """Reset the connection; one that is closing already only ends once its octets are sent."""

    def reset(self, how: str) -> None:
        """Reset it, whatever is still to be sent."""


_Connected = TypeVar("_Connected", bound=Served)

# Serves a client, given its address and whether TLS comes first.
ServeConnection = Callable[[Reactor, socket, str, bool], object]


class Service(Generic[_Connected]):
    """Accepts clients and serves them until it is stopped.

    serve: makes a connection of a client, which is to enter, and to leave when it is closed.
    limits: who may have to go for new clients; connections that are made enter these themselves.
    """

    def __init__(self, serve: ServeConnection, limits: ConnectionLimits | None = None) -> None:
        self._serve = serve
        self._limits = limits
        self._reactor: Reactor | None = None  # of the loop in which it accepts
        self._acceptors: list[Acceptor] = []
        self.connections: dict[_Connected, None] = {}  # in the order in which they came
        self._grace = 0.0
        self._stopped = Event()
        self._hurried = Event()
        self._all_closed: Event | None = None  # as long as somebody waits for it

    def enter(self, connection: _Connected) -> None:
        """Note a connection that stands."""
        self.connections[connection] = None

    def leave(self, connection: _Connected) -> None:
        """Note that a connection is closed."""
        self.connections.pop(connection, None)
        if self._all_closed and not self.connections:
            self._all_closed.set()

    @property
    def reactor(self) -> Reactor:
        """Of the loop in which it is first asked for."""
        self._reactor = self._reactor or reactor_here()
        return self._reactor

    def accept(self, listening: ListeningSocket) -> Callable[[], None]:
        """Accept clients from now on; what comes back ends that, and leaves sessions alone."""
        serve = partial(self._serve, self.reactor)
        acceptor = Acceptor(listening, serve, self.reactor, self._limits)
        self._acceptors.append(acceptor)

        def end() -> None:
            if acceptor in self._acceptors:
                self._acceptors.remove(acceptor)
                acceptor.end()

        return end

    def accept_waiting(self) -> None:
        """Accept the clients whom the kernel has accepted by now."""
        for acceptor in self._acceptors:
            while acceptor.accept():
                pass

    async def serve(self, *listening: ListeningSocket) -> None:
        """Accept clients until stop; return when the last connection is closed."""
        for one in listening:
            self.accept(one)
        await self._stopped.wait()
        while self._acceptors:
            self._acceptors.pop().end()
        spared = not await self._closed(self._grace)
        if spared and any(connection.is_owed for connection in self.connections):
            await self._closed(RESPITE)
        for connection in tuple(self.connections):
            connection.stop()
        self._hurried.clear()
        await self._closed(_LAST_OCTETS)
        for connection in tuple(self.connections):
            connection.reset("stopped")
        if self._reactor:
            self._reactor.deadlines.close()

    def stop(self, grace: float = 0.0) -> None:
        """End serve. Sessions may end by themselves for so many seconds, then they are reset.

        Called again, it waits no longer.
        """
        if self._stopped.is_set():
            self._hurried.set()
        self._grace = grace
        self._stopped.set()

    async def _closed(self, seconds: float) -> bool:
        """Wait so long for all connections to close; whether they have, or somebody can't wait."""
        if not self.connections or not seconds:
            return True
        self._all_closed = Event()
        waits = [asyncio.create_task(e.wait()) for e in (self._all_closed, self._hurried)]
        done, _ = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        return bool(done)
