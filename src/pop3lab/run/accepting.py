"""Accepting clients: as they come, under TLS, or announced by a proxy."""

import asyncio
from asyncio import AbstractServer, Protocol
from collections.abc import Awaitable, Callable, Sequence
from socket import socket
from typing import TYPE_CHECKING, NamedTuple

from pop3lab.core.errors import Refused

if TYPE_CHECKING:
    from pop3lab.run.proxy import Network

_BACKLOG = 1024
_HEADER = 5.0  # seconds that a proxy may take to say whom it speaks for
_AGAIN = 0.1  # seconds until the next try where accepting failed
_HEAD = 16  # octets of a PROXY header that say how long it is


class Listening(NamedTuple):
    """A listening socket. tls: from the first octet. proxies: who begins with a PROXY header."""

    socket: socket
    tls: bool = False
    proxies: "Sequence[Network]" = ()


# A client's protocol, given its address if a proxy has told it, and whether TLS comes first.
Make = Callable[[str, bool], Protocol]


async def accept(listening: Listening, make: Make) -> Callable[[], None]:
    """Accept clients from now on; what comes back ends that."""
    if listening.proxies:
        import pop3lab.run.proxy  # noqa: F401 - now, as descriptors may be exhausted later

        task = asyncio.create_task(_accept_proxied(listening, make))
        return lambda: _end(task, listening.socket)
    server: AbstractServer = await asyncio.get_running_loop().create_server(
        lambda: make("", listening.tls), sock=listening.socket, backlog=_BACKLOG
    )
    return lambda: _close(server, listening.socket)


def _close(server: AbstractServer, listener: socket) -> None:
    """No more clients; but one who was accepted gets a transport first: asyncio loses it else."""
    loop = asyncio.get_running_loop()
    loop.remove_reader(listener)
    loop.call_soon(server.close)


def _end(task: "asyncio.Task[None]", listener: socket) -> None:
    task.cancel()
    listener.close()


async def _accept_proxied(listening: Listening, make: Make) -> None:
    loop = asyncio.get_running_loop()
    listening.socket.setblocking(False)
    greeting: set[asyncio.Task[None]] = set()
    while True:
        try:
            connection, address = await loop.sock_accept(listening.socket)
        except OSError:  # descriptors are exhausted, or the client is gone already
            await asyncio.sleep(_AGAIN)
            continue
        connection.setblocking(False)
        task = loop.create_task(_greet(listening, make, connection, address[0]))
        greeting.add(task)
        task.add_done_callback(greeting.discard)


async def _greet(listening: Listening, make: Make, connection: socket, host: str) -> None:
    """Read the header, no octet more, then go on as with any other client."""
    from pop3lab.run.proxy import is_listed

    try:
        peer = ""
        if is_listed(host, listening.proxies):
            peer = await asyncio.wait_for(_announced(connection), _HEADER)
        await asyncio.get_running_loop().connect_accepted_socket(
            lambda: make(peer, listening.tls), connection
        )
    except (Refused, OSError, TimeoutError, EOFError):
        connection.close()


async def _announced(connection: socket) -> str:
    """The client's address and port, or nothing if the connection is the proxy's own."""
    from pop3lab.run.proxy import HeaderReader

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
