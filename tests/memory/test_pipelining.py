"""A client that sends commands and reads no answers is not read any more, until it reads."""

import time
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path

import pytest

from .footprint import FLAT, MEBIBYTE, Footprint
from .reader import QUIET, reading
from .texts import LINE
from .warm import warm

MANY, TOO_MANY = 100_000, 5_000_000  # commands that the server takes, and that it does not
MESSAGES = 2000
LINES = 10 * MEBIBYTE  # the commands that are read at a time, cut into lines

# From different answers their order can be seen.
CONSTANT = ("NOOP",)
MIXED = ("NOOP", "LIST 1", "STAT", "LIST 2", "UIDL 1", "nonsense", "RSET", "LIST 9")


@pytest.mark.parametrize(
    "commands",
    [
        pytest.param(CONSTANT, id="NOOP", marks=pytest.mark.soak),
        pytest.param(MIXED, id="mixed"),
    ],
)
def test_more_short_commands_than_the_server_takes(commands: Sequence[str], folder: Path) -> None:
    (folder / "1-other").write_bytes(b"Subject: other\r\n\r\nof another size\r\n")
    with warm(folder) as server, reading(server.port) as client:
        footprint = Footprint(server.process.pid)
        client.log_in()
        answers = [client.ask(command) for command in commands]
        much = _repeated(commands, TOO_MANY)
        sent = client.send_until_refused(much)
        assert sent < len(much), "the server reads on and on"
        count = much.count(b"\n", 0, sent)
        assert count > MANY
        assert footprint.growth < LINES
        client.expect(_in_turn(answers, count))
        client.send(much[sent : much.index(b"\n", sent) + 1])
        assert client.line() == answers[count % len(answers)]
        assert footprint.growth < LINES


def _repeated(commands: Sequence[str], count: int) -> bytes:
    return "".join(f"{command}\r\n" for command in islice(cycle(commands), count)).encode("ascii")


def _in_turn(answers: Sequence[bytes], count: int) -> Iterator[bytes]:
    """So many answers, a thousand at a time."""
    each = islice(cycle(answers), count)
    while some := b"".join(islice(each, 1000)):
        yield some


@pytest.mark.parametrize("verb", ["RETR", "TOP"])
def test_more_messages_than_the_client_reads(verb: str, folder: Path) -> None:
    """100 KB each, three in turn."""
    for number in range(3):
        (folder / f"{number + 1}").write_bytes(b"Subject: %d\r\n\r\n" % number + LINE * 1600)
    numbers = range(2, 5)
    commands = [f"{verb} {number}{' 9999' if verb == 'TOP' else ''}" for number in numbers]
    with warm(folder) as server, reading(server.port) as client:
        client.log_in()
        answers = [client.whole(command) for command in commands]
        footprint = Footprint(server.process.pid)
        client.send(_repeated(commands, MESSAGES))
        time.sleep(QUIET)
        assert footprint.growth < FLAT
        client.expect(_in_turn(answers, MESSAGES))
        assert client.ask("NOOP").startswith(b"+OK")
        assert footprint.growth < FLAT
