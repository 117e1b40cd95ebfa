"""Real servers with rules, and clients that see what the network sees."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import cache, wraps
from typing import Any

from pop3lab.core.config import ServerCapabilities
from pop3lab.core.events import Event, SessionEnded
from pop3lab.rules.engine import Rules
from pop3lab.server import Server
from pop3lab.stores.memory import MemoryStore
from pop3lab.transport.certificates import CertificateSet, self_signed
from pop3lab.transport.dispatching import run as run_loop
from pop3lab.transport.listener import ListeningSocket
from pop3lab.transport.tls import Certificates
from tests.behaviours.ruled import rules as ruled
from tests.dialogue import ACCOUNTS, ONE, TWO, memory

SECONDS = 5.0  # for anything that must happen


class Running:
    """A server in this loop, and what its watch was told."""

    wants_lines = True

    def __init__(self, rules: Rules, store: MemoryStore, tls: Certificates | None) -> None:
        self.rules = rules
        self.store = store
        self.events: list[Event] = []
        self.over = asyncio.Event()
        self.port = 0
        self.server = Server(
            ACCOUNTS,
            store,
            rules=rules,
            capabilities=ServerCapabilities(tls=bool(tls)),
            tls=tls,
            sink=self,
        )

    def emit(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, SessionEnded):
            self.over.set()

    async def ended(self) -> str:
        """How the first session that is over ended."""
        await asyncio.wait_for(self.over.wait(), SECONDS)
        return next(event.end_reason for event in self.events if isinstance(event, SessionEnded))

    @property
    def hits(self) -> list[int]:
        return [active.hits for active in self.rules.active]


@asynccontextmanager
async def running(
    *texts: str, store: MemoryStore | None = None, tls: str = "", kernel: int = 0
) -> AsyncIterator[Running]:
    """tls: empty, "starttls" or "implicit". kernel: octets that it may hold for sending."""
    ran = Running(ruled(*texts), store or memory(ONE, TWO), certificate() if tls else None)
    listener = socket.create_server(("127.0.0.1", 0))
    if kernel:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, kernel)
    ran.port = listener.getsockname()[1]
    serving = asyncio.create_task(ran.server.serve(ListeningSocket(listener, tls == "implicit")))
    try:
        yield ran
    finally:
        ran.server.stop()
        await asyncio.wait_for(serving, SECONDS)


@cache
def certificate() -> CertificateSet:
    """One for all tests: no client here looks at it."""
    return self_signed(["127.0.0.1"])


def in_loop(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Runs an asynchronous test, for a bounded time."""

    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        async def bounded() -> None:
            await asyncio.wait_for(test(*args, **kwargs), 4 * SECONDS)

        run_loop(bounded())

    return run


class Raw:
    """A socket. pieces: what each recv brought until now."""

    def __init__(self, port: int) -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setblocking(False)
        self.pieces: list[bytes] = []

    def __enter__(self) -> "Raw":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    async def send(self, octets: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self.socket, octets)

    async def piece(self) -> bytes:
        """As much as there is, at least an octet; empty at FIN. Raises ConnectionResetError."""
        reading = asyncio.get_running_loop().sock_recv(self.socket, 65_536)
        self.pieces.append(await asyncio.wait_for(reading, SECONDS))
        return self.pieces[-1]

    some = piece

    async def until(self, end: bytes) -> bytes:
        """All that comes up to this end, and nothing behind it."""
        said = b""
        while not said.endswith(end):
            piece = await self.piece()
            assert piece, f"closed after {said!r}"
            said += piece
        return said

    async def log_in(self) -> None:
        """To TRANSACTION; pieces are counted from here."""
        await self.until(b"\r\n")
        for line in (b"USER ann\r\n", b"PASS secret\r\n"):
            await self.send(line)
            await self.until(b"\r\n")
        self.pieces.clear()

    async def is_silent(self, seconds: float = 0.03) -> bool:
        """Whether nothing comes, not even FIN, for so long."""
        try:
            await asyncio.wait_for(self.piece(), seconds)
        except TimeoutError:
            return True
        return False


class Tlsed:
    """TLS by hand upon a raw socket, record by record."""

    def __init__(self, raw: Raw) -> None:
        self.raw = raw
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.maximum_version = ssl.TLSVersion.TLSv1_2  # whose record types are not hidden
        self._tls = context.wrap_bio(self._in, self._out)
        self._read = b""

    def hello(self) -> bytes:
        """What a handshake begins with, which is not sent."""
        with suppress(ssl.SSLWantReadError):
            self._tls.do_handshake()
        return self._out.read()

    def rest(self) -> bytes:
        """What has been read behind the last record."""
        rest, self._read = self._read, b""
        return rest

    async def handshake(self, skips: bytes = b"") -> None:
        """skips: octets in clear behind the first record."""
        if skips:
            await self.raw.send(self.hello())
            await self._feed(await self._record())
            while len(self._read) < len(skips):
                self._read += await self.raw.piece()
            assert self._read.startswith(skips)
            self._read = self._read[len(skips) :]
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                await self._feed(await self._record())
            else:
                return await self._flush()

    async def send(self, octets: bytes) -> None:
        await self.raw.send(self.sealed(octets))

    def sealed(self, octets: bytes) -> bytes:
        """These in a record, which is not sent."""
        self._tls.write(octets)
        return self._out.read()

    def closing(self) -> bytes:
        """close_notify, which is not sent."""
        with suppress(ssl.SSLWantReadError):
            self._tls.unwrap()
        return self._out.read()

    async def _flush(self) -> None:
        await self.raw.send(self._out.read())

    async def _feed(self, record: bytes) -> None:
        self._in.write(record)

    async def _record(self) -> bytes:
        """The next record as it is on the wire; empty at FIN."""
        while len(self._read) < 5 or len(self._read) < 5 + int.from_bytes(self._read[3:5]):
            piece = await self.raw.piece()
            if not piece:
                return b""
            self._read += piece
        end = 5 + int.from_bytes(self._read[3:5])
        record, self._read = self._read[:end], self._read[end:]
        return record

    async def record(self) -> tuple[int, bytes]:
        """The type of the next record, 23 for data and 21 for an alert, and what it says.

        close_notify is an alert that says nothing; 0 is FIN.
        """
        record = await self._record()
        if not record:
            return 0, b""
        await self._feed(record)
        try:
            return record[0], self._tls.read(1 << 14)
        except (ssl.SSLWantReadError, ssl.SSLZeroReturnError):
            return record[0], b""

    async def some(self) -> bytes:
        """What the next record says; empty at FIN."""
        return (await self.record())[1]

    async def until(self, end: bytes) -> list[bytes]:
        """What the records up to this end say."""
        said: list[bytes] = []
        while not b"".join(said).endswith(end):
            kind, text = await self.record()
            assert kind == 23, said
            said.append(text)
        return said

    async def log_in(self) -> None:
        await self.until(b"\r\n")
        for line in (b"USER ann\r\n", b"PASS secret\r\n"):
            await self.send(line)
            await self.until(b"\r\n")
