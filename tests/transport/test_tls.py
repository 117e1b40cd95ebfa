"""STLS and implicit TLS on real sockets."""

import _socket
import asyncio
import hashlib
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any, cast

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pop3lab.auth.authenticator import Authenticator
from pop3lab.core.config import ServerCapabilities
from pop3lab.core.errors import ConfigError
from pop3lab.core.sasl import Channel
from pop3lab.core.session import Session
from pop3lab.transport.certificates import self_signed
from pop3lab.transport.connection import Connection
from pop3lab.transport.reactor import Reactor
from pop3lab.transport.threads import Threads
from pop3lab.transport.tls import Tls, channel_under_tls, make_tls
from tests.dialogue import ONE, memory
from tests.transport.serving import serving
from tests.wording import (
    BYE,
    LOG_IN_FIRST,
    NOT_IN_CLEAR,
    PASSWORD_NEXT,
    TLS_IS_ACTIVE,
    UNKNOWN,
    as_sent,
)

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
LARGE = b"0123456789abcdef\r\n" * 100_000


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def paths(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("tls")
    leaf = authority.issue_cert("127.0.0.1")
    leaf.private_key_pem.write_to_path(folder / "key.pem")
    leaf.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    return {name: str(folder / f"{name}.pem") for name in ("key", "cert", "ca")}


class Running:
    """A listener with TLS and its sessions."""

    def __init__(self, tls: Tls, implicit: bool = False) -> None:
        self.implicit = implicit
        self.tls = tls
        self.store = memory(ONE, LARGE)
        self.sessions: list[Session] = []
        self.connections: list[Connection] = []
        self.threads = Threads()
        self.closed = 0
        self.port = 0

    def serve(self, client: _socket.socket, reactor: Reactor) -> None:
        Connection(
            client,
            reactor,
            self.session,
            self.gone,
            tls=lambda name: self.tls,
            secure=self.implicit,
            threads=self.threads,
        ).begin()

    def session(self, connection: Connection, peer: str) -> Session:
        self.connections.append(connection)
        session = Session(
            len(self.sessions) + 1,
            Authenticator({"ann": "secret"}),
            self.store,
            peer=peer,
            capabilities=ServerCapabilities(tls=True),
            channel=Channel(clear=False),
        )
        self.sessions.append(session)
        return session

    def gone(self, connection: Connection) -> None:
        self.closed += 1


@asynccontextmanager
async def running(tls: Tls, implicit: bool = False) -> AsyncIterator[Running]:
    ran = Running(tls, implicit)
    with serving(ran.serve) as ran.port:
        yield ran
        for connection in ran.connections:
            connection.stop()
        await asyncio.sleep(0.05)


def in_loop(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        async def bounded() -> None:
            await asyncio.wait_for(test(*args, **kwargs), 15)

        asyncio.run(bounded())

    return run


async def ask(streams: Streams, line: bytes) -> bytes:
    streams[1].write(line + b"\r\n")
    return await streams[0].readuntil(b"\r\n")


async def log_in(streams: Streams) -> None:
    assert await ask(streams, b"USER ann") == as_sent(PASSWORD_NEXT)
    assert (await ask(streams, b"PASS secret")).startswith(b"+OK maildrop")


def trusting(paths: dict[str, str]) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=paths["ca"])


async def greeted(ran: Running, context: ssl.SSLContext | None = None) -> Streams:
    streams = await asyncio.open_connection("127.0.0.1", ran.port, ssl=context)
    assert (await streams[0].readuntil(b"\r\n")).startswith(b"+OK ")
    return streams


async def after_stls(ran: Running, context: ssl.SSLContext) -> Streams:
    streams = await greeted(ran)
    assert await ask(streams, b"USER ann") == as_sent(NOT_IN_CLEAR)
    assert (await ask(streams, b"STLS")).startswith(b"+OK")
    await streams[1].start_tls(context, server_hostname="127.0.0.1")
    return streams


@in_loop
async def test_p179_p180_stls_then_a_whole_session(paths: dict[str, str]) -> None:
    async with running(make_tls(paths["cert"], paths["key"])) as ran:
        streams = await after_stls(ran, trusting(paths))
        assert await ask(streams, b"STAT") == as_sent(LOG_IN_FIRST)
        assert await ask(streams, b"STLS") == as_sent(TLS_IS_ACTIVE)
        await log_in(streams)
        assert (await ask(streams, b"RETR 2")).startswith(b"+OK")
        assert await streams[0].readexactly(len(LARGE) + 3) == LARGE + b".\r\n"
        assert await ask(streams, b"QUIT") == as_sent(BYE)
        assert await streams[0].read() == b""
        streams[1].close()


@in_loop
async def test_p189_p190_implicit_tls_greets_after_the_handshake(paths: dict[str, str]) -> None:
    async with running(make_tls(paths["cert"], paths["key"]), implicit=True) as ran:
        streams = await greeted(ran, trusting(paths))
        assert await ask(streams, b"STLS") == as_sent(TLS_IS_ACTIVE)
        await log_in(streams)
        assert await ask(streams, b"QUIT") == as_sent(BYE)
        assert await streams[0].read() == b""
        streams[1].close()
        plain = await asyncio.open_connection("127.0.0.1", ran.port)
        plain[1].write(b"CAPA\r\n")
        assert b"OK" not in await plain[0].read()
        plain[1].close()
        await asyncio.sleep(0.05)
        assert len(ran.sessions) == 2
        assert not list(ran.sessions[1].state.verbs.items())


@in_loop
async def test_p185_octets_behind_stls_are_never_obeyed(paths: dict[str, str]) -> None:
    async with running(make_tls(paths["cert"], paths["key"])) as ran:
        for behind in (b"CAPA\r\n", b"XX", b"NOOP\r\nUSER ann\r\n"):
            reader, writer = await greeted(ran)
            writer.write(b"STLS\r\n" + behind)
            assert is_one_refusal(await reader.read())
            writer.close()


def is_one_refusal(told: bytes) -> bool:
    return told.startswith(b"-ERR ") and told.count(b"\r\n") == 1


@in_loop
async def test_p186_clear_text_after_the_answer_is_refused_once(paths: dict[str, str]) -> None:
    async with running(make_tls(paths["cert"], paths["key"])) as ran:
        reader, writer = await greeted(ran)
        await ask((reader, writer), b"STLS")
        writer.write(b"USER ann\r\nPASS secret\r\n")
        assert is_one_refusal(await reader.read())
        assert "PASS" not in dict(ran.sessions[0].state.verbs.items())
        writer.close()
        await asyncio.sleep(0.05)
        assert ran.closed == 1
        streams = await after_stls(ran, trusting(paths))
        await log_in(streams)
        streams[1].close()


@in_loop
async def test_p188_a_client_that_leaves_in_the_handshake(paths: dict[str, str]) -> None:
    async with running(make_tls(paths["cert"], paths["key"])) as ran:
        for octets in (b"", b"\x16", b"\x16\x03\x01\x02\x00\x01"):
            reader, writer = await greeted(ran)
            await ask((reader, writer), b"STLS")
            writer.write(octets)
            await writer.drain()
            writer.close()
        await asyncio.sleep(0.2)
        assert ran.closed == 3


def talk_to_the_end(ran: Running, paths: dict[str, str]) -> bytes:
    with (
        socket.create_connection(("127.0.0.1", ran.port)) as raw,
        trusting(paths).wrap_socket(
            raw, server_hostname="127.0.0.1", suppress_ragged_eofs=False
        ) as wrapped,
    ):
        wrapped.recv(1000)
        wrapped.sendall(b"QUIT\r\n")
        return wrapped.recv(1000) + wrapped.recv(1000)


@in_loop
async def test_p192_close_notify_comes_before_the_end(paths: dict[str, str]) -> None:
    async with running(make_tls(paths["cert"], paths["key"]), implicit=True) as ran:
        told = await asyncio.to_thread(talk_to_the_end, ran, paths)
        assert told == as_sent(BYE)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@in_loop
async def test_p191_tls_1_2_and_1_3(paths: dict[str, str], version: ssl.TLSVersion) -> None:
    made = make_tls(paths["cert"], paths["key"])
    assert made.context.minimum_version is ssl.TLSVersion.TLSv1_2
    context = trusting(paths)
    context.minimum_version = context.maximum_version = version
    async with running(made, implicit=True) as ran:
        streams = await greeted(ran, context)
        connection = streams[1].get_extra_info("ssl_object")
        assert connection.version() == version.name.replace("_", ".").replace("TLSv1.", "TLSv1.")
        streams[1].close()


@in_loop
async def test_p234_p235_p237_bindings_are_what_the_client_sees(paths: dict[str, str]) -> None:
    async with running(make_tls(paths["cert"], paths["key"])) as ran:
        context = trusting(paths)
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context.maximum_version = version
            streams = await after_stls(ran, context)
            await ask(streams, b"XX")
            seen = streams[1].get_extra_info("ssl_object")
            channel = ran.sessions[-1].channel
            assert channel.secure
            assert channel.clear
            end_point = hashlib.sha256(seen.getpeercert(binary_form=True)).digest()
            assert channel.end_point == end_point
            unique = seen.get_channel_binding("tls-unique")
            bound = {"tls-unique": unique, "tls-server-end-point": end_point}
            # Until Python has the exporter that RFC 9266 section 3 demands.
            assert channel.bindings == (bound if version is ssl.TLSVersion.TLSv1_2 else {})
            streams[1].close()


class Exporting:
    """A connection over TLS 1.3 of a Python that has the exporter."""

    def version(self) -> str:
        return "TLSv1.3"

    def getpeercert(self) -> None: ...

    def export_keying_material(self, label: bytes, octets: int, context: bytes) -> bytes:
        return b"%s %d %r" % (label, octets, context)


def test_p235_what_is_exported_is_what_rfc_9266_says(paths: dict[str, str]) -> None:
    tls = make_tls(paths["cert"], paths["key"])
    channel = channel_under_tls(Channel(), cast(ssl.SSLObject, Exporting()), tls)
    exported = b"EXPORTER-Channel-Binding 32 b''"
    wanted = {"tls-exporter": exported, "tls-server-end-point": tls.end_point}
    assert channel.bindings == wanted


@pytest.mark.parametrize("with_ca", [True, False])
@in_loop
async def test_p196_a_client_certificate_is_asked_for_only_where_it_can_log_in(
    paths: dict[str, str], with_ca: bool, authority: trustme.CA, tmp_path: Path
) -> None:
    client = authority.issue_cert("ann@example.org", common_name="ann")
    client.private_key_and_cert_chain_pem.write_to_path(tmp_path / "client.pem")
    tls = make_tls(paths["cert"], paths["key"], paths["ca"] if with_ca else None)
    async with running(tls, implicit=True) as ran:
        context = trusting(paths)
        context.load_cert_chain(tmp_path / "client.pem")
        streams = await greeted(ran, context)
        named = ran.sessions[0].channel.certificate_names
        assert named == (("ann@example.org", "ann") if with_ca else ())
        assert await ask(streams, b"STAT") == as_sent(LOG_IN_FIRST)
        streams[1].close()


def revoked(authority: trustme.CA) -> bytes:
    """A list that revokes nothing."""
    key = serialization.load_pem_private_key(authority.private_key_pem.bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    name = x509.load_pem_x509_certificate(authority.cert_pem.bytes()).subject
    now = datetime.now(UTC)
    crl = x509.CertificateRevocationListBuilder(name, now, now + timedelta(days=1))
    return crl.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("empty", "is empty: a certificate in PEM is wanted"),
        ("text", "holds no certificate in PEM"),
        ("key", "holds a private key and no certificate: has it changed places with another file?"),
        ("revoked", "holds no certificate in PEM"),
    ],
)
def test_a_client_ca_without_a_certificate_is_a_sentence(
    paths: dict[str, str], tmp_path: Path, authority: trustme.CA, kind: str, says: str
) -> None:
    octets = {"empty": b"", "text": b"# none\n", "key": Path(paths["key"]).read_bytes()}
    path = tmp_path / "clients.pem"
    path.write_bytes(revoked(authority) if kind == "revoked" else octets[kind])
    with pytest.raises(ConfigError) as refusal:
        make_tls(paths["cert"], paths["key"], str(path))
    assert str(refusal.value) == f"client-ca {str(path)!r} {says}"


@in_loop
async def test_a_certificate_made_at_start(tmp_path: Path) -> None:
    path = str(tmp_path / "ca.pem")
    async with running(self_signed(["127.0.0.1", "localhost"], path).own, implicit=True) as ran:
        streams = await greeted(ran, ssl.create_default_context(cafile=path))
        await log_in(streams)
        streams[1].close()


@in_loop
async def test_another_certificate_is_for_handshakes_to_come(
    paths: dict[str, str], tmp_path: Path, authority: trustme.CA
) -> None:
    other = str(tmp_path / "other.pem")
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(other)
    async with running(make_tls(paths["cert"], paths["key"]), implicit=True) as ran:
        first = await greeted(ran, trusting(paths))
        ran.tls = make_tls(other, other)
        second = await greeted(ran, trusting(paths))
        both = [streams[1].get_extra_info("ssl_object") for streams in (first, second)]
        leaves = [connection.getpeercert(binary_form=True) for connection in both]
        assert leaves[0] != leaves[1]
        assert await ask(first, b"XX") == as_sent(UNKNOWN)
        end_points = [s.channel.end_point for s in ran.sessions]
        assert end_points == [hashlib.sha256(leaf).digest() for leaf in leaves]
        for streams in (first, second):
            streams[1].close()
