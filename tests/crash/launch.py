"""A server in a process of its own, to which strace may attach."""

import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.forked import Forked
from tests.served import Process

SECONDS = 20  # how long a server may take for anything

_TRACEABLE = (sys.executable, "-I", "-S", str(Path(__file__).parent / "traceable.py"))
_STARTED = (*_TRACEABLE, sys.executable, "-m", "pop3lab")


@dataclass(frozen=True)
class Command:
    """The module whose serve() runs, and the words before the folder and the keywords."""

    module: str
    words: Sequence[str] = ()


POP3LAB = Command("tests.crash.traceable")
SERVE = Command("tests.crash.traceable", ("serve",))
FULL = Command("tests.crash.full_disk_server")
NAIVE = Command("tests.crash.naive_server")


@dataclass(frozen=True)
class Server:
    port: int
    process: Process
    errors: IO[str]

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def stop(self) -> str:
        """SIGTERM; what the server has written to stderr until it was gone."""
        self.process.terminate()
        self.process.wait(SECONDS)
        self.errors.seek(0)
        return self.errors.read()


@contextmanager
def running(
    command: Command, folder: Path, *keywords: str, fresh: bool = False
) -> Iterator[Server]:
    """fresh: POP3LAB is started, and has imported nothing but what it needs until now."""
    words = [*command.words, str(folder), *keywords]
    with (
        tempfile.TemporaryFile("w+") as errors,
        _started(words, errors)
        if fresh
        else Forked(words, run=(command.module, "serve"), stderr=errors.fileno()) as process,
    ):
        try:
            yield Server(_port(process), process, errors)
        finally:
            process.kill()


def _started(words: Sequence[str], errors: IO[str]) -> Process:
    return subprocess.Popen([*_STARTED, *words], 0, stdout=subprocess.PIPE, stderr=errors)


def _port(process: Process) -> int:
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], SECONDS)
    assert ready, "the server has not told its port"
    return int(process.stdout.readline())
