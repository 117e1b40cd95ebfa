"""What a protocol is told of writing when TLS comes under it."""

import asyncio
import socket
from asyncio import BaseTransport, Protocol, Transport
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from pop3lab.transport.tls_engine import TlsEngine
from pop3lab.transport.tls_handshake import secure
from pop3lab.transport.tls_transport import TlsTransport
from tests.behaviours.faults.raw import Raw, Tlsed, certificate, in_loop

KERNEL = 32_768  # octets that it may hold for sending
CLEAR = b"x" * 1_000_000  # octets, more than a transport takes without a word
LARGE = b"0123456789abcde\n" * 200_000


class Server(Protocol):
    """Says this in clear, then is secured. told: of writing, in order."""

    def __init__(self, clear: bytes) -> None:
        self.told: list[str] = []
        self._clear = clear

    def connection_made(self, transport: BaseTransport) -> None:
        raw = cast(Transport, transport)
        raw.write(self._clear)
        engine = TlsEngine(certificate().own.context)
        self.secured = asyncio.ensure_future(secure(raw, self, engine))

    def pause_writing(self) -> None:
        self.told.append("pause")

    def resume_writing(self) -> None:
        self.told.append("resume")

    async def transport(self) -> TlsTransport:
        return await self.secured


@asynccontextmanager
async def served(clear: bytes) -> AsyncIterator[tuple[Server, Raw]]:
    protocol = Server(clear)
    loop = asyncio.get_running_loop()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL)
    async with await loop.create_server(lambda: protocol, sock=listener):
        with Raw(listener.getsockname()[1]) as raw:
            yield protocol, raw
            (await protocol.transport()).abort()


@in_loop
async def test_what_was_paused_before_goes_on_under_tls() -> None:
    async with served(CLEAR) as (protocol, raw):
        said = b""
        while len(said) < len(CLEAR):
            said += await raw.piece()
        assert said == CLEAR
        assert protocol.told == ["pause"]
        await Tlsed(raw).handshake()
        await protocol.transport()
        assert protocol.told == ["pause", "resume"]


@in_loop
async def test_a_pause_is_told_once_until_it_is_over() -> None:
    """Though the transport below is full again with each piece that was to wait."""
    async with served(b"") as (protocol, raw):
        client = Tlsed(raw)
        await client.handshake()
        secured = await protocol.transport()
        protocol.told.clear()
        secured.write(LARGE)
        secured.write(b"end\r\n")
        said = b"".join(await client.until(b"end\r\n"))
        assert said == LARGE + b"end\r\n"
        assert protocol.told == ["pause", "resume"]
