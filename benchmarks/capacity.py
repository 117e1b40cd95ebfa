"""`python -m benchmarks.capacity`: how many sessions one process bears, and what each costs.

Writes CAPACITY.md, which the report includes. All clients are on loopback, in a process
of their own.
"""

import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median, quantiles

from tests.soak.bystander import Bystander, greeted
from tests.soak.crowd import crowd
from tests.soak.running import SPARE, Running, descriptors_allowed, running

from benchmarks.machine import facts
from benchmarks.tables import table

CAPACITY = Path(__file__).parent / "CAPACITY.md"
SESSIONS = (("plain", "idle", 10_000), ("TLS", "tls", 2_000))  # name, kind of crowd, how many
SAMPLES = 500
WARM = 50
METHOD = """\
So many sessions are greeted and then say nothing. Memory is how much the resident set of the one
server process grows, divided by their number. Beside them, one client at a time connects anew:
until its greeting, and for a whole session (USER, PASS, STAT, RETR, QUIT)."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds of one thing done again and again."""

    median: float
    p99: float

    def __str__(self) -> str:
        return f"{self.median:.2f} / {self.p99:.2f}"


@dataclass(frozen=True, slots=True)
class Capacity:
    """What was found for one kind of session. seconds: until all were there."""

    name: str
    count: int
    kibibytes: float
    seconds: float
    greeting: tuple[Latency, Latency]  # without and with them
    session: tuple[Latency, Latency]

    def row(self) -> Sequence[str]:
        """As in the table."""
        found = (*self.greeting, *self.session)
        size = f"{self.kibibytes:.1f}"
        return (self.name, f"{self.count:,}", size, f"{self.seconds:.1f}", *map(str, found))


def latency(act: Callable[[], object], samples: int) -> Latency:
    """How long it takes."""
    taken = []
    for _ in range(samples):
        began = time.perf_counter()
        act()
        taken.append(1000 * (time.perf_counter() - began))
    return Latency(median(taken), quantiles(taken, n=100)[98])


def greeting(server: Running) -> None:
    """Connect, read the greeting, reset: no port is left waiting."""
    client = greeted(server.port)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def latencies(server: Running, samples: int) -> tuple[Latency, Latency]:
    """Of a greeting and of a whole session."""
    beside = Bystander(server.port)
    return (
        latency(partial(greeting, server), samples),
        latency(beside.session, samples),
    )


def measure(name: str, kind: str, count: int, samples: int) -> Capacity:
    """One kind of session, in a server of its own."""
    count = min(count, descriptors_allowed() - SPARE)
    with running("--limit-login", "0") as server:
        latencies(server, WARM)
        alone = latencies(server, samples)
        before, began = server.memory, time.perf_counter()
        with crowd(kind, server.tls_port if kind == "tls" else server.port, count):
            seconds = time.perf_counter() - began
            kibibytes = (server.memory - before) / count / 1024
            beside = latencies(server, samples)
    greetings, sessions = zip(alone, beside, strict=True)
    return Capacity(name, count, kibibytes, seconds, greetings, sessions)


def document(found: Sequence[Capacity]) -> str:
    """CAPACITY.md."""
    heads = (
        *("sessions", "how many", "KiB each", "s until all are there"),
        *("greeting, alone, ms", "greeting, beside them", "session, alone", "session, beside them"),
    )
    lines = [
        *("# Capacity", "", "Written by `python -m benchmarks.capacity`; times: median / p99.", ""),
        *(f"- {fact}" for fact in facts(())),
        *("", *METHOD.splitlines(), ""),
        *table(heads, [one.row() for one in found]),
    ]
    return "\n".join(lines) + "\n"


def all_found() -> Iterator[Capacity]:
    """Each kind in turn."""
    for name, kind, count in SESSIONS:
        yield measure(name, kind, count, SAMPLES)


def main() -> int:
    """Measures, writes, prints."""
    text = document(list(all_found()))
    CAPACITY.write_text(text)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
