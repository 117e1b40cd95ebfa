"""Every form of the server ends when it is told to, whatever its clients do."""

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import IO

import pytest

from pop3lab import Pop3Server
from tests.flood import flooded

SECONDS = 15  # that starting and ending may take
SCENARIO = '[[message]]\ntext = "Subject: one"\n[[expect]]\ncommands = ["QUIT"]\n'
LOGIN = b"USER user\r\nPASS password\r\n"


class Form:
    """A form of the server that runs. code: with which it ends."""

    def __init__(self, process: subprocess.Popen[bytes], code: int = 0) -> None:
        self.process = process
        self.code = code
        assert process.stdout
        self.port = int(process.stdout.readline())

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(number)
        self.ended(self.code)

    def ended(self, code: int) -> None:
        _, errors = self.process.communicate(timeout=SECONDS)
        assert b"Traceback" not in errors
        assert self.process.returncode == code, errors

    def client(self, said: bytes = b"") -> socket.socket:
        client = socket.create_connection(("127.0.0.1", self.port), SECONDS)
        client.sendall(said)
        return client


@contextmanager
def form(*words: str | Path, code: int = 0, stdin: int | IO[bytes] | None = None) -> Iterator[Form]:
    command = [sys.executable, "-m", "pop3lab", *map(str, words)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, bufsize=0, stdin=stdin, stdout=pipe, stderr=pipe) as process:
        try:
            yield Form(process, code)
        finally:
            process.kill()


def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    (folder / "1").write_bytes(b"Subject: one\r\n\r\n")
    return folder


@contextmanager
def seed(tmp_path: Path) -> Iterator[Form]:
    with form(drop(tmp_path)) as running:
        yield running


@contextmanager
def watched_seed(tmp_path: Path) -> Iterator[Form]:
    """With a wait under way, and with a transcript."""
    words = ("--control", "--transcript", tmp_path / "transcript")
    with form(drop(tmp_path), *words, stdin=subprocess.PIPE) as running:
        assert running.process.stdin
        running.process.stdin.write(b"wait sessions=99 timeout=999\n")
        running.process.stdin.flush()
        yield running


@contextmanager
def serve(tmp_path: Path, *more: str, target: str | Path = "gen:1?messages=2") -> Iterator[Form]:
    words = ("--port", "0", "--user", "user:password", "--limit-bad-before", "0")
    with form("serve", target, *words, *(more or ("--grace", "0"))) as running:
        yield running


@contextmanager
def workers(tmp_path: Path) -> Iterator[Form]:
    words = ("--workers", "2", "--grace", "0")
    with serve(tmp_path, *words, target=drop(tmp_path)) as running:
        yield running


@contextmanager
def patient(tmp_path: Path) -> Iterator[Form]:
    with serve(tmp_path, "--grace", "60") as running:
        yield running


@contextmanager
def patient_workers(tmp_path: Path) -> Iterator[Form]:
    words = ("--grace", "60", "--workers", "2")
    with serve(tmp_path, *words, target=drop(tmp_path)) as running:
        yield running


@contextmanager
def scenario(tmp_path: Path) -> Iterator[Form]:
    path = tmp_path / "scenario.toml"
    path.write_text(SCENARIO)
    with form("scenario", "run", path, "--sessions", "99", code=1) as running:
        yield running


@contextmanager
def record(tmp_path: Path) -> Iterator[Form]:
    with (
        Pop3Server(["Subject: one"]) as server,
        form("record", f"127.0.0.1:{server.port}", "--out", tmp_path / "out") as running,
    ):
        yield running


@contextmanager
def replay(tmp_path: Path) -> Iterator[Form]:
    with Pop3Server(["Subject: one"]) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(b"NOOP\r\nQUIT\r\n")
            while client.recv(999):
                pass
        server.wait_session()
        server.transcript.save(str(tmp_path / "transcript"))
    with form("replay", tmp_path / "transcript", code=1) as running:
        yield running


Starting = Callable[[Path], AbstractContextManager[Form]]
SERVERS = [seed, watched_seed, serve, workers]
FORMS = pytest.mark.parametrize("start", [*SERVERS, scenario, record, replay])


@FORMS
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_while_clients_pipeline(
    start: Starting, number: signal.Signals, tmp_path: Path
) -> None:
    with start(tmp_path) as running, flooded(running.port):
        running.end(number)


@pytest.mark.parametrize("start", [patient, patient_workers])
@pytest.mark.parametrize("said", [b"", LOGIN, LOGIN + b"RETR 1\r\n" * 200, b"USER user\r\n"])
def test_a_second_signal_ends_it_whatever_clients_are_about(
    start: Starting, said: bytes, tmp_path: Path
) -> None:
    with start(tmp_path) as running, running.client(said), running.client(said) as other:
        assert other.recv(1) == b"+"
        running.process.send_signal(signal.SIGTERM)
        closed(running.port)
        running.end()


def test_a_second_sigint_is_told_by_the_exit_code(tmp_path: Path) -> None:
    for start in (patient, patient_workers):
        with start(tmp_path) as running, running.client(LOGIN) as client:
            while b"maildrop" not in client.recv(999):
                pass
            running.process.send_signal(signal.SIGINT)
            closed(running.port)
            running.process.send_signal(signal.SIGINT)
            running.ended(130)


def closed(port: int) -> None:
    """Back when nobody listens there any more."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            return
        time.sleep(0.01)
    pytest.fail("it takes new clients")


def test_it_ends_while_tls_is_negotiated(tmp_path: Path) -> None:
    words = ("--tls-self-signed", "--tls-port", "0", "--grace", "0")
    with serve(tmp_path, *words) as running, ExitStack() as clients:
        hello = ssl.MemoryBIO()
        context = ssl.create_default_context()
        with pytest.raises(ssl.SSLWantReadError):
            context.wrap_bio(ssl.MemoryBIO(), hello, server_hostname="localhost").do_handshake()
        begun = hello.read()
        for octets in (b"", begun[:1], begun[:-1], begun):
            client = clients.enter_context(running.client(b"STLS\r\n"))
            answers = b""
            while answers.count(b"\r\n") < 2:
                answers += client.recv(999)
            client.sendall(octets)
        running.end()


def test_it_ends_at_the_end_of_stdin_though_a_wait_is_under_way(tmp_path: Path) -> None:
    words = ("--control", "--exit-on-stdin-eof")
    with form(drop(tmp_path), *words, stdin=subprocess.PIPE) as running, flooded(running.port):
        assert running.process.stdin
        running.process.stdin.write(b"wait sessions=99 timeout=999\n")
        running.ended(0)


def test_it_does_not_wait_for_a_large_file_to_be_added(tmp_path: Path) -> None:
    large = tmp_path / "large"
    with open(large, "wb") as file:
        os.truncate(file.fileno(), 8_000_000_000)  # no more is taken
    box = drop(tmp_path)
    with form(box, "--control", stdin=subprocess.PIPE) as running:
        assert running.process.stdin
        running.process.stdin.write(f"add {large}\n".encode())
        running.process.stdin.flush()
        while len(os.listdir(box)) == 1:
            time.sleep(0.01)
        running.process.send_signal(signal.SIGTERM)
        told, _ = running.process.communicate(timeout=SECONDS)
        assert told.startswith(b"err the server stops\n")
    assert os.listdir(box) == ["1"]
