"""`pop3lab serve` as a user starts it: a process of its own, its ports, its log."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from tests.forked import Forked, ran
from tests.served import SECONDS, Client, Process

COMMAND = (sys.executable, "-m", "pop3lab")
USER = ("--user", "ann:secret")
FREE = ("--port", "0", "--ready", "json")


class Serving:
    """A server that runs."""

    def __init__(self, process: Process, log: IO[bytes]) -> None:
        self.process = process
        self._log = log
        assert process.stdout
        self.line = process.stdout.readline().decode("ascii")
        self.ports: dict[str, int] = json.loads(self.line) if self.line.startswith("{") else {}
        self._clients: list[Client] = []

    @property
    def port(self) -> int:
        return self.ports["pop3"] if self.ports else int(self.line)

    @property
    def tls_port(self) -> int:
        return self.ports["pop3s"]

    @property
    def log(self) -> str:
        """All that has been said on stderr."""
        return os.pread(self._log.fileno(), 2**20, 0).decode()

    def client(self) -> Client:
        """A new connection, its greeting read."""
        self._clients.append(Client(self.port))
        return self._clients[-1]

    def logged_in(self, user: str = "ann", password: str = "secret") -> Client:
        """A new connection in TRANSACTION."""
        client = self.client()
        client.ask(f"USER {user}")
        assert client.ask(f"PASS {password}").startswith("+OK"), client.log
        return client

    def hang_up(self) -> None:
        """Close the clients that are left."""
        for client in self._clients:
            client.close()
        self._clients.clear()

    def signal(self, number: signal.Signals, until: str = "") -> None:
        """Send a signal; wait until the log says so."""
        self.process.send_signal(number)
        eventually(lambda: until in self.log)

    def ended(self) -> int:
        """The exit code."""
        return self.process.wait(SECONDS)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        self.process.terminate()
        return self.ended()


def environment(**variables: str) -> dict[str, str]:
    """That of the tests, without settings of whoever runs them."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("POP3LAB_")}
    return {**kept, "XDG_CONFIG_HOME": "/nonexistent", **variables}


@contextmanager
def serving(*words: str | Path, **options: Any) -> Iterator[Serving]:
    """Start `pop3lab serve WORDS`; at the end it is killed, if it has not ended. options: Popen's.

    It takes a free port and tells its ports as JSON.
    """
    with started(*FREE, *words, **options) as server:
        yield server


@contextmanager
def started(*words: str | Path, **options: Any) -> Iterator[Serving]:
    """The same with these words only."""
    with tempfile.TemporaryFile() as log, _process(words, log, **options) as process:
        try:
            server = Serving(process, log)
            assert server.line, server.log
            yield server
            server.hang_up()
        finally:
            process.kill()


def _process(
    words: Sequence[str | Path], log: IO[bytes], env: dict[str, str] | None = None, **options: Any
) -> Process:
    """Fork one, if nothing is asked for but an environment."""
    command = ["serve", *map(str, words)]
    env = environment() if env is None else env
    if not options:
        return Forked(command, stderr=log, env=env)
    pipe = subprocess.PIPE
    return subprocess.Popen([*COMMAND, *command], stdout=pipe, stderr=log, env=env, **options)


def run(
    *words: str | Path,
    stdin: str = "",
    env: dict[str, str] | None = None,
    seconds: float = SECONDS,
) -> subprocess.CompletedProcess[str]:
    """Run `pop3lab WORDS` to its end."""
    environ = environment() if env is None else env
    return ran([*map(str, words)], stdin=stdin, env=environ, seconds=seconds)


def refused(*words: str | Path, env: dict[str, str] | None = None) -> tuple[int, str]:
    """`pop3lab serve WORDS` must not start: its exit code and what it says."""
    result = run("serve", *words, env=env, seconds=5)
    assert result.stdout == "", result.stdout
    assert "Traceback" not in result.stderr, result.stderr
    return result.returncode, result.stderr


def eventually(holds: Callable[[], bool], seconds: float = SECONDS) -> None:
    """Wait until it does."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def folder(path: Path, *texts: bytes) -> Path:
    """A folder of messages."""
    path.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(texts or (b"Subject: one\r\n\r\n",), 1):
        (path / f"{number:04}").write_bytes(text)
    return path


def tags(capabilities: Sequence[str]) -> set[str]:
    """The first words."""
    return {line.split()[0] for line in capabilities}


def capa(client: Client) -> list[str]:
    """The lines of CAPA."""
    return client.body("CAPA").decode("ascii").splitlines()[:-1]
