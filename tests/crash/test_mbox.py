"""`pop3lab serve` on an mbox file, killed or failing at each call on files of a QUIT.

tests/stores does the same to the store, with more kinds of what can happen; here nothing is ours
but the server: the calls are those that the kernel sees.
"""

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from .client import Client
from .folder import new_folder
from .launch import Command, running
from .strace import Disturbance, Log, Point, attached, traced

SERVE: Command = (sys.executable, "-m", "pop3lab", "serve")
WORDS = ("--user", "user:password", "--port", "0", "--log-level", "error")
FROM = b"From a@b Thu Jan  1 00:00:00 1970\n"
MESSAGES = [FROM + b"Subject: %d\n\n%s\n" % (n, b"line\n" * 50 * n) for n in range(4)]
WHOLE, GONE = b"".join(MESSAGES), MESSAGES[1] + MESSAGES[3]
NEW = FROM + b"Subject: new\n\n" + b"new\n" * 200 + b"\n"
CALLS = {"write", "pwrite64", "fsync", "rename", "ftruncate", "unlink"}  # or their like


def quitted(place: Path, disturbance: Disturbance | None) -> tuple[Path, Log, bytes]:
    """The file, the log of the calls, and the answer to QUIT."""
    path = new_folder(place) / "ann"
    path.write_bytes(WHOLE)
    log = Log(path.parent.with_suffix(".strace"))
    with running(SERVE, path, *WORDS) as server:
        for _ in range(1 if disturbance else 2):  # the first session imports what is needed
            with Client(server.port) as client:
                client.log_in()
        with Client(server.port) as client:
            client.log_in()
            client.must("DELE 1")
            client.must("DELE 3")
            with attached(server.process.pid, log.path, disturbance):
                answer = client.ask("QUIT")
    return path, log, answer


def check(place: Path, disturbance: Disturbance) -> bytes:
    """What is in the file after the next start, without the mail that came before it."""
    path, log, answer = quitted(place, disturbance)
    assert log.disturbed, f"{disturbance}: it did not happen"
    with path.open("ab") as file:
        file.write(NEW)
    with running(SERVE, path, *WORDS) as server, Client(server.port) as client:
        left = path.read_bytes()
        client.log_in()
        assert path.read_bytes() == left, disturbance
    assert left in (WHOLE + NEW, GONE + NEW), disturbance
    assert not answer.startswith(b"+OK") or left == GONE + NEW, disturbance
    assert {each.name for each in path.parent.iterdir()} <= {"ann", ".ann.pop3lab-ids"}
    return left.removesuffix(NEW)


def sweep(place: Path, how: str) -> None:
    path, log, answer = quitted(place, None)
    assert answer.startswith(b"+OK")
    assert path.read_bytes() == GONE
    points = [*dict.fromkeys(traced(log, "QUIT", path.parent).on_files)]
    assert {call for call in CALLS if any(point.call.startswith(call) for point in points)} == CALLS
    assert {*_outcomes(place, points, how)} == {WHOLE, GONE}


def _outcomes(place: Path, points: Sequence[Point], how: str) -> list[bytes]:
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda point: check(place, Disturbance(point, how)), points))


@pytest.mark.soak
def test_p149_killed_at_each_call(tmp_path: Path) -> None:
    sweep(tmp_path, "signal=KILL")


@pytest.mark.soak
@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
def test_p149_failing_at_each_call(tmp_path: Path, error: str) -> None:
    sweep(tmp_path, f"error={error}")
