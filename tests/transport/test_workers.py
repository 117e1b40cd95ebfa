"""A parent and its workers, as processes."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pop3lab.transport.workers import listener_sets
from tests.served import SECONDS
from tests.transport.toy_workers import COUNT

# the sockets


def numbers(listeners: list[socket.socket]) -> set[int]:
    return {listener.getsockname()[1] for listener in listeners}


def test_all_workers_listen_on_one_free_port() -> None:
    sets = listener_sets(["127.0.0.1", "::1"], 0, 0, 3)
    plain = numbers([one for listeners in sets for one in listeners.pop3])
    tls = numbers([one for listeners in sets for one in listeners.pop3s])
    assert (len(plain), len(tls)) == (1, 1)
    assert plain != tls
    assert [len(listeners.all) for listeners in sets] == [4, 4, 4]
    for listeners in sets:
        listeners.close()


def test_a_kind_that_is_off_has_no_socket() -> None:
    [listeners] = listener_sets(["127.0.0.1"], None, 0)
    assert list(listeners.ports()) == ["pop3s"]
    listeners.close()


@pytest.mark.parametrize("count", [1, 3])
def test_a_port_is_not_shared_with_a_server_that_is_here_already(count: int) -> None:
    for held in (1, 3):
        sets = listener_sets(["127.0.0.1"], 0, None, held)
        [port] = sets[0].ports().values()
        with pytest.raises(OSError, match="Address already in use"):
            listener_sets(["127.0.0.1"], port, None, count)
        for listeners in sets:
            listeners.close()


def test_all_is_given_back_if_one_can_t_be_had() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        before = os.listdir("/proc/self/fd")
        with pytest.raises(OSError, match="Address already in use"):
            listener_sets(["127.0.0.1"], 0, taken.getsockname()[1], 2)
        assert os.listdir("/proc/self/fd") == before


# the processes


@contextmanager
def running(word: str, port: int = 0) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.transport.toy_workers", word, str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            yield process, int(line) if line.strip().isdigit() else 0
        finally:
            process.kill()


def visit(port: int, word: bytes = b"") -> int:
    """The process id of the worker that answers, which is told a word."""
    with socket.create_connection(("127.0.0.1", port), SECONDS) as client:
        client.settimeout(SECONDS)
        worker = int(client.makefile().readline())
        client.sendall(word + b"\n")
        client.shutdown(socket.SHUT_WR)
        try:
            client.recv(1)
        except ConnectionResetError:
            pass
    return worker


def everybody(port: int) -> set[int]:
    """The process ids of all workers."""
    found: set[int] = set()
    until = time.monotonic() + SECONDS
    while len(found) < COUNT and time.monotonic() < until:
        found.add(visit(port))
    assert len(found) == COUNT
    return found


def alive(worker: int) -> bool:
    try:
        with open(f"/proc/{worker}/stat") as stat:
            return stat.read().rsplit(")")[-1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def all_gone(workers: set[int]) -> bool:
    until = time.monotonic() + SECONDS
    while any(map(alive, workers)) and time.monotonic() < until:
        time.sleep(0.01)
    return not any(map(alive, workers))


@pytest.mark.parametrize("word", ["serve", "graceful"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_all_and_the_end_is_clean(word: str, number: signal.Signals) -> None:
    with running(word) as (process, port):
        workers = everybody(port)
        assert process.pid not in workers
        process.send_signal(number)
        assert process.wait(SECONDS) == 0
        assert all_gone(workers)
        with pytest.raises(ConnectionRefusedError):
            visit(port)
        assert process.stderr
        assert process.stderr.read() == b""


def test_the_port_is_told_once_when_all_are_ready() -> None:
    with running("slow") as (process, nothing):
        assert process.stdout
        assert nothing == 0  # the first line was the last worker's
        everybody(int(process.stdout.readline()))
        process.terminate()
        assert process.stdout.read() == b""


def test_a_worker_that_dies_is_replaced_and_no_client_is_lost() -> None:
    with running("serve") as (process, port):
        before = everybody(port)
        dead = visit(port, b"die")
        assert everybody(port).isdisjoint({dead})
        dead = visit(port, b"fail")
        assert len(everybody(port) & before) >= COUNT - 2
        process.terminate()
        assert process.wait(SECONDS) == 0
        assert process.stderr
        said = process.stderr.read().decode()
        assert "a worker died of signal 9: another takes its place" in said
        assert "RuntimeError: as asked" in said
        assert "a worker died with exit code 4: another takes its place" in said


def test_too_many_deaths_are_the_end() -> None:
    with running("serve") as (process, port):
        for _ in range(3):
            visit(port, b"die")
        assert process.wait(SECONDS) == 4
        assert process.stderr
        assert b"one too many: the end" in process.stderr.read()


@pytest.mark.parametrize(("word", "code"), [(b"end", 0), (b"config", 2)])
def test_a_worker_that_ends_by_itself_ends_all(word: bytes, code: int) -> None:
    with running("graceful") as (process, port):
        workers = everybody(port)
        visit(port, word)
        assert process.wait(SECONDS) == code
        assert all_gone(workers)


def test_hup_is_for_each_worker() -> None:
    with running("serve") as (process, port):
        everybody(port)
        process.send_signal(signal.SIGHUP)
        assert process.stdout
        assert [process.stdout.readline() for _ in range(COUNT)] == [b"hup\n"] * COUNT
        process.terminate()
        assert process.wait(SECONDS) == 0


def test_workers_end_when_their_parent_is_killed() -> None:
    with running("serve") as (process, port):
        workers = everybody(port)
        process.kill()
        assert all_gone(workers)


def test_who_does_not_end_is_killed() -> None:
    with running("stubborn") as (process, _):
        process.terminate()
        assert process.wait(SECONDS) == 0


def test_a_second_signal_is_at_once() -> None:
    with running("stubborn") as (process, _):
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)  # or the two are one signal
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == 130


def test_mail_has_sockets_of_its_own_for_each_worker() -> None:
    sets = listener_sets(["127.0.0.1"], 0, None, 2, {"smtp": 0, "smtps": None, "lmtp": 0})
    try:
        assert [list(each.ports()) for each in sets] == [["pop3", "smtp", "lmtp"]] * 2
        assert sets[0].ports() == sets[1].ports()
    finally:
        for each in sets:
            each.close()
