"""What a client makes up takes no memory."""

from pathlib import Path

import pytest

from .footprint import FLAT, MEBIBYTE, Footprint
from .reader import reading
from .warm import warm

LENGTHS = [
    pytest.param(64 * MEBIBYTE, id="64MiB"),
    pytest.param(2048 * MEBIBYTE, id="2GiB", marks=pytest.mark.soak),
]
VERBS = 100_000
AT_ONCE = 1000


@pytest.mark.parametrize("octets", LENGTHS)
@pytest.mark.parametrize("logged_in", [False, True], ids=["before login", "after login"])
def test_a_command_line_that_does_not_end(octets: int, logged_in: bool, folder: Path) -> None:
    with warm(folder) as server, reading(server.port) as client:
        footprint = Footprint(server.process.pid)
        if logged_in:
            client.log_in()
        client.send(b"NOOP ")
        for _ in range(octets // MEBIBYTE):
            client.send(b"x" * MEBIBYTE)
        assert client.ask("").startswith(b"-ERR")
        if not logged_in:
            client.log_in()
        assert client.ask("NOOP").startswith(b"+OK")
        assert footprint.growth < FLAT


def test_verbs_that_differ(folder: Path) -> None:
    with warm(folder) as server, reading(server.port) as client:
        footprint = Footprint(server.process.pid)
        client.log_in()
        for first in range(0, VERBS, AT_ONCE):
            some = range(first, first + AT_ONCE)
            client.send("".join(f"VERB{number}\r\n" for number in some).encode("ascii"))
            assert all(client.line().startswith(b"-ERR") for _ in some)
        assert client.ask("NOOP").startswith(b"+OK")
        assert footprint.growth < FLAT
        assert len(server.stop().splitlines()) < VERBS // 10
