"""Relays: what they hold of sessions, and for how long."""

import asyncio
import tracemalloc
from collections.abc import Callable
from contextlib import suppress

import pytest

from pop3lab.recording import recorder, relay
from pop3lab.recording.relay import ClientSecurity, UpstreamSecurity
from tests.recording.relayed import (
    TRUSTING,
    Reader,
    Relayed,
    Writer,
    descriptors,
    hung_up,
    relayed,
    run,
    until,
)

LINE = 65_536
NOOP = b"NOOP\r\n"


async def answering(reader: Reader, writer: Writer) -> None:
    """A server that answers each line with +OK, and closes when the client does."""
    writer.write(b"+OK ready\r\n")
    with suppress(ConnectionError):
        while line := await reader.readline():
            writer.write(b"+OK\r\n")
            if line.startswith(b"QUIT"):
                break
    writer.close()


async def closing_first(reader: Reader, writer: Writer) -> None:
    """A server that sends FIN after its greeting, and stays until the client has closed."""
    writer.write(b"+OK ready\r\n")
    if writer.can_write_eof():
        writer.write_eof()
        with suppress(ConnectionError):
            await reader.read()
    writer.close()


async def silent(reader: Reader, writer: Writer) -> None:
    """A server that reads on and says no more than its greeting."""
    writer.write(b"+OK ready\r\n")
    with suppress(ConnectionError):
        while await reader.read(LINE):
            pass
    writer.close()


async def half_closing(reader: Reader, writer: Writer) -> bytes:
    """A client that sends a command and FIN, and reads to the end."""
    writer.write(NOOP)
    if writer.can_write_eof():
        writer.write_eof()
        return await reader.read()
    return await reader.readline() + await reader.readline()


async def quitting(reader: Reader, writer: Writer) -> bytes:
    writer.write(b"QUIT\r\n")
    return await reader.read()


async def leaving(reader: Reader, writer: Writer) -> bytes:
    return await reader.readline()


async def resetting(reader: Reader, writer: Writer) -> bytes:
    writer.transport.abort()
    return b""


WAYS = [
    (UpstreamSecurity.PLAIN, ClientSecurity.PASSED),
    (UpstreamSecurity.TLS, ClientSecurity.PASSED),
    (UpstreamSecurity.PLAIN, ClientSecurity.TLS),
]


@pytest.mark.parametrize(("way", "front"), WAYS)
@pytest.mark.parametrize("serve", [answering, closing_first])
@pytest.mark.parametrize("client", [half_closing, quitting, leaving, resetting])
def test_no_descriptor_stays_however_a_session_ends(
    way: UpstreamSecurity,
    front: ClientSecurity,
    serve: Callable[..., object],
    client: Callable[..., object],
) -> None:
    run(many_sessions(way, front, serve, client))


async def many_sessions(
    way: UpstreamSecurity, front: ClientSecurity, serve: object, client: object
) -> None:
    async with relayed(serve, way, front) as relay:  # type: ignore[arg-type]
        before = descriptors()
        for nth in range(1, 6):
            reader, writer = await relay.client(TRUSTING if front is ClientSecurity.TLS else None)
            with suppress(ConnectionError):
                await client(reader, writer)  # type: ignore[operator]
            writer.close()
            await until(lambda nth=nth: relay.gone == nth)  # type: ignore[misc]
        await until(lambda: descriptors() <= before)


@pytest.mark.parametrize("way", [UpstreamSecurity.PLAIN, UpstreamSecurity.TLS])
def test_what_is_answered_after_the_clients_fin_comes(way: UpstreamSecurity) -> None:
    run(answered_late(way))


async def answered_late(way: UpstreamSecurity) -> None:
    asked = asyncio.Event()

    async def late(reader: Reader, writer: Writer) -> None:
        writer.write(b"+OK ready\r\n")
        await reader.readline()
        await asked.wait()
        writer.write(b"+OK late\r\n")
        with suppress(ConnectionError):
            await reader.read()
        writer.close()

    async with relayed(late, way) as relay:
        reader, writer = await relay.client()
        writer.write(NOOP)
        writer.write_eof()
        await until(lambda: bool(relay.relays) and relay.relays[0].client.over)
        asked.set()
        assert await reader.read() == b"+OK ready\r\n+OK late\r\n"
        writer.close()
        await until(lambda: relay.gone == 1)


def test_a_session_of_which_one_side_is_over_does_not_stay_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay, "_LINGER", 0.01)
    run(lingering())


async def lingering() -> None:
    async with relayed(silent_to_the_end) as relay:
        reader, writer = await relay.client()
        await reader.readline()
        writer.write_eof()
        await until(lambda: relay.gone == 1)
        writer.close()


async def silent_to_the_end(reader: Reader, writer: Writer) -> None:
    writer.write(b"+OK ready\r\n")
    await reader.read()
    with suppress(ConnectionError):
        await reader.read(1)
        await asyncio.Event().wait()


def client_is_read(relay: Relayed) -> bool:
    stream = relay.relays[-1].client.stream
    return bool(stream and stream.is_reading)


def test_a_client_that_is_far_ahead_waits_and_nothing_of_it_is_lost() -> None:
    run(far_ahead())


async def far_ahead() -> None:
    """The server reads on in silence, and answers all when it is told to."""
    many, told = 40_000, asyncio.Event()
    counts = {"came": 0, "answered": 0}

    def answer(writer: Writer) -> None:
        due = counts["came"] // len(NOOP) - counts["answered"]
        counts["answered"] += due
        writer.write(b"+OK\r\n" * due)

    async def serve(reader: Reader, writer: Writer) -> None:
        writer.write(b"+OK ready\r\n")
        waiting = asyncio.ensure_future(told.wait())
        waiting.add_done_callback(lambda _: answer(writer))
        while octets := await reader.read(LINE):
            counts["came"] += len(octets)
            if told.is_set():
                answer(writer)
        writer.close()

    async with relayed(serve) as relay:
        reader, writer = await relay.client()
        await reader.readline()
        writer.write(NOOP * many)
        writer.write_eof()
        await until(lambda: counts["came"] > 0 and not client_is_read(relay))
        for _ in range(100):
            await asyncio.sleep(0)
        assert not client_is_read(relay)
        assert counts["came"] <= 2 * LINE
        told.set()
        assert await reader.read() == b"+OK\r\n" * many
        writer.close()
        await until(lambda: relay.gone == 1)
    text = relay.heard.text
    assert text.count("C: NOOP\n") == many
    assert "(recording error" not in text
    said = [line.split()[2] for line in text.splitlines()[2:-2]]
    assert said == ["C:", "S:"] * many


def test_a_server_that_talks_and_does_not_answer_stops_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recorder, "_MOST", 2 * LINE)
    run(never_ending_answer())


async def never_ending_answer() -> None:
    """LIST without its end, and a client that sends more than is held meanwhile."""
    many = 40_000

    async def serve(reader: Reader, writer: Writer) -> None:
        writer.write(b"+OK ready\r\n")
        left = many * len(NOOP) + 6
        while left and (octets := await reader.read(LINE)):
            left -= len(octets)
            writer.write(b"+OK\r\n" * (len(octets) // len(NOOP)))
        writer.close()

    async with relayed(serve) as relay:
        reader, writer = await relay.client()
        writer.write(b"LIST\r\n" + NOOP * many)
        assert await reader.read()
        hung_up(writer)
        await until(lambda: relay.gone == 1)
    text = relay.heard.text
    assert text.count("C: NOOP\n") == many
    assert text.count("(recording error: the client is far ahead") == 1


@pytest.mark.parametrize("front", [ClientSecurity.PASSED, ClientSecurity.STLS])
@pytest.mark.parametrize("who", ["client", "server"])
def test_a_line_without_end_is_relayed_and_not_held(who: str, front: ClientSecurity) -> None:
    run(endless(who, front))


async def endless(who: str, front: ClientSecurity) -> None:
    pieces, piece = 256, b"x" * LINE
    came = 0
    done = asyncio.Event()

    async def serve(reader: Reader, writer: Writer) -> None:
        nonlocal came
        writer.write(b"+OK ")
        for _ in range(pieces if who == "server" else 0):
            writer.write(piece)
            await writer.drain()
        writer.write(b"\r\n")
        while came < pieces * LINE and who == "client":
            came += len(await reader.read(LINE))
        writer.write(b"+OK seen\r\n")
        await done.wait()
        writer.close()

    async with relayed(serve, front=front) as relay:
        tracemalloc.start()
        reader, writer = await relay.client()
        told, end = 0, b""
        for _ in range(pieces if who == "client" else 0):
            writer.write(piece)
            await writer.drain()
        while not end.endswith(b"+OK seen\r\n"):
            octets = await reader.read(LINE)
            told, end = told + len(octets), (end + octets)[-20:]
            relay.heard.forget()
        assert told == len(b"+OK \r\n+OK seen\r\n") + (pieces * LINE if who == "server" else 0)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 8 * 1024 * 1024
        done.set()
        assert await reader.read() == b""
        hung_up(writer)
