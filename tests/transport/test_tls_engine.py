import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from pop3lab.transport.certificates import self_signed
from pop3lab.transport.tls_engine import EndlessTls, TlsEngine
from pop3lab.transport.tls_records import record_end

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
    shake(server, client)
    return server, client


def shake(server: TlsEngine, client: TlsEngine) -> None:
    done = [False, False]
    while not all(done):
        done[1] = client.do_handshake()
        server.feed(client.take())
        done[0] = server.do_handshake()
        client.feed(server.take())


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
        read = b""
        for octet in side.seal(b"x" * 40_000):
            read += other.decrypt(bytes([octet]))
        assert read == b"x" * 40_000


@each_version
def test_an_end_comes_behind_what_was_written_and_what_was_read(version: ssl.TLSVersion) -> None:
    server, client = shaken(version)
    octets = client.seal(b"QUIT\r\n")
    client.close_notify()
    assert (server.decrypt(octets + client.take()), server.ended, server.failed) == (
        b"QUIT\r\n",
        True,
        None,
    )
    octets = server.seal(b"+OK\r\n")
    server.close_notify()
    assert (client.decrypt(octets + server.take()), client.ended, client.failed) == (
        b"+OK\r\n",
        True,
        None,
    )


def test_a_side_that_has_ended_still_reads() -> None:
    server, client = shaken()
    server.close_notify()
    assert (server.decrypt(client.seal(b"NOOP\r\n")), server.failed) == (b"NOOP\r\n", None)


@each_version
def test_what_came_in_front_of_a_forgery_is_read_and_an_alert_is_there(
    version: ssl.TLSVersion,
) -> None:
    server, client = shaken(version)
    whole, forged = client.seal(b"DELE 1\r\n"), client.seal(b"DELE 2\r\n")
    assert server.decrypt(whole + forged[:-1] + bytes([forged[-1] ^ 1])) == b"DELE 1\r\n"
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
    assert isinstance(server.failed, EndlessTls)


class KeyUpdates:
    """What a client of TLS 1.3 may say without end: that its keys change (RFC 8446 section 4.6.3).

    Python has no way to say it.
    """

    def __init__(self, secret: bytes) -> None:
        self.secret = secret
        self.sequence = 0

    def expand(self, label: bytes, octets: int) -> bytes:
        name = b"tls13 " + label
        info = octets.to_bytes(2) + bytes([len(name)]) + name + b"\0"
        return HKDFExpand(SHA384(), octets, info).derive(self.secret)

    def record(self) -> bytes:
        update = b"\x18\0\0\1\1\x16"  # the other side is to do the same; of a handshake
        head = b"\x17\3\3" + (len(update) + 16).to_bytes(2)
        place = self.sequence.to_bytes(12)
        nonce = bytes(a ^ b for a, b in zip(self.expand(b"iv", 12), place, strict=True))
        sealed = AESGCM(self.expand(b"key", 32)).encrypt(nonce, update, head)
        self.secret, self.sequence = self.expand(b"traffic upd", 48), 0
        return head + sealed


@pytest.fixture(name="updating")
def updating_client(tmp_path: Path) -> tuple[TlsEngine, KeyUpdates]:
    """A server, and a client that updates its keys."""
    server, client = pair()
    client.connection.context.keylog_filename = str(tmp_path / "keys")
    shake(server, client)
    assert client.connection.cipher() == ("TLS_AES_256_GCM_SHA384", "TLSv1.3", 256)
    lines = (tmp_path / "keys").read_text().splitlines()
    (secret,) = (line.split()[2] for line in lines if line.startswith("CLIENT_TRAFFIC_SECRET_0 "))
    return server, KeyUpdates(bytes.fromhex(secret))


def test_a_few_key_updates_are_answered(updating: tuple[TlsEngine, KeyUpdates]) -> None:
    server, client = updating
    for _ in range(10):
        assert (server.decrypt(client.record()), server.failed) == (b"", None)
    answer = server.seal(b"+OK\r\n")
    assert len(answer) > record_end(answer)  # the other side's update comes first


def test_key_updates_without_end_are_not_obeyed(
    updating: tuple[TlsEngine, KeyUpdates], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pop3lab.transport.tls_engine._IDLE", 8192)
    server, client = updating
    records = [client.record() for _ in range(8192 // 27 + 1)]
    for record in records[:-1]:
        server.decrypt(record)
    assert not server.failed
    server.decrypt(records[-1])
    assert isinstance(server.failed, EndlessTls)


@each_version
@pytest.mark.parametrize("octets", [1, 16_384])
def test_records_that_bring_something_are_never_too_many(
    version: ssl.TLSVersion, octets: int
) -> None:
    server, client = shaken(version)
    for _ in range(5_000_000 // (octets + 1000)):
        record = client.seal(b"x" * octets)
        assert server.decrypt(record[:11]) == b""
        assert server.decrypt(record[11:]) == b"x" * octets


@each_version
def test_it_is_known_where_a_record_ends_that_is_cut(version: ssl.TLSVersion) -> None:
    """What is in clear may come behind it."""
    for cut in (0, 3, 5, 20):
        server, client = shaken(version)
        first, second = client.seal(b"NOOP\r\n"), client.seal(b"QUIT\r\n")
        server.decrypt(first + second[:cut])
        split = server.split_behind().split
        parts = [split(part) for part in (second[cut : cut + 1], second[cut + 1 :] + b"clear")]
        assert b"".join(records for records, _ in parts) == second[cut:]
        assert b"".join(clear for _, clear in parts) == b"clear"
        server.decrypt(second[cut:])
        assert server.split_behind().split(b"clear") == (b"", b"clear")
