"""What TLS keeps of a transport: bounds, order, and what is told of who came too early."""

import asyncio
import ssl
from dataclasses import replace

import pytest

from pop3lab.core.events import LineReceived, TlsFailed
from pop3lab.transport.connection import Connection
from pop3lab.transport.tls_engine import TlsEngine
from tests.behaviours.faults.raw import Raw, Running, Tlsed, certificate, in_loop, running
from tests.dialogue import ONE, TWO, memory
from tests.wording import BYE, READY, as_sent

LARGE = b"0123456789abcdef\r\n" * 500_000  # 9 MB
BUFFERED = 400_000  # octets of TLS that may wait: less than a piece more than asyncio's mark


async def retrieving(ran: Running, raw: Raw) -> tuple[Tlsed, Connection]:
    """A client that has asked for a large message and reads nothing; it and the server's side."""
    client = Tlsed(raw)
    await client.handshake()
    await client.log_in()
    await client.send(b"RETR 1\r\n")
    (connection,) = ran.server._service.connections
    while not connection._stream.is_full:
        await asyncio.sleep(0)
    return client, connection


@in_loop
async def test_a_client_that_does_not_read_costs_no_second_copy_of_what_waits() -> None:
    async with running(store=memory(LARGE), tls="implicit", kernel=32_768) as ran:
        with Raw(ran.port) as raw:
            client, connection = await retrieving(ran, raw)
            assert connection._stream.waiting > len(LARGE) - 6_000_000
            assert sum(map(len, connection._stream._unsent)) < BUFFERED
            assert not connection._stream.is_reading
            said = b"".join(await client.until(b"\r\n.\r\n"))
            assert said.endswith(LARGE + b".\r\n")
            await client.send(b"STAT\r\n")
            assert await client.until(b"\r\n") == [b"+OK 1 9000000\r\n"]


@in_loop
async def test_an_end_waits_for_all_that_waits() -> None:
    async with running(store=memory(LARGE), tls="implicit", kernel=32_768) as ran:
        with Raw(ran.port) as raw:
            client, connection = await retrieving(ran, raw)
            connection.close("stopped")
            records = [await client.record()]
            while records[-1][0]:
                records.append(await client.record())
            said = sum(len(text) for _, text in records)
            assert connection._stream.written - said in range(100, 300)  # greeting and login
            assert [kind for kind, _ in records[-2:]] == [21, 0]


@in_loop
async def test_a_reset_waits_for_nothing() -> None:
    async with running(store=memory(LARGE), tls="implicit", kernel=32_768) as ran:
        with Raw(ran.port) as raw:
            client, connection = await retrieving(ran, raw)
            connection.reset("stopped")
            with pytest.raises(ConnectionResetError):
                await client.until(b"\r\n.\r\n")


def test_what_is_left_for_a_client_that_has_gone_is_not_logged_piece_by_piece(
    caplog: pytest.LogCaptureFixture,
) -> None:
    @in_loop
    async def played() -> None:
        async with running(tls="implicit") as ran:
            with Raw(ran.port) as raw:
                client = Tlsed(raw)
                await client.handshake()
                (connection,) = ran.server._service.connections
                stream = connection._stream
                stream.abort()
                stream.write(LARGE)

    played()
    assert caplog.messages == []


@in_loop
async def test_octets_that_are_read_one_by_one() -> None:
    async with running(tls="implicit") as ran:
        own = replace(certificate().own, at_once=1)
        ran.server.tls = replace(certificate(), own=own)
        with Raw(ran.port) as raw:
            client = Tlsed(raw)
            await client.handshake()
            await client.log_in()
            (connection,) = ran.server._service.connections
            assert connection._stream.at_once == 1
            await client.send(b"QUIT\r\n")
            assert await client.until(b"\r\n") == [as_sent(BYE)]


async def last_flight(raw: Raw, engine: TlsEngine, behind: bytes) -> None:
    """A handshake, with the last octets of which more is said."""
    while not engine.do_handshake():
        await raw.send(engine.take())
        engine.feed(await raw.piece())
    await raw.send(engine.seal(behind))


async def plain(raw: Raw, engine: TlsEngine, end: bytes) -> bytes:
    said = b""
    while not said.endswith(end):
        said += engine.decrypt(await raw.piece())
    return said


def engine() -> TlsEngine:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return TlsEngine(context, server=False)


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
@in_loop
async def test_what_comes_with_the_handshakes_end_is_early_only_before_a_greeting(
    tls: str,
) -> None:
    async with running(store=memory(ONE, TWO), tls=tls) as ran:
        with Raw(ran.port) as raw:
            if tls == "starttls":
                await raw.until(b"\r\n")
                await raw.send(b"STLS\r\n")
                await raw.until(b"begin TLS negotiation\r\n")
            client = engine()
            await last_flight(raw, client, b"QUIT\r\n")
            said = await plain(raw, client, as_sent(BYE))
            assert said.startswith((READY if tls == "implicit" else BYE).encode())
        early = [event.early for event in ran.events if isinstance(event, LineReceived)]
        assert early[-1] is (tls == "implicit")


@in_loop
async def test_an_end_that_comes_with_the_handshakes_is_heard() -> None:
    async with running(tls="implicit") as ran:
        with Raw(ran.port) as raw:
            client = engine()
            while not client.do_handshake():
                await raw.send(client.take())
                client.feed(await raw.piece())
            octets = client.seal(b"CAPA\r\n")
            client.close_notify()
            await raw.send(octets + client.take())
            said = await plain(raw, client, b"\r\n.\r\n")
            assert said.startswith(READY.encode())
        assert await ran.ended() == "closed"


@in_loop
async def test_a_client_whose_alert_ends_the_handshake_is_quoted() -> None:
    context = ssl.create_default_context()  # which knows nobody who made the certificate
    async with running(tls="implicit") as ran:
        with Raw(ran.port) as raw:
            client = TlsEngine(context, server=False, host="127.0.0.1")
            while not (client.do_handshake() or client.failed):
                await raw.send(client.take())
                client.feed(await raw.piece())
            await raw.send(client.take())
            assert await raw.piece() == b""
        assert await ran.ended() == "tls_failed"
        (told,) = [event for event in ran.events if isinstance(event, TlsFailed)]
        assert "the handshake failed: the client's alert says unknown ca" in told
