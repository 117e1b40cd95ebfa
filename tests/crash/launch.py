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

SECONDS = 20  # how long a server may take for anything

Command = Sequence[str]  # the folder and the keywords are appended to it

_HERE = Path(__file__).parent
_TRACEABLE = (sys.executable, "-I", "-S", str(_HERE / "traceable.py"))

POP3LAB: Command = (sys.executable, "-m", "pop3lab")
FULL: Command = (sys.executable, str(_HERE / "full_disk_server.py"))
NAIVE: Command = (sys.executable, str(_HERE / "naive_server.py"))


@dataclass(frozen=True)
class Server:
    port: int
    process: subprocess.Popen[str]
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
def running(command: Command, folder: Path, *keywords: str) -> Iterator[Server]:
    line = [*_TRACEABLE, *command, str(folder), *keywords]
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(line, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        try:
            yield Server(_port(process), process, errors)
        finally:
            process.kill()


def _port(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], SECONDS)
    assert ready, "the server has not told its port"
    return int(process.stdout.readline())
