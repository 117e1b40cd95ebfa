"""The real server as a user starts it: a process that tells its port on stdout."""

import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.forked import Forked

Process = subprocess.Popen[bytes] | Forked

COMMAND = (sys.executable, "-m", "pop3lab")
SECONDS = 15  # how long the server may take to say its port, or to go


class Served:
    """A server that runs."""

    def __init__(self, process: Process, port: int) -> None:
        self.process = process
        self.port = port
        self._clients: list[Client] = []

    def stop(self) -> str:
        """SIGTERM; the statistics."""
        self.process.terminate()
        return self.statistics()

    def statistics(self) -> str:
        """What it prints at its end, which must be in good order."""
        rest, _ = self.process.communicate(timeout=SECONDS)
        assert self.process.returncode == 0
        return rest.decode("ascii")

    def client(self) -> "Client":
        """A new connection, its greeting read."""
        self._clients.append(Client(self.port))
        return self._clients[-1]

    def forget(self) -> None:
        """Close the clients that are left."""
        for client in self._clients:
            client.close()
        self._clients.clear()

    def logged_in(self) -> "Client":
        """A new connection in TRANSACTION."""
        client = self.client()
        client.ask("USER user")
        assert client.ask("PASS password").startswith("+OK"), client.log
        return client


@contextmanager
def served(
    folder: Path | str,
    *words: str,
    command: Sequence[str] = (),
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
) -> Iterator[Served]:
    """Start the server; at the end it is killed, if it has not been stopped.

    It is forked, unless a command or an environment is given, which only a start heeds.
    """
    line = [str(folder), *words]
    with (
        _started([*(command or COMMAND), *line], env)
        if command or env is not None
        else Forked(line, cwd=cwd)
    ) as process:
        try:
            assert process.stdout
            running = Served(process, int(process.stdout.readline()))
            try:
                yield running
            finally:
                running.forget()
        finally:
            process.kill()


def _started(line: list[str], env: dict[str, str] | None) -> subprocess.Popen[bytes]:
    return subprocess.Popen(line, bufsize=0, stdout=subprocess.PIPE, env=env)


class Client:
    """A client by hand."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        self._file = self.socket.makefile("rb")
        self.log: list[str] = []
        try:
            self.greeting = self.line()
        except OSError:
            self.close()
            raise

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close without QUIT."""
        self._file.close()
        self.socket.close()

    def send(self, octets: bytes) -> None:
        """As they are."""
        self.socket.sendall(octets)

    def line(self) -> str:
        """A line without its CRLF; empty at the end."""
        octets = self._file.readline()
        assert octets.endswith(b"\r\n") or not octets, octets
        self.log.append(octets[:-2].decode("latin-1"))
        return self.log[-1]

    def ask(self, command: str) -> str:
        """The one line that comes back."""
        self.send(command.encode("latin-1") + b"\r\n")
        return self.line()

    def body(self, command: str) -> bytes:
        """All octets behind the status line, terminator included."""
        assert self.ask(command).startswith("+OK"), self.log
        octets = b""
        while not octets.endswith(b"\r\n.\r\n") and octets != b".\r\n":
            line = self._file.readline()
            assert line, octets
            octets += line
        return octets

    def closed(self) -> bool:
        """Whether the server has closed in good order, and nothing more has come."""
        return self._file.read() == b""
