"""Several processes on one port."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from pop3lab.auth.throttle import TimedThrottle
from pop3lab.cli import factories as parts
from pop3lab.config.options import Settings
from tests.served import Client

from .process import USER, Serving, eventually, folder, serving

COUNT = 2
MANY = 64  # connections: the kernel deals them out, so that none of two gets all of them


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Serving]:
    drop = folder(tmp_path / "drop")
    words = ("--workers", str(COUNT), "--grace", "0", "--limit-busy", "0.1")
    with serving(drop, *USER, *words) as running:
        yield running


def children(server: Serving) -> list[int]:
    pid = server.process.pid
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def serves(process: int) -> int:
    """How many connections a process has."""
    held = [os.readlink(fd.path) for fd in os.scandir(f"/proc/{process}/fd")]
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    established = {f"socket:[{row[9]}]" for row in rows if row[3] == "01"}
    return len(established & set(held))


def test_all_of_them_serve(server: Serving) -> None:
    clients = [server.client() for _ in range(MANY)]
    assert all(client.greeting.startswith("+OK") for client in clients)
    shares = [serves(process) for process in children(server)]
    assert len(shares) == COUNT
    assert all(shares)
    assert sum(shares) == MANY


def test_no_two_sessions_have_the_same_number(server: Serving) -> None:
    clients = [server.client() for _ in range(MANY)]
    os.kill(children(server)[0], signal.SIGKILL)
    for client in clients:
        with suppress(ConnectionError):  # of the one that was killed
            client.ask("QUIT")
    eventually(lambda: len(children(server)) == COUNT)
    later = [server.client() for _ in range(MANY)]
    assert all(client.ask("QUIT").startswith("+OK") for client in later)
    eventually(lambda: f" session={2 * MANY} " in server.log)
    seen = re.findall(r" worker=(\d) pid=\d+ session=(\d+) .*end_reason", server.log)
    numbers = [int(number) for _, number in seen]
    assert len(numbers) == len(set(numbers)) > COUNT
    assert {worker for worker, _ in seen} == {"1", "2"}


def test_the_ready_line_names_the_parent(server: Serving) -> None:
    assert server.ports["pid"] == server.process.pid
    assert server.process.pid not in children(server)


def test_one_that_is_killed_is_replaced(server: Serving) -> None:
    before = children(server)
    os.kill(before[0], signal.SIGKILL)
    eventually(lambda: len(set(children(server)) - {before[0]}) == COUNT)
    assert before[1] in children(server)
    assert server.logged_in().ask("QUIT").startswith("+OK")
    assert "another takes its place" in server.log


def test_in_use_holds_over_processes_and_ends_with_the_holder(server: Serving) -> None:
    first = server.logged_in()
    holder = next(process for process in children(server) if serves(process))
    answers = [refused(server) for _ in range(4)]
    assert all(answer.startswith("-ERR [IN-USE]") for answer in answers)
    os.kill(holder, signal.SIGKILL)
    server.logged_in()
    assert first.closed()


def refused(server: Serving) -> str:
    client = server.client()
    client.ask("USER ann")
    return client.ask("PASS secret")


def test_p169_a_user_waits_whichever_of_them_let_the_last_session_in(tmp_path: Path) -> None:
    drop = folder(tmp_path / "drop")
    words = ("--workers", str(COUNT), "--grace", "0", "--login-delay", "600")
    with serving(drop, *USER, *words) as server:
        server.logged_in().ask("QUIT")
        clients = [server.client() for _ in range(MANY)]
        assert all(serves(process) for process in children(server))
        for client in clients:
            client.ask("USER ann")
            assert client.ask("PASS secret").startswith("-ERR [LOGIN-DELAY]")


@pytest.mark.parametrize("workers", [1, COUNT])
def test_what_is_remembered_of_logins_is_for_all_of_them(workers: int) -> None:
    gate = parts.login_throttle(Settings(workers=workers))
    assert isinstance(gate, TimedThrottle)
    assert gate.shared == (workers > 1)


def test_sighup_reaches_all(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text("ann:{PLAIN}secret\n")
    drop = folder(tmp_path / "{user}" / "ann").parent
    words = (drop / "{user}", "--users-file", users, "--workers", str(COUNT))
    with serving(*words, "--grace", "0") as server:
        users.write_text("bob:{PLAIN}word\n")
        server.process.send_signal(signal.SIGHUP)
        eventually(lambda: server.log.count(" reloaded ") == COUNT)
        for _ in range(8):
            assert "[AUTH]" in refused(server)


def test_sigterm_ends_all(server: Serving) -> None:
    processes = children(server)
    server.client()
    assert server.stop() == 0
    assert not [process for process in processes if alive(process)]


def test_without_the_parent_all_end(server: Serving) -> None:
    processes = children(server)
    server.process.kill()
    eventually(lambda: not any(map(alive, processes)))
    with pytest.raises(OSError, match="refused"):
        Client(server.port)


def alive(process: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
