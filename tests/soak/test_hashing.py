"""Clients that guess passwords, and everybody else beside them."""

import time
from pathlib import Path

import pytest

from pop3lab.auth.users_file import make_entry
from tests.soak.bystander import bystander, greeted
from tests.soak.guessers import guessing
from tests.soak.running import MEBIBYTE, NO_LIMITS, running, wait_until

HASHES = {  # how many threads there are by default, and what a hash takes
    "ARGON2ID": 2 * 64 * MEBIBYTE,
    "SHA512-CRYPT": 2 * MEBIBYTE,
}


def log_in(port: int, source: str) -> float:
    """How long the answer to the right password took, in seconds."""
    with greeted(port, source) as client, client.makefile("rb") as said:
        client.sendall(b"USER eve\r\n")
        assert said.readline().startswith(b"+OK")
        began = time.perf_counter()
        client.sendall(b"PASS hidden\r\n")
        assert said.readline().startswith(b"+OK")
        took = time.perf_counter() - began
        client.sendall(b"QUIT\r\n")
        assert said.readline().startswith(b"+OK")
    return took


@pytest.mark.parametrize("scheme", HASHES)
@pytest.mark.parametrize(
    ("count", "seconds", "within"),
    [(12, 1.0, 5.0), pytest.param(60, 15.0, 0.1, id="60", marks=pytest.mark.soak)],
)
def test_nobody_waits_for_those_who_guess(
    count: int, seconds: float, within: float, scheme: str, tmp_path: Path
) -> None:
    """within: seconds for a whole session of somebody whose password needs no hash."""
    users = tmp_path / "users"
    users.write_text(make_entry("eve", "hidden", scheme) + "\n")
    with running(*NO_LIMITS, "--users-file", str(users)) as server:
        alone = min(log_in(server.port, "127.0.0.9") for _ in range(3))
        memory, descriptors = server.memory, server.descriptors
        with guessing(server.port, {"127.0.0.1": count}) as guessers:
            wait_until(lambda: guessers.told.total() > 3)
            with bystander(server.port) as beside:
                wait_until(lambda: False, seconds)
                assert server.memory - memory < HASHES[scheme] + 16 * MEBIBYTE
            elsewhere = [log_in(server.port, "127.0.0.9") for _ in range(5)]
        assert server.settled(descriptors)
    assert set(guessers.told) <= {b"-ERR [AUTH", b""}
    print(f"{scheme}: {len(beside.seconds)} sessions, {1000 * beside.median:.1f} ms, the longest")
    print(f"{1000 * max(beside.seconds):.1f}; a hash {alone:.3f} s, elsewhere {max(elsewhere):.3f}")
    assert beside.median < within
    assert beside.p99 < 5 * within  # where other programs want the cores, too
    assert min(elsewhere) < 6 * alone + within  # one guess, its own, on a core that others share


def test_each_guessing_address_has_one_turn(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text(make_entry("eve", "hidden", "SHA512-CRYPT") + "\n")
    sources = {f"127.0.0.{number}": 8 for number in (2, 3, 4)}
    words = (*NO_LIMITS, "--users-file", str(users), "--limit-hash-threads", "1")
    with running(*words) as server, guessing(server.port, sources) as guessers:
        wait_until(lambda: guessers.told.total() > 3)
        for _ in range(3):
            before = guessers.told.total()
            log_in(server.port, "127.0.0.9")
            # 24 guess; three addresses have a turn each before this one, and some luck.
            assert guessers.told.total() - before <= len(sources) + 3
