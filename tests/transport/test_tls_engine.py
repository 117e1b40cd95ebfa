import ssl

import pytest

from pop3lab.transport.certificates import self_signed
from pop3lab.transport.tls_engine import HandshakeTooLong, TlsEngine

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]
each_version = pytest.mark.parametrize("version", VERSIONS)


def pair(version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> tuple[TlsEngine, TlsEngine]:
    """A server and its client, before the handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = version
    return TlsEngine(self_signed(["localhost"]).own.context), TlsEngine(context, server=False)


def shaken(version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> tuple[TlsEngine, TlsEngine]:
    server, client = pair(version)
    done = [False, False]
    while not all(done):
        done[1] = client.do_handshake()
        server.feed(client.take())
        done[0] = server.do_handshake()
        client.feed(server.take())
    return server, client


@each_version
def test_octets_one_by_one_both_ways(version: ssl.TLSVersion) -> None:
    server, client = pair(version)
    done = [False, False]
    while not all(done):
        for place, (side, other) in enumerate(((client, server), (server, client))):
            done[place] = side.do_handshake()
            for octet in side.take():
                other.feed(bytes([octet]))
                if not done[1 - place]:
                    done[1 - place] = other.do_handshake()
    for side, other in ((client, server), (server, client)):
        side.write(b"x" * 40_000)
        read = b""
        for octet in side.take():
            other.feed(bytes([octet]))
            read += other.read()
        assert read == b"x" * 40_000


@each_version
def test_an_end_comes_behind_what_was_written_and_what_was_read(version: ssl.TLSVersion) -> None:
    server, client = shaken(version)
    client.write(b"QUIT\r\n")
    client.close_notify()
    server.feed(client.take())
    assert (server.read(), server.ended, server.failed) == (b"QUIT\r\n", True, None)
    server.write(b"+OK\r\n")
    server.close_notify()
    client.feed(server.take())
    assert (client.read(), client.ended, client.failed) == (b"+OK\r\n", True, None)


def test_a_side_that_has_ended_still_reads() -> None:
    server, client = shaken()
    server.close_notify()
    client.write(b"NOOP\r\n")
    server.feed(client.take())
    assert (server.read(), server.failed) == (b"NOOP\r\n", None)


@each_version
def test_what_came_in_front_of_a_forgery_is_read_and_an_alert_is_there(
    version: ssl.TLSVersion,
) -> None:
    server, client = shaken(version)
    client.write(b"DELE 1\r\n")
    whole = client.take()
    client.write(b"DELE 2\r\n")
    forged = client.take()
    server.feed(whole + forged[:-1] + bytes([forged[-1] ^ 1]))
    assert server.read() == b"DELE 1\r\n"
    assert server.failed
    assert server.take()
    server.close_notify()  # says nothing more
    assert server.take() == b""


def test_a_handshake_without_end_is_ended() -> None:
    server, _ = pair()
    piece = b"\x16\x03\x01\x40\x00" + b"\x01\x01\xff\xff" + bytes(16_380)
    more = b"\x16\x03\x01\x40\x00" + bytes(16_384)
    octets = piece
    for number in range(8):
        assert not server.failed, number
        server.feed(octets)
        assert not server.do_handshake()
        octets = more
    assert isinstance(server.failed, HandshakeTooLong)
