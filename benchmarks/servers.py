"""Starting a peer's server, and ending it whatever happens."""

import contextlib
import os
import select
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

PATIENCE = 30.0  # seconds for a server to start: the largest maildrop is read at the start by some
FAREWELL = 5.0  # seconds for a server to stop by itself


class MeasureFailed(Exception):
    """A server did not start, or a load did not go through; one line says why."""


@dataclass(frozen=True, slots=True)
class Command:
    """How to start a server. `port` is 0 where the server tells it on its first line."""

    words: tuple[str, ...]
    port: int = 0


@dataclass(frozen=True, slots=True)
class Server:
    """A running server that greets."""

    pid: int
    port: int


@contextlib.contextmanager
def running(command: Command) -> Iterator[Server]:
    """The server, from its first greeting on. Raises: MeasureFailed."""
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command.words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,  # so that its children can be ended with it
        )
        try:
            port = command.port or _told_port(process, errors)
            _await_greeting(port)
            yield Server(process.pid, port)
        finally:
            _end(process)


def _told_port(process: subprocess.Popen[bytes], errors: IO[bytes]) -> int:
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], PATIENCE)
    line = process.stdout.readline() if ready else b""
    if not line.strip().isdigit():
        errors.seek(0)
        last = errors.read().decode(errors="replace").strip().rpartition("\n")[2]
        raise MeasureFailed(f"told no port: {last or line!r}")
    return int(line)


def _await_greeting(port: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            if _greets(port):
                return
        time.sleep(0.01)
    raise MeasureFailed(f"no greeting within {PATIENCE:.0f} s")


def _greets(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        return bool(client.recv(1))


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(FAREWELL)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def free_port() -> int:
    """A port nobody has, for servers that can't choose one themselves."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
