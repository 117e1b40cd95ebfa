"""The real server, as a user starts it: a subprocess that tells its port on stdout."""

import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SECONDS = 15  # how long the server may take to say its port, or to go


@dataclass(frozen=True)
class Server:
    port: int
    process: subprocess.Popen[str]

    def stop(self) -> list[str]:
        """SIGTERM; the lines of the statistics."""
        self.process.terminate()
        statistics, _ = self.process.communicate(timeout=SECONDS)
        return statistics.splitlines()


@contextmanager
def serving(folder: Path, *keywords: str) -> Iterator[Server]:
    command = [sys.executable, "-m", "pop3lab", str(folder), *keywords]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Server(_port(process), process)
        finally:
            process.kill()


def _port(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], SECONDS)
    assert ready, "the server has not told its port"
    return int(process.stdout.readline())
