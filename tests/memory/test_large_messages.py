"""However large a message is, little of it is in memory at a time (RETR, TOP)."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .footprint import FLAT, MEBIBYTE, Footprint
from .reader import QUIET, reading
from .texts import Text, lines, one_line
from .warm import warm

SIZES = [
    pytest.param(48 * MEBIBYTE, id="48MiB"),
    pytest.param(1024 * MEBIBYTE, id="1GiB", marks=pytest.mark.soak),
]
COMMANDS = ["RETR 2", "TOP 2 9999999999"]


@pytest.mark.parametrize("octets", SIZES)
@pytest.mark.parametrize("make", [lines, one_line])
def test_a_large_message_is_streamed(
    make: Callable[[int], Text], octets: int, folder: Path
) -> None:
    text = make(octets)
    text.write(folder / "1-large")
    with warm(folder) as server, reading(server.port) as client:
        footprint = Footprint(server.process.pid)
        client.log_in()
        for command in COMMANDS:
            assert client.ask(command).startswith(b"+OK")
            assert client.expect(text.sent()) >= octets
            assert footprint.growth < FLAT, command
        assert client.ask("NOOP").startswith(b"+OK")


@pytest.mark.parametrize("octets", SIZES)
def test_a_client_stops_reading_and_goes_on(octets: int, folder: Path) -> None:
    """Meanwhile the server reads no more of the file, and answers others."""
    text = lines(octets)
    text.write(folder / "1-large")
    with warm(folder) as server, reading(server.port) as client:
        footprint = Footprint(server.process.pid)
        client.log_in()
        assert client.ask("RETR 2").startswith(b"+OK")
        chunks = text.sent()
        client.expect(next(chunks) for _ in range(text.times // 2))
        time.sleep(QUIET)
        already_read = footprint.read
        _another_is_answered(server.port)
        time.sleep(QUIET)
        assert footprint.read == already_read < octets
        assert footprint.growth < FLAT
        client.expect(chunks)
        assert client.ask("NOOP").startswith(b"+OK")
        assert footprint.growth < FLAT


def _another_is_answered(port: int) -> None:
    """As one who can't log in, since the maildrop is in use."""
    with reading(port) as another:
        assert another.ask("USER user").startswith(b"+OK")
        assert another.ask("PASS password").startswith(b"-ERR")
        assert another.ask("QUIT").startswith(b"+OK")
