"""`pop3lab serve` as it is in use, watched from outside: memory, descriptors, and what it says."""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

MEBIBYTE = 1024 * 1024
PATIENCE = 60.0  # seconds for what must come some time
SPARE = 500  # descriptors that are left for other things than sessions
USERS = ("--user", "ann:secret", "--user", "bob:secret")
NO_LIMITS = (
    *("--limit-bad-before", "0", "--limit-bad-after", "0", "--limit-bad-logins", "0"),
    *("--limit-drain", str(2**30), "--limit-login", "0"),
)


@dataclass
class Running:
    """A server that runs."""

    pid: int
    port: int
    tls_port: int
    errors: IO[bytes]

    @property
    def memory(self) -> int:
        """Octets that it has in memory now."""
        return int(self._status("VmRSS").removesuffix("kB")) * 1024

    @property
    def descriptors(self) -> int:
        """How many it has open."""
        return len([*Path(f"/proc/{self.pid}/fd").iterdir()])

    def _status(self, name: str) -> str:
        lines = Path(f"/proc/{self.pid}/status").read_text("ascii").splitlines()
        return dict(line.split(":", 1) for line in lines)[name].strip()

    @property
    def complaints(self) -> str:
        """All of stderr."""
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace")

    def limit_descriptors(self, most: int) -> None:
        """From now on it may have so many."""
        _, hard = resource.prlimit(self.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(self.pid, resource.RLIMIT_NOFILE, (most, hard))

    def settled(self, descriptors: int, seconds: float = PATIENCE) -> bool:
        """Whether it comes back to so many descriptors."""
        return wait_until(lambda: self.descriptors <= descriptors, seconds)


def wait_until(true: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Whether it becomes true."""
    until = time.monotonic() + seconds
    while not (found := true()) and time.monotonic() < until:
        time.sleep(0.05)
    return found


def descriptors_allowed() -> int:
    """As many as this process and its children can have; they have them from now on."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


@contextmanager
def running(
    *words: str, target: str = "gen:7?messages=3", trouble: str = "nothing"
) -> Iterator[Running]:
    """Start it; at the end it has to stop in good order, having complained of this trouble only."""
    descriptors_allowed()
    command = [sys.executable, "-m", "pop3lab", "serve", target, *USERS, "--log-level", "error"]
    command += ["--port", "0", "--tls-port", "0", "--tls-self-signed", "--ready", "json"]
    command += ["--limit-connections", "100000", "--grace", "0", *words]
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors) as process,
    ):
        try:
            assert process.stdout
            told = json.loads(process.stdout.readline() or b"{}")
            server = Running(process.pid, told["pop3"], told["pop3s"], errors)
            yield server
            process.terminate()
            assert process.wait(PATIENCE) == 0
            told = (trouble, " warning root ")  # of root, where the tests run so
            lines = server.complaints.splitlines()
            others = [line for line in lines if not any(each in line for each in told)]
            assert not others, others[:20]
        finally:
            process.kill()
