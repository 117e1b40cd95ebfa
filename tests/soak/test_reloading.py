"""SIGHUP with very many users, and a session that goes on beside it."""

import os
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.soak.bystander import greeted
from tests.soak.running import running, wait_until


def noop(client: socket.socket) -> float:
    """How long its answer took, in seconds."""
    began = time.perf_counter()
    client.sendall(b"NOOP\r\n")
    assert client.recv(512).startswith(b"+OK")
    return time.perf_counter() - began


@pytest.mark.parametrize(
    ("count", "most"),
    [(5_000, 2.0), pytest.param(100_000, 0.5, id="100000", marks=pytest.mark.soak)],
)
def test_sessions_go_on_while_users_are_read(count: int, most: float, tmp_path: Path) -> None:
    """most: seconds for an answer; on a core of its own it is some 20 ms."""
    users = tmp_path / "users"
    lines = [f"u{number}:{{PLAIN}}word{number}\n" for number in range(count)]
    users.write_text("".join(lines))
    words = ("--users-file", str(users), "--limit-login", "0", "--log-level", "info")
    with running(*words, trouble=" info ") as server, greeted(server.port) as client:
        client.sendall(b"USER bob\r\nPASS secret\r\n")
        assert wait_until(lambda: b"maildrop" in client.recv(512))
        memory = 0
        for turn in range(1, 9):
            os.kill(server.pid, signal.SIGHUP)
            taken = [noop(client)]
            while server.complaints.count(" reloaded") < turn:
                taken.append(noop(client))
                time.sleep(0.002)
            assert max(taken) < most
            print(f"{len(taken)} answers, the longest {1000 * max(taken):.0f} ms")
            if turn == 3:  # until when there was room for two tables to make
                memory = server.memory
        assert server.memory < 1.2 * memory
