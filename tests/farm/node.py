"""A server of a farm, which is killed, stopped and started again, and how clients talk to it."""

import os
import socket
from contextlib import suppress
from pathlib import Path
from signal import SIGCONT, SIGSTOP
from typing import Self

from tests.forked import POP3LAB, Forked, Function

PATIENCE = 20.0  # seconds that a client waits for an answer
LIMITS = ("--limit-bad-logins", "0", "--limit-bad-after", "0", "--limit-busy", "0.5")


class Node:
    """One that serves the database at a target. run: what it runs instead of pop3lab."""

    def __init__(
        self,
        target: str,
        users: list[str],
        *words: str,
        run: Function = POP3LAB,
        log: Path = Path(os.devnull),
        lmtp_port: int = 0,
    ) -> None:
        accounts = [word for user in users for word in ("--user", f"{user}:secret")]
        self._words = ["serve", target, *accounts, *LIMITS, *words]
        if lmtp_port:
            self._words += ["--lmtp", str(lmtp_port)]
        self.lmtp_port = lmtp_port
        self._log = log
        self.port = 0
        self._run = run
        self.start()

    def start(self) -> None:
        words = [*self._words, "--port", str(self.port)]
        with self._log.open("ab") as log:
            self.process = Forked(words, run=self._run, stderr=log)
        assert self.process.stdout
        self.port = int(self.process.stdout.readline())
        self.is_up = True

    def kill(self) -> None:
        """As `kill -9` does it."""
        if self.process.returncode is None:
            self.is_up = False
            self.process.__exit__(AssertionError)

    def restart(self) -> None:
        """In good order, at the same port."""
        self.process.terminate()
        assert self.process.wait(PATIENCE) == 0
        self.process.__exit__(None)
        self.start()

    @property
    def log(self) -> str:
        """What it has said of itself."""
        return self._log.read_text()

    def pause(self) -> None:
        self.is_up = False
        self.process.send_signal(SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(SIGCONT)
        self.is_up = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Gone(Exception):
    """The connection was closed or reset."""


class FarmClient:
    """A client of what listens at a port."""

    def __init__(self, port: int, source: str = "127.0.0.1") -> None:
        try:
            self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE, (source, 0))
        except OSError as error:
            raise Gone from error
        self._file = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._socket.close()

    def send(self, command: str) -> None:
        with suppress(OSError):
            self._socket.sendall(command.encode() + b"\r\n")

    def line(self) -> str:
        """The next line. Raises Gone."""
        try:
            octets = self._file.readline()
        except OSError as error:
            raise Gone from error
        if not octets.endswith(b"\n"):
            raise Gone
        return octets.decode().removesuffix("\r\n")

    def ask(self, command: str) -> str:
        """The first line that comes back. Raises Gone."""
        self.send(command)
        return self.line()

    def listing(self, command: str) -> list[str] | None:
        """The lines behind the first; None if it is -ERR. Raises Gone."""
        if not self.ask(command).startswith("+OK"):
            return None
        lines = []
        while (line := self.line()) != ".":
            lines.append(line.removeprefix("."))
        return lines

    def log_in(self, user: str) -> str:
        """The answer to PASS. Raises Gone."""
        self.line()
        self.ask(f"USER {user}")
        return self.ask("PASS secret")
