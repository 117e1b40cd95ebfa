"""The last piece of a message and its terminator leave together: one write, one TLS record."""

import _socket
import asyncio
import os
import socket
import ssl
import threading
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest
import trustme

from pop3lab.core.events import Event
from pop3lab.core.maildrop import Entry, Maildrop, Snapshot, Store
from pop3lab.core.session import Session
from pop3lab.core.text import MessageText
from pop3lab.stores.folder import FolderStore
from pop3lab.transport.connection import Connection
from pop3lab.transport.reactor import Reactor
from pop3lab.transport.threads import Threads
from pop3lab.transport.tls import Tls, make_tls
from tests.dialogue import session
from tests.transport.serving import serving
from tests.transport.test_connection import Noted

CLOSES = b"\r\n.\r\n"
LOGIN = (b"USER ann\r\n", b"PASS secret\r\n")

# Around what is gathered, kept back and put into a TLS record, with the status line or without.
_AROUND = (*range(-24, -17), *range(-6, 6))
SIZES = sorted(
    {0, 1, 2, 3, 700}
    | {size + more for size in (1024, 16_384, 65_536, 131_072) for more in _AROUND}
    | {1_000_003}
)
CUTS = (1, 1000, 65_536)  # octets in a chunk of a store; of one each, only for the small sizes


class Sizes:
    """A store with a message of each size. cut: octets in each chunk that is read, or 0 for all."""

    open_waits = False
    read_waits = False

    def __init__(self, sizes: Collection[int], cut: int = 0, waits: bool = False) -> None:
        self.snapshot = Snapshot([Entry(f"{size}", size) for size in sizes])
        self.cut = cut
        self.read_waits = waits
        self.threads: set[threading.Thread] = set()

    def open(self, user: str) -> Maildrop:
        return self

    def delete_waits(self, uids: Collection[str]) -> bool:
        return False

    def delete(self, uids: Collection[str]) -> None: ...

    def close(self) -> None: ...

    def read(self, uid: str) -> MessageText | Iterator[bytes]:
        octets = text(int(uid))
        return self._chunks(octets) if self.cut else MessageText(octets)

    def _chunks(self, octets: bytes) -> Iterator[bytes]:
        for at in range(0, len(octets), self.cut):
            yield octets[at : at + self.cut]
        self.threads.add(threading.current_thread())


def text(size: int) -> bytes:
    """A message of so many octets; those with an odd size lack the line end at the end."""
    end = b"\r\n" if size % 2 == 0 and size > 1 else b"x"
    return ((b"0123456789abcdef\r\n" * (size // 18 + 1))[: max(0, size - len(end))] + end)[:size]


class Server:
    def __init__(self, store: Store, watched: bool, tls: Tls | None) -> None:
        self.store = store
        self.wants_lines = watched
        self.tls = tls
        self.port = 0
        self.threads = Threads()
        self.connections: list[Connection] = []
        self.writes: list[bytes] = []
        self.all_gone = asyncio.Event()

    def emit(self, event: Event) -> None: ...

    def session(self, connection: Connection, peer: str) -> Session:
        return session(self.store, sink=self)

    def certificate(self, name: str) -> Tls:
        assert self.tls
        return self.tls

    def serve(self, client: _socket.socket, reactor: Reactor) -> None:
        made = Connection(
            cast(socket.socket, Noted(client, self.writes)),
            reactor,
            self.session,
            self.gone,
            tls=self.certificate,
            secure=self.tls is not None,
            threads=self.threads,
        )
        self.connections.append(made)
        made.begin()

    def gone(self, connection: Connection) -> None:
        self.connections.remove(connection)
        if not self.connections:
            self.all_gone.set()


@asynccontextmanager
async def server_of(
    store: Store, *, watched: bool, tls: Tls | None = None
) -> AsyncIterator[Server]:
    server = Server(store, watched, tls)
    with serving(server.serve) as server.port:
        yield server
        for connection in server.connections:
            connection.stop()
        await asyncio.wait_for(server.all_gone.wait(), 10)


def check(answer: list[bytes], command: str) -> None:
    """answer: in its pieces, of which the last has the terminator and what is before it."""
    assert b"".join(answer).startswith(b"+OK"), (command, answer)
    assert answer[-1].endswith(CLOSES), (command, answer[-1][-40:])
    assert len(answer[-1]) > len(CLOSES), (command, [len(piece) for piece in answer])


async def check_writes(store: Store, commands: list[str], watched: bool) -> list[bytes]:
    """Return the answers."""
    answers = []
    async with server_of(store, watched=watched) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        await reader.readuntil(b"\r\n")
        for line in LOGIN:
            writer.write(line)
            await reader.readuntil(b"\r\n")
        writes = server.writes
        for command in commands:
            writes.clear()
            writer.write(command.encode() + b"\r\n")
            answers.append(await whole(reader))
            check(list(writes), command)
        writer.close()
    return answers


async def whole(reader: StreamReader) -> bytes:
    """An answer of several lines, none of which is a dot but the last."""
    said = b""
    while not said.endswith(CLOSES):
        octets = await asyncio.wait_for(reader.read(1 << 20), 10)
        assert octets
        said += octets
    return said


def retr(sizes: list[int]) -> list[str]:
    return [f"RETR {number}" for number in range(1, len(sizes) + 1)]


LISTINGS = ["LIST", "UIDL", "CAPA", "TOP 1 0", "TOP 4 5", "TOP 60 9999999"]


@pytest.mark.parametrize("watched", [False, True])
def test_of_texts_in_memory_and_of_listings(watched: bool) -> None:
    commands = retr(SIZES) + LISTINGS
    asyncio.run(check_writes(Sizes(SIZES), commands, watched))


@pytest.mark.parametrize("watched", [False, True])
def test_of_very_long_listings(watched: bool) -> None:
    asyncio.run(check_writes(Sizes(range(20_000)), ["LIST", "UIDL"], watched))


@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize("cut", CUTS)
def test_of_texts_that_are_read_in_chunks(cut: int, waits: bool) -> None:
    sizes = [size for size in SIZES if size <= 300 * cut + 3 and (not waits or size % 3 == 0)]
    store = Sizes(sizes, cut, waits)
    asyncio.run(check_writes(store, retr(sizes), watched=False))
    assert (threading.main_thread() not in store.threads) is waits


def test_of_a_long_text_that_the_kernel_sends_from_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pop3lab.stores.file_maildrop.TIMESTAMP_RESOLUTION_NS", 0)
    (tmp_path / "1").write_bytes(b"\n".join([b".x" * 40] * 30_000))
    sent: list[int] = []
    by_kernel = os.sendfile

    def sendfile(*words: int) -> int:
        sent.append(by_kernel(*words))
        return sent[-1]

    monkeypatch.setattr(os, "sendfile", sendfile)
    first, second, *more = asyncio.run(
        check_writes(FolderStore(str(tmp_path)), ["RETR 1"] * 4, watched=False)
    )
    assert more == [first, second] == [first] * 2
    assert sum(sent) > 4_000_000


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tls, ssl.SSLContext]:
    authority = trustme.CA()
    leaf = authority.issue_cert("127.0.0.1")
    folder: Path = tmp_path_factory.mktemp("tls")
    leaf.private_key_pem.write_to_path(folder / "key.pem")
    leaf.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return make_tls(str(folder / "cert.pem"), str(folder / "key.pem")), context


class Records:
    """A client that reads TLS record by record."""

    def __init__(self, reader: StreamReader, writer: StreamWriter, context: ssl.SSLContext) -> None:
        self._reader = reader
        self._writer = writer
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname="127.0.0.1")

    async def do_handshake(self) -> None:
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self._send()
                await self._record()
            else:
                self._send()
                return

    async def _record(self) -> None:
        header = await asyncio.wait_for(self._reader.readexactly(5), 10)
        body = await self._reader.readexactly(int.from_bytes(header[3:]))
        self._incoming.write(header + body)

    def _send(self) -> None:
        self._writer.write(self._outgoing.read())

    async def until(self, end: bytes) -> list[bytes]:
        """What each record had in it, up to the first that ends so."""
        said = [b""]
        while not b"".join(said[-2:]).endswith(end):
            await self._record()
            try:
                said.append(self._tls.read(1 << 20))
            except ssl.SSLWantReadError:
                continue  # it was none of data
        return said[1:]

    async def ask(self, line: bytes, end: bytes = b"\r\n") -> list[bytes]:
        self._tls.write(line)
        self._send()
        return await self.until(end)


async def check_records(
    store: Sizes, commands: list[str], watched: bool, tls: tuple[Tls, ssl.SSLContext]
) -> None:
    async with server_of(store, watched=watched, tls=tls[0]) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1 << 24)
        client = Records(reader, writer, tls[1])
        await client.do_handshake()
        await client.until(b"\r\n")
        for line in LOGIN:
            await client.ask(line)
        for command in commands:
            check(await client.ask(f"{command}\r\n".encode(), CLOSES), command)
        writer.close()


@pytest.mark.parametrize(
    ("cut", "watched"), [(0, False), (0, True), (1000, False), (65_536, False)]
)
def test_in_one_tls_record(cut: int, watched: bool, tls: tuple[Tls, ssl.SSLContext]) -> None:
    commands = retr(SIZES) + LISTINGS
    asyncio.run(check_records(Sizes(SIZES, cut), commands, watched, tls))
