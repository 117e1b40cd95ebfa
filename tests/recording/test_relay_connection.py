"""The two connections of a relay, on sockets."""

import asyncio
import socket
import ssl

import trustme

from pop3lab.recording.relay_connection import RelayConnection
from pop3lab.transport.reactor import reactor_here
from pop3lab.transport.tls_engine import TlsEngine
from pop3lab.transport.tls_layer import start_tls

OCTETS = bytes(range(256)) * 65_536  # more than sockets hold
SECONDS = 20


def test_what_is_not_taken_is_not_read_and_goes_on_when_it_is() -> None:
    asyncio.run(asyncio.wait_for(slow_reader(), SECONDS))


async def slow_reader() -> None:
    loop = asyncio.get_running_loop()
    (ours, client), (theirs, server) = socket.socketpair(), socket.socketpair()
    for each in (ours, client, theirs, server):
        each.setblocking(False)
    to_client = RelayConnection(
        lambda side: None, lambda side, data: None, lambda side, reset: None
    )
    from_server = RelayConnection(
        lambda side: None, lambda side, data: to_client.write(data), lambda side, reset: None
    )
    to_client.other, from_server.other = from_server, to_client
    reactor = reactor_here()
    to_client.begin(ours, reactor)
    from_server.begin(theirs, reactor)
    sending = loop.create_task(loop.sock_sendall(server, OCTETS))
    assert to_client.stream
    assert from_server.stream
    while not to_client.stream.is_full:
        await asyncio.sleep(0)
    assert not from_server.stream.is_reading
    assert not sending.done()
    came = bytearray()
    while len(came) < len(OCTETS):
        came += await loop.sock_recv(client, 1_048_576)
    assert came == OCTETS
    await sending
    for side in (to_client, from_server):
        side.close()
    client.close()
    server.close()


def test_a_reset_at_any_moment_of_an_end_of_tls() -> None:
    authority = trustme.CA()
    ours, theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("localhost").configure_cert(ours)
    authority.configure_trust(theirs)
    for turns in range(12):
        asyncio.run(asyncio.wait_for(reset_after(turns, ours, theirs), SECONDS))


async def reset_after(turns: int, ours: ssl.SSLContext, theirs: ssl.SSLContext) -> None:
    """Turns of the loop after TLS has ended, and no more: the transport may be gone already."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()

    class Heard(RelayConnection):
        def eof_received(self) -> None:
            over.set()
            super().eof_received()

    side = Heard(lambda side: None, lambda side, data: None, lambda side, reset: None)
    listener = socket.create_server(("127.0.0.1", 0))
    opening = asyncio.ensure_future(
        asyncio.open_connection(*listener.getsockname(), ssl=theirs, server_hostname="localhost")
    )
    listener.setblocking(False)
    accepted, _ = await loop.sock_accept(listener)
    side.begin(accepted, reactor_here())
    assert side.stream
    await start_tls(side.stream, TlsEngine(ours))
    _, writer = await opening
    writer.close()
    await over.wait()
    for _ in range(turns):
        await asyncio.sleep(0)
    side.close(reset=True)
    listener.close()
