"""`pop3lab deliver`, killed or failing at each call on the maildrop that the kernel sees.

tests/stores does the same to the stores, with more of what can happen.
"""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pop3lab.stores.factory import create_store

from .strace import Disturbance, Log, Point

OLD, NEW = b"Subject: old\r\n\r\nold\r\n", b"Subject: new\r\n\r\n" + b"new\r\n" * 100
FROM = b"From a@b Thu Jan  1 00:00:00 1970\n"
_CALL = re.compile(r"\d+ +([a-z_0-9]+)\(")
_UNSEEN = ("mmap", "close")


def folder(path: Path) -> None:
    path.mkdir()
    (path / "0001").write_bytes(OLD)


def maildir(path: Path) -> None:
    for part in ("new", "cur", "tmp"):
        (path / part).mkdir(parents=True)
    (path / "cur" / "1:2,").write_bytes(OLD)


def mbox(path: Path) -> None:
    path.write_bytes(FROM + OLD + b"\n")


def delivered(place: Path, make: Callable[[Path], None], at: Disturbance | None) -> tuple[int, Log]:
    """The exit code, below 0 of a killed process, and what strace has seen."""
    place.mkdir()
    make(place / "box")
    log = Log(place.with_suffix(".strace"))
    command = (sys.executable, "-m", "pop3lab", "deliver", str(place / "box"), "--user", "ann")
    options = at.options if at else []
    traced = ["strace", "-f", "-y", "-o", str(log.path), *options, *command]
    ran = subprocess.run(traced, input=NEW, capture_output=True, timeout=60, check=False)
    return ran.returncode, log


def messages(path: Path) -> list[bytes]:
    maildrop = create_store(str(path)).open("ann")
    try:
        return [b"".join(maildrop.read(entry.uid)) for entry in maildrop.snapshot.entries]
    finally:
        maildrop.close()


def check(place: Path, make: Callable[[Path], None], at: Disturbance) -> int:
    code, log = delivered(place, make, at)
    assert log.disturbed, f"{at}: it did not happen"
    left = messages(place / "box")
    assert left in ([OLD], [OLD, NEW]), at
    assert code != 0 or left == [OLD, NEW], at
    assert code in (0, os.EX_TEMPFAIL, os.EX_CANTCREAT) or at.kills, at
    return len(left)


def points(log: Log, path: Path) -> list[Point]:
    counts: Counter[str] = Counter()
    found = []
    for line in log.lines:
        if match := _CALL.match(line):
            counts[match[1]] += 1
            if str(path) in line and "execve" not in line and match[1] not in _UNSEEN:
                found.append(Point(match[1], counts[match[1]]))
    return found


@pytest.mark.soak
@pytest.mark.parametrize("how", ["signal=KILL", "error=EIO", "error=ENOSPC"])
@pytest.mark.parametrize("make", [folder, maildir, mbox], ids=lambda make: make.__name__)
def test_a_delivery_that_is_disturbed_at_each_call(
    tmp_path: Path, make: Callable[[Path], None], how: str
) -> None:
    code, log = delivered(tmp_path / "undisturbed", make, None)
    assert code == 0
    at = points(log, tmp_path / "undisturbed")
    assert {"fsync", "write"} <= {point.call for point in at} | {"write"}
    assert len(at) > 10
    with ThreadPoolExecutor(3) as pool:
        outcomes = pool.map(
            lambda point: check(
                tmp_path / f"{point.call}-{point.nth}", make, Disturbance(point, how)
            ),
            at,
        )
        assert 1 in {*outcomes}
