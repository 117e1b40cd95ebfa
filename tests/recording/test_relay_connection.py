"""The two connections of a relay, on sockets."""

import asyncio
import socket
import ssl

import trustme

from pop3lab.recording.relay_connection import RelayConnection

OCTETS = bytes(range(256)) * 65_536  # more than sockets hold
SECONDS = 20


class Full(RelayConnection):
    """Tells when it takes no more."""

    def __init__(self) -> None:
        super().__init__(lambda side: None, lambda side, data: None, lambda side, reset: None)
        self.full = asyncio.Event()

    def pause_writing(self) -> None:
        super().pause_writing()
        self.full.set()


def test_what_is_not_taken_is_not_read_and_goes_on_when_it_is() -> None:
    asyncio.run(asyncio.wait_for(slow_reader(), SECONDS))


async def slow_reader() -> None:
    loop = asyncio.get_running_loop()
    (ours, client), (theirs, server) = socket.socketpair(), socket.socketpair()
    for peer in (client, server):
        peer.setblocking(False)
    to_client = Full()
    from_server = RelayConnection(
        lambda side: None, lambda side, data: to_client.write(data), lambda side, reset: None
    )
    to_client.other, from_server.other = from_server, to_client
    await loop.create_connection(lambda: to_client, sock=ours)
    await loop.create_connection(lambda: from_server, sock=theirs)
    sending = loop.create_task(loop.sock_sendall(server, OCTETS))
    await to_client.full.wait()
    assert from_server.transport
    assert not from_server.transport.is_reading()
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
        def eof_received(self) -> bool:
            over.set()
            return super().eof_received()

    made: asyncio.Future[RelayConnection] = loop.create_future()

    def accepted() -> RelayConnection:
        return Heard(made.set_result, lambda side, data: None, lambda side, reset: None)

    server = await loop.create_server(accepted, "127.0.0.1", 0, ssl=ours)
    port = server.sockets[0].getsockname()[1]
    _, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=theirs, server_hostname="localhost"
    )
    side = await made
    writer.close()
    await over.wait()
    for _ in range(turns):
        await asyncio.sleep(0)
    side.close(reset=True)
    server.close()
