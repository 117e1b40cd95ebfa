"""A transcript is written while the server goes on, not gathered in memory."""

from itertools import repeat
from pathlib import Path
from threading import Thread

import pytest

from .footprint import MEBIBYTE, Footprint
from .reader import reading
from .texts import Text, lines
from .warm import warm

SIZES = [
    pytest.param(32 * MEBIBYTE, id="32MiB"),
    pytest.param(256 * MEBIBYTE, id="256MiB", marks=pytest.mark.soak),
]

COMMANDS = 60_000
SOME_COMMANDS = 16 * MEBIBYTE  # what the events of those take that come at once
WAITING = 10 * MEBIBYTE  # the octets that wait to be written, and their text


@pytest.mark.parametrize("octets", SIZES)
def test_many_lines(octets: int, folder: Path, tmp_path: Path) -> None:
    _retrieved_with_a_transcript(lines(octets), folder, tmp_path / "transcript")


@pytest.mark.parametrize("octets", SIZES)
def test_a_line_that_does_not_end(octets: int, folder: Path, tmp_path: Path) -> None:
    block = b"x" * MEBIBYTE
    text = Text(block, block, octets // len(block))
    _retrieved_with_a_transcript(text, folder, tmp_path / "transcript")


def _retrieved_with_a_transcript(text: Text, folder: Path, transcript: Path) -> None:
    text.write(folder / "1-large")
    with (
        warm(folder, "--transcript", str(transcript), "--transcript-bodies") as server,
        reading(server.port) as client,
    ):
        footprint = Footprint(server.process.pid)
        client.log_in()
        assert client.ask("RETR 2").startswith(b"+OK")
        client.expect(text.sent())
        assert client.ask("NOOP").startswith(b"+OK")
        assert footprint.growth < WAITING
        server.stop()
    assert transcript.stat().st_size > text.octets
    transcript.unlink()


def test_many_commands(folder: Path, tmp_path: Path) -> None:
    transcript = tmp_path / "transcript"
    with warm(folder, "--transcript", str(transcript)) as server, reading(server.port) as client:
        footprint = Footprint(server.process.pid)
        client.log_in()
        answer = client.ask("NOOP")
        sending = Thread(target=client.send, args=(b"NOOP\r\n" * COMMANDS,))
        sending.start()
        client.expect(repeat(answer * 1000, COMMANDS // 1000))
        sending.join()
        assert footprint.growth < SOME_COMMANDS
        server.stop()
    assert transcript.read_bytes().count(b"C: NOOP") >= COMMANDS
