"""`pop3lab serve` on an mbox file, killed or failing at each call on files of a QUIT.

tests/stores does the same to the store, with more kinds of what can happen; here nothing is ours
but the server: the calls are those that the kernel sees.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from .client import Client
from .folder import new_folder
from .launch import SERVE, running
from .strace import Disturbance, Log, attached, traced

WORDS = ("--user", "user:password", "--port", "0", "--log-level", "error")
FROM = b"From a@b Thu Jan  1 00:00:00 1970\n"
MESSAGES = [FROM + b"Subject: %d\n\n%s\n" % (n, b"line\n" * 50 * n) for n in range(4)]
WHOLE = b"".join(MESSAGES)
SOME, ALL = (1, 3), (1, 2, 3, 4)  # numbers of those that are to go
NEW = FROM + b"Subject: new\n\n" + b"new\n" * 200 + b"\n"
CALLS = {"write", "pwrite64", "fsync", "rename", "ftruncate", "unlink"}  # or their like


def without(doomed: Sequence[int]) -> bytes:
    return b"".join(text for n, text in enumerate(MESSAGES, 1) if n not in doomed)


def quitted(
    place: Path, doomed: Sequence[int], disturbance: Disturbance | None
) -> tuple[Path, Log, bytes]:
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
            for number in doomed:
                client.must(f"DELE {number}")
            with attached(server.process.pid, log.path, disturbance):
                answer = client.ask("QUIT")
    return path, log, answer


def check(place: Path, doomed: Sequence[int], disturbance: Disturbance) -> bytes:
    """What is in the file after the next start, without the mail that came before it."""
    path, log, answer = quitted(place, doomed, disturbance)
    gone = without(doomed)
    assert log.disturbed, f"{disturbance}: it did not happen"
    with path.open("ab") as file:
        file.write(NEW)
    with running(SERVE, path, *WORDS) as server, Client(server.port) as client:
        left = path.read_bytes()
        client.log_in()
        assert path.read_bytes() == left, disturbance
    assert left in (WHOLE + NEW, gone + NEW), disturbance
    assert not answer.startswith(b"+OK") or left == gone + NEW, disturbance
    assert {each.name for each in path.parent.iterdir()} <= {"ann", ".ann.pop3lab-ids"}
    return left.removesuffix(NEW)


def sweep(place: Path, doomed: Sequence[int], how: str) -> None:
    path, log, answer = quitted(place, doomed, None)
    assert answer.startswith(b"+OK")
    assert path.read_bytes() == without(doomed)
    points = [*dict.fromkeys(traced(log, "QUIT", path.parent).on_files)]
    assert {call for call in CALLS if any(point.call.startswith(call) for point in points)} == CALLS
    with ThreadPoolExecutor(4) as pool:
        outcomes = pool.map(lambda point: check(place, doomed, Disturbance(point, how)), points)
        assert {*outcomes} == {WHOLE, without(doomed)}


DOOMED = pytest.mark.parametrize("doomed", [SOME, ALL], ids=["some", "all"])


@pytest.mark.soak
@DOOMED
def test_p149_killed_at_each_call(tmp_path: Path, doomed: Sequence[int]) -> None:
    sweep(tmp_path, doomed, "signal=KILL")


@pytest.mark.soak
@DOOMED
@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
def test_p149_failing_at_each_call(tmp_path: Path, error: str, doomed: Sequence[int]) -> None:
    sweep(tmp_path, doomed, f"error={error}")
