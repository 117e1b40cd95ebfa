"""What the harness must know of a server to measure it."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.maildrops import Maildrop
from benchmarks.servers import Command

IDLE = 1000  # connections, where the server allows so many


@dataclass(frozen=True, slots=True)
class Peer:
    """A server in one configuration. `missing` says how to install it; empty when it is here."""

    name: str
    version: str
    missing: str
    command: Callable[[Maildrop], Command]
    loads: bool = True  # serves sessions; without it only its start is measured
    starts: bool = True
    idle: int = IDLE  # connections for the memory figure; 0: not measured
