"""A login that has very much to read or to list, and everybody else beside it."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.soak.bystander import greeted
from tests.soak.running import MEBIBYTE, NO_LIMITS, running

_LINE = b"a line of a message, as long as lines of text are used to be, or so\n"
WITHIN = 0.05  # seconds for an answer, on a machine that has nothing else to do


def large(folder: Path, mebibytes: int) -> None:
    """One new message."""
    piece = _LINE * (MEBIBYTE // len(_LINE))
    with (folder / "large").open("wb") as file:
        for _ in range(mebibytes):
            file.write(piece)


def many(folder: Path, count: int) -> None:
    """So many small ones."""
    for number in range(count):
        (folder / f"{number:06}").write_bytes(b"Subject: small\n\n" + _LINE * 5)


def ask(client: socket.socket, line: bytes, end: bytes) -> float:
    """How long the answer took, in seconds."""
    began = time.perf_counter()
    client.sendall(line)
    answer = b""
    while not answer.endswith(end):
        answer += client.recv(4096)
    return time.perf_counter() - began


class Beside:
    """A client that asks all the time, and how long the answers took."""

    def __init__(self, port: int) -> None:
        self._client = greeted(port)
        self._ended = threading.Event()
        self.seconds: list[float] = []

    def keep_on(self) -> None:
        while not self._ended.wait(0.001):
            self.seconds.append(ask(self._client, b"CAPA\r\n", b"\r\n.\r\n"))
            self.seconds.append(ask(self._client, b"NOOP\r\n", b"\r\n"))

    def end(self) -> None:
        self._ended.set()

    def close(self) -> None:
        self._client.close()

    def __str__(self) -> str:
        p99, longest = 1000 * self.p99, 1000 * max(self.seconds)
        return f"{len(self.seconds)} answers, p99 {p99:.1f} ms, the longest {longest:.1f}"

    @property
    def p99(self) -> float:
        """So long or less took 99 of 100."""
        return sorted(self.seconds)[int(len(self.seconds) * 0.99)]


@contextmanager
def beside(port: int) -> Iterator[Beside]:
    """It asks for as long as the block lasts."""
    asks = Beside(port)
    thread = threading.Thread(target=asks.keep_on)
    thread.start()
    try:
        yield asks
    finally:
        asks.end()
        thread.join()
        asks.close()


def log_in(port: int) -> float:
    """How long it took, in seconds; the session ends then."""
    with greeted(port) as client:
        client.settimeout(600)
        ask(client, b"USER ann\r\n", b"\r\n")
        took = ask(client, b"PASS secret\r\n", b"\r\n")
        ask(client, b"QUIT\r\n", b"\r\n")
    return took


@pytest.mark.parametrize(
    ("fill", "within"),
    [
        (lambda folder: large(folder, 32), 2.0),
        (lambda folder: many(folder, 2000), 2.0),
        pytest.param(lambda folder: large(folder, 1024), WITHIN, marks=pytest.mark.soak),
        pytest.param(lambda folder: many(folder, 60_000), WITHIN, marks=pytest.mark.soak),
    ],
    ids=["32 MiB", "2,000 new", "1 GiB", "60,000 new"],
)
def test_nobody_waits_for_a_slow_login(
    fill: Callable[[Path], None], within: float, tmp_path: Path
) -> None:
    box = tmp_path / "box"
    box.mkdir()
    with running(*NO_LIMITS, target=str(box)) as server:
        with beside(server.port) as idle:
            time.sleep(1)
        fill(box)
        with beside(server.port) as busy:
            took = log_in(server.port)
        again = log_in(server.port)
    print(f"alone: {idle}")
    print(f"a login of {took:.2f} s: {busy}")
    print(f"the next: {again:.4f} s")
    assert busy.p99 < within
    assert max(busy.seconds) < 10 * within  # where other programs want the cores, too
    assert again < within
