"""A TLS client that goes away after any number of octets."""

import socket
import ssl

from tests.soak.crowd import CONTEXT


class Handshake:
    """Octets of a handshake, one flight after the other; no socket of its own."""

    def __init__(self) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._client = CONTEXT.wrap_bio(self._incoming, self._outgoing)
        self.done = False

    def flight(self, received: bytes) -> bytes:
        """What is to be sent after this was received; perhaps nothing yet."""
        self._incoming.write(received)
        try:
            self._client.do_handshake()
            self.done = True
        except ssl.SSLWantReadError:
            pass
        return self._outgoing.read()


def begin(port: int, octets: int, stls: bool) -> tuple[socket.socket, bool]:
    """A connection that has sent so many octets of a handshake; whether that is all of it."""
    client = socket.create_connection(("127.0.0.1", port), 30.0)
    if stls:
        assert client.recv(512).startswith(b"+OK")
        client.sendall(b"STLS\r\n")
        assert client.recv(512).startswith(b"+OK")
    handshake = Handshake()
    flight = handshake.flight(b"")
    while True:
        client.sendall(flight[:octets])
        if octets < len(flight):
            return client, False
        octets -= len(flight)
        if handshake.done:
            return client, True
        flight = handshake.flight(client.recv(16_384))
