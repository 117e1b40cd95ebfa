"""Accepting clients: as they come, under TLS, or announced by a proxy."""

import asyncio
import errno
import sys
from asyncio import Protocol
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from socket import socket
from typing import TYPE_CHECKING, NamedTuple

from pop3lab.core.errors import Refused
from pop3lab.transport.connection_limits import ConnectionLimits
from pop3lab.transport.listen import BACKLOG
from pop3lab.transport.sockets import octets_have_come
from pop3lab.transport.timeouts import Deadline

if TYPE_CHECKING:
    from pop3lab.transport.proxy_protocol import Network

_HEADER = 5.0  # seconds that a proxy may take to say whom it speaks for
_AGAIN = 0.1  # seconds until the next try where accepting failed
_HEAD = 16  # octets of a PROXY header that say how long it is
_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_SPARE = 32  # descriptors that are kept, if possible, for what clients who log in need


class ListeningSocket(NamedTuple):
    """A listening socket. tls: from the first octet. proxies: who begins with a PROXY header."""

    socket: socket
    tls: bool = False
    proxies: "Sequence[Network]" = ()


# A client's protocol, given its address and whether TLS comes first.
MakeProtocol = Callable[[str, bool], Protocol]


class PendingConnections:
    """Clients who were accepted and are no connections yet, which takes some turns of the loop."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, task: asyncio.Task[None], connection: socket) -> None:
        """It makes a connection of the socket."""
        self._tasks.add(task)

        def done(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            if task.cancelled():  # perhaps before it has begun
                connection.close()

        task.add_done_callback(done)

    async def all_answered(self) -> None:
        """Back when each is a connection, or gone."""
        while self._tasks:
            await asyncio.wait(self._tasks)


async def accept(
    listening: ListeningSocket,
    make: MakeProtocol,
    pending: PendingConnections,
    limits: ConnectionLimits | None = None,
) -> Callable[[], None]:
    """Accept clients from now on; what comes back ends that.

    pending: where to look for those who are on their way then. limits: all who are connected, of
    whom some may have to go for new ones; the protocols that are made enter it themselves.
    """
    if listening.proxies:
        import pop3lab.transport.proxy_protocol  # noqa: F401 - now, as descriptors may be exhausted later
    acceptor = _Acceptor(listening, make, pending, ConnectionLimits() if limits is None else limits)
    acceptor.begin()
    return acceptor.end


class _Acceptor:
    """Takes what the kernel has accepted on one socket."""

    def __init__(
        self,
        listening: ListeningSocket,
        make: MakeProtocol,
        pending: PendingConnections,
        limits: ConnectionLimits,
    ) -> None:
        self._listener = listening.socket
        self._listening = listening
        self._make = make
        self._pending = pending
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._awaiting_headers: set[_ProxiedConnection] = set()
        self._again: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        self._listener.setblocking(False)
        self._listener.listen(BACKLOG)
        self._loop.add_reader(self._listener, self._accept)

    def end(self) -> None:
        """No more clients; those who were accepted are served, if it is known who they are."""
        if self._again:
            self._again.cancel()
        for announcing in tuple(self._awaiting_headers):
            announcing.evict()
        self._loop.remove_reader(self._listener)
        self._listener.close()

    def _accept(self) -> None:
        for _ in range(BACKLOG):
            try:
                connection, address = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionError):  # or it is gone again
                return
            except OSError as error:
                self._failed(error)
                return
            connection.setblocking(False)
            self._take(connection, *address[:2])
            if connection.fileno() >= _descriptors():
                self._limits.make_room()

    def _failed(self, error: OSError) -> None:
        """The client waits in the backlog. One that is evicted has closed before the next try."""
        if error.errno in _EXHAUSTED and self._limits.make_room():
            return
        self._loop.call_exception_handler(
            {"message": "socket.accept() out of system resource", "exception": error}
        )
        self._loop.remove_reader(self._listener)
        self._again = self._loop.call_later(
            _AGAIN, self._loop.add_reader, self._listener, self._accept
        )

    def _take(self, connection: socket, host: str, port: int) -> None:
        announced = False
        if self._listening.proxies:
            from pop3lab.transport.proxy_protocol import is_listed

            announced = is_listed(host, self._listening.proxies)
        serve = self._announced if announced else partial(self._serve, peer=f"{host}:{port}")
        self._pending.add(self._loop.create_task(serve(connection)), connection)

    async def _announced(self, connection: socket) -> None:
        """Read the header, no octet more, then go on as with any other client."""
        waiting = _ProxiedConnection(connection)
        self._limits.enter(waiting)
        self._awaiting_headers.add(waiting)
        try:
            peer = await waiting.peer()
        except (Refused, OSError, EOFError):
            connection.close()
            return
        finally:
            self._limits.leave(waiting)
            self._awaiting_headers.discard(waiting)
        await self._serve(connection, peer)

    async def _serve(self, connection: socket, peer: str) -> None:
        """peer: the client's address, if it is known better than by the socket."""
        make = partial(self._make, peer, self._listening.tls)
        try:
            await self._loop.connect_accepted_socket(make, connection)
        except OSError:  # the client is gone already
            connection.close()


class _ProxiedConnection:
    """A connection whose proxy has yet to say whom it speaks for."""

    is_protected = False

    def __init__(self, connection: socket) -> None:
        self._connection = connection
        self._task = asyncio.current_task()

    async def peer(self) -> str:
        """The client's address and port, or nothing if the connection is the proxy's own."""
        limit = Deadline(_HEADER, self.evict, lambda: octets_have_come(self._connection))
        try:
            return await _announced(self._connection)
        finally:
            limit.cancel()

    def evict(self) -> None:
        """Wait no longer."""
        if self._task:
            self._task.cancel()


async def _announced(connection: socket) -> str:
    from pop3lab.transport.proxy_protocol import HeaderReader

    reader = HeaderReader()
    head = await _exactly(connection, _HEAD)
    found = reader.feed(head)
    if found is None:
        found = reader.feed(await _exactly(connection, int.from_bytes(head[14:16])))
    source = found[0].source if found else None
    return f"{source.host}:{source.port}" if source else ""


async def _exactly(connection: socket, octets: int) -> bytes:
    receive: Callable[[socket, int], Awaitable[bytes]] = asyncio.get_running_loop().sock_recv
    data = b""
    while len(data) < octets:
        some = await receive(connection, octets - len(data))
        if not some:
            raise EOFError
        data += some
    return data


if sys.platform == "win32":

    def _descriptors() -> int:
        """The first one that is spared: none, as descriptors are no numbers of open files there."""
        return sys.maxsize

else:
    import resource

    def _descriptors() -> int:
        """The first one that is spared."""
        most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return most - min(_SPARE, most // 8)
