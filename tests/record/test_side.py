"""The two connections of a relay, on sockets."""

import asyncio
import socket

from pop3lab.record.side import Side

OCTETS = bytes(range(256)) * 65_536  # more than sockets hold
SECONDS = 20


class Full(Side):
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
    from_server = Side(
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
