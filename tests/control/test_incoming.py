"""Lines from a descriptor, whatever it is and however they are cut."""

import asyncio
import os
import socket
from pathlib import Path

import pytest

from pop3lab.control.commands import LONGEST
from pop3lab.control.stdin import LineReader
from tests.cuts import every_cut

TEXT = b"a\r\n\nb b\n\xff\x00\r\r\nlast"
LINES = [b"a", b"", b"b b", b"\xff\x00\r", b"last"]


async def lines(descriptor: int, ended: asyncio.Event | None = None) -> list[bytes]:
    incoming = LineReader(descriptor)
    at_end = ended.set if ended else lambda: None
    reading = asyncio.create_task(incoming.keep_reading(at_end))
    got = [line async for line in incoming]
    await reading
    return got


async def piped(pieces: list[bytes]) -> list[bytes]:
    there, here = socket.socketpair()
    with there, here:
        getting = asyncio.create_task(lines(there.fileno()))
        for piece in pieces:
            here.send(piece)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        here.shutdown(socket.SHUT_WR)
        return await getting


def test_lines_do_not_depend_on_how_they_are_cut() -> None:
    async def all_cuts() -> list[list[bytes]]:
        return [await piped(pieces) for pieces in every_cut(TEXT)]

    assert all(got == LINES for got in asyncio.run(all_cuts()))


def test_a_regular_file_and_dev_null(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(TEXT)
    for path, wanted in ((tmp_path / "file", LINES), (Path("/dev/null"), [])):
        with path.open("rb") as file:
            assert asyncio.run(lines(file.fileno())) == wanted


def test_of_a_line_that_is_too_long_the_beginning_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 300_000 + b"\nstats\n")
    with (tmp_path / "file").open("rb") as file:
        assert asyncio.run(lines(file.fileno())) == [b"x" * LONGEST, b"stats"]


def test_more_lines_than_wait_all_come(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"stats\n" * 5000)
    with (tmp_path / "file").open("rb") as file:
        assert asyncio.run(lines(file.fileno())) == [b"stats"] * 5000


def test_what_cannot_be_read_has_ended(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as file:
        assert asyncio.run(lines(file.fileno())) == []


@pytest.mark.parametrize("text", [b"", b"one\ntwo\n"])
def test_the_end_is_told_while_lines_still_wait(text: bytes) -> None:
    async def run() -> None:
        reader, writer = os.pipe()
        os.write(writer, text)
        os.close(writer)
        incoming, ended = LineReader(reader), asyncio.Event()
        reading = asyncio.create_task(incoming.keep_reading(ended.set))
        await asyncio.wait_for(ended.wait(), 5)
        assert [line async for line in incoming] == text.splitlines()
        await reading
        os.close(reader)

    asyncio.run(run())
