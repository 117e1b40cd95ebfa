"""What waits for a client who reads slowly, in clear and under TLS, and what comes behind it."""

import _socket
import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from pop3lab.transport.reactor import Reactor
from pop3lab.transport.stream import Stream
from pop3lab.transport.tls_engine import TlsEngine
from pop3lab.transport.tls_layer import TlsLayer, start_tls
from tests.behaviours.faults.raw import Raw, Tlsed, certificate, in_loop
from tests.transport.serving import serving

KERNEL = 32_768  # octets that it may hold for sending
CLEAR = b"x" * 1_000_000  # octets, more than the kernel takes at once
LARGE = b"0123456789abcde\n" * 200_000


class Owner:
    """Says this in clear. told: what of the stream, in order."""

    def __init__(self, stream: Stream, clear: bytes) -> None:
        self.told: list[str] = []
        self.taken = 0
        self.stream = stream
        stream.begin(self)
        if clear:
            stream.write(clear)

    async def secured(self) -> TlsLayer:
        return await start_tls(self.stream, TlsEngine(certificate().own.context))

    def data_received(self, data: bytes) -> None:
        self.told.append(data.decode())

    def eof_received(self) -> None:
        self.told.append("end")

    def some_taken(self) -> None:
        self.taken += 1

    def resume_writing(self) -> None:
        self.told.append("resume")

    def connection_lost(self, error: OSError | None) -> None:
        self.told.append(type(error).__name__)


@asynccontextmanager
async def served(clear: bytes = b"") -> AsyncIterator[tuple[Owner, Raw]]:
    made: asyncio.Future[Owner] = asyncio.get_running_loop().create_future()

    def serve(client: _socket.socket, reactor: Reactor) -> None:
        made.set_result(Owner(Stream(client, reactor), clear))

    with serving(serve, KERNEL) as port, Raw(port) as raw:
        owner = await made
        yield owner, raw
        owner.stream.abort()


async def octets(raw: Raw, number: int) -> bytes:
    said = b""
    while len(said) < number:
        said += await raw.piece()
    return said


@in_loop
async def test_what_waited_before_tls_comes_in_clear_and_then_it_goes_on() -> None:
    async with served(CLEAR) as (owner, raw):
        assert owner.stream.is_full
        securing = asyncio.ensure_future(owner.secured())
        assert await octets(raw, len(CLEAR)) == CLEAR
        client = Tlsed(raw)
        await client.handshake()
        await securing
        assert owner.told == ["resume"]
        owner.stream.write(b"more\r\n")
        assert await client.until(b"\r\n") == [b"more\r\n"]


@in_loop
async def test_that_all_is_sent_is_told_once() -> None:
    """Though the kernel is full again with each piece that was to wait."""
    async with served() as (owner, raw):
        client = Tlsed(raw)
        await asyncio.gather(owner.secured(), client.handshake())
        owner.stream.write(LARGE)
        owner.stream.write(b"end\r\n")
        said = b"".join(await client.until(b"end\r\n"))
        assert said == LARGE + b"end\r\n"
        assert owner.told == ["resume"]


@pytest.mark.parametrize("pieces", [1, 3, 500])
@in_loop
async def test_many_pieces_come_in_order_whatever_the_kernel_takes(pieces: int) -> None:
    async with served() as (owner, raw):
        step = len(LARGE) // pieces
        owner.stream.write_all([LARGE[at : at + step] for at in range(0, step * pieces, step)])
        owner.stream.write_all([b"", b"be", memoryview(b"hind")])
        assert owner.stream.waiting > len(LARGE) / 2
        wanted = LARGE[: step * pieces] + b"behind"
        assert await octets(raw, len(wanted)) == wanted
        assert owner.stream.waiting == 0
        assert owner.stream.written == len(wanted)


class InMemory:
    """A file of these octets."""

    def __init__(self, octets: bytes) -> None:
        self._descriptor = os.memfd_create("test")
        os.write(self._descriptor, octets)

    def fileno(self) -> int:
        return self._descriptor

    def __del__(self) -> None:
        os.close(self._descriptor)


@pytest.mark.parametrize("sends_files", [True, False])
@in_loop
async def test_a_file_comes_in_its_place_and_is_kept_until_it_is_sent(sends_files: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pop3lab.transport.stream.SENDS_FILES", sends_files)
        async with served() as (owner, raw):
            owner.stream.write(b"before")
            owner.stream.write_file(InMemory(LARGE), len(LARGE) - 7)
            owner.stream.write(b"behind")
            assert owner.stream.is_full
            assert owner.stream.waiting > len(LARGE) / 2
            wanted = b"before" + LARGE[:-7] + b"behind"
            assert await octets(raw, len(wanted)) == wanted
            assert owner.stream.waiting == 0
            assert owner.stream.written == len(wanted)
            assert owner.taken > 3
            assert owner.told == ["resume"]


@in_loop
async def test_of_a_file_no_more_is_sent_at_once_than_leaves_others_their_turn() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pop3lab.transport.file_part._MOST", 10_000)
        async with served() as (owner, raw):
            owner.stream.write_file(InMemory(LARGE), 25_000)
            assert owner.stream.waiting == 15_000  # though the kernel would take more
            assert await octets(raw, 25_000) == LARGE[:25_000]
            assert owner.taken == 1
            assert owner.told == ["resume"]


@in_loop
async def test_a_file_is_encrypted_under_tls() -> None:
    async with served() as (owner, raw):
        client = Tlsed(raw)
        await asyncio.gather(owner.secured(), client.handshake())
        owner.stream.write_file(InMemory(LARGE), len(LARGE))
        owner.stream.write(b"end\r\n")
        assert b"".join(await client.until(b"end\r\n")) == LARGE + b"end\r\n"


@in_loop
async def test_a_file_that_is_not_what_was_promised_ends_the_connection() -> None:
    async with served() as (owner, raw):
        owner.stream.write_file(InMemory(b"short"), len(LARGE))
        owner.stream.write(b"behind")
        while not owner.told:
            await asyncio.sleep(0)
        assert owner.told == ["OSError"]
        assert await octets(raw, 5) == b"short"
        assert await raw.piece() == b""


@pytest.mark.parametrize("end", [Stream.half_close, Stream.close])
@in_loop
async def test_an_end_comes_behind_all_that_waits(end: object) -> None:
    async with served(CLEAR) as (owner, raw):
        assert callable(end)
        end(owner.stream)
        owner.stream.write(b"too late")
        assert await octets(raw, len(CLEAR)) == CLEAR
        assert await raw.piece() == b""
        if end is Stream.half_close:
            await raw.send(b"still here")
            while "still here" not in owner.told:
                await asyncio.sleep(0)
        else:
            while owner.told != ["NoneType"]:
                await asyncio.sleep(0)


@in_loop
async def test_who_writes_to_a_client_that_is_gone_is_told_later_and_once() -> None:
    async with served() as (owner, raw):
        owner.stream.pause_reading()
        raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        raw.socket.close()
        owner.stream.write(b"one")
        owner.stream.write(b"two")
        assert (owner.stream.lost, owner.told) == (True, [])
        while not owner.told:
            await asyncio.sleep(0)
        owner.stream.close()
        owner.stream.reset()
        assert owner.told in (["ConnectionResetError"], ["BrokenPipeError"])


@in_loop
async def test_what_is_not_read_stays_in_the_kernel_and_an_end_is_told_once() -> None:
    async with served() as (owner, raw):
        owner.stream.pause_reading()
        await raw.send(b"one")
        raw.socket.shutdown(socket.SHUT_WR)
        for _ in range(10):
            await asyncio.sleep(0)
        assert owner.told == []
        owner.stream.resume_reading()
        for _ in range(10):
            await asyncio.sleep(0)
        owner.stream.resume_reading()
        await asyncio.sleep(0)
        assert owner.told == ["one", "end"]


@pytest.mark.parametrize("cuts", [(3,), (9,), (3, 4), (9, 15), (9, 15, 20)])
@in_loop
async def test_what_comes_while_tls_is_left_is_read_as_what_it_is(cuts: tuple[int, ...]) -> None:
    """In TLS as far as the record goes that is on its way, and in clear behind it."""
    async with served() as (owner, raw):
        client = Tlsed(raw)
        layer, _ = await asyncio.gather(owner.secured(), client.handshake())
        sent = client.sealed(b"under TLS\r\n") + b"in clear\r\n"
        for begin, end in zip((0, *cuts), (*cuts, len(sent)), strict=True):
            await raw.send(sent[begin:end])
            await asyncio.sleep(0.01)
            if not begin:
                layer.leave()
        while "in clear" not in "".join(owner.told):
            await asyncio.sleep(0)
        assert "".join(owner.told) == "under TLS\r\nin clear\r\n"
