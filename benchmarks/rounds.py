"""The run itself: in each round every peer takes its turn at every figure."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from benchmarks import usage
from benchmarks.figures import COMMANDS, FEW, GREETING, IDLE_SESSION, PORT_LINE, SESSIONS, Load
from benchmarks.generator import Generator, Told
from benchmarks.maildrops import Maildrop
from benchmarks.peers.peer import Peer
from benchmarks.results import Results, Sample
from benchmarks.servers import MeasureFailed, Server, running

_Measure = Callable[[Peer, Maildrop], None]

WARMING = 0.15  # seconds of each load before it is measured
SETTLING = 0.3  # seconds for a server to do what it does after connections come
NEARLY = 0.9  # of the octets that a maildrop's messages are said to have: they end at a line
LONGEST = 60.0  # seconds for anything that is bounded in count
_SESSION = Load("a session", FEW, SESSIONS, 1, ("STAT",), "session")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run does. seconds: of each load; starts, idle: how many, of each peer and round."""

    rounds: int
    seconds: float
    starts: int
    idle: int
    loads: tuple[Load, ...]
    maildrops: dict[str, Maildrop]
    spawns: bool = True  # measure starts
    memory: bool = True


@dataclass(frozen=True, slots=True)
class Run:
    """Measures the peers according to the plan."""

    plan: Plan
    peers: Sequence[Peer]
    generator: Generator
    results: Results

    def all_rounds(self) -> None:
        """Fills the results; what fails is noted there, and the rest goes on."""
        for nth in range(1, self.plan.rounds + 1):
            self.results.rounds = nth
            print(f"round {nth} of {self.plan.rounds}", file=sys.stderr, flush=True)
            for maildrop in self.plan.maildrops.values():
                self._loads_on(maildrop)
            if self.plan.spawns:
                self._every(self._start)
            if self.plan.memory:
                self._every(self._idle)

    def _loads_on(self, maildrop: Maildrop) -> None:
        loads = [load for load in self.plan.loads if load.maildrop == maildrop.name]
        for peer in self.peers:
            if peer.loads and loads:
                with self._noting(f"{peer.name}, {maildrop.name}"):
                    self._loads(peer, maildrop, loads)

    def _loads(self, peer: Peer, maildrop: Maildrop, loads: list[Load]) -> None:
        with running(peer.command(maildrop)) as server:
            for load in loads:
                self._load(peer, server, load)

    def _load(self, peer: Peer, server: Server, load: Load) -> None:
        with self._noting(f"{peer.name}, {load.name}"):
            self.generator.run(load, server.port, WARMING)
            before = usage.cpu_seconds(server.pid)
            told = self.generator.run(load, server.port, self.plan.seconds)
            used = usage.cpu_seconds(server.pid) - before
            _check_octets(load, told, self.plan.maildrops[load.maildrop])
            units = told.octets / 1e6 if load.unit == "MB" else told.operations
            sample = Sample(units / told.seconds, used / units, told.cpu / units)
            self.results.add(load.name, peer.name, sample)

    def _every(self, measure: _Measure) -> None:
        for peer in self.peers:
            with self._noting(peer.name):
                measure(peer, self.plan.maildrops[FEW])

    def _start(self, peer: Peer, maildrop: Maildrop) -> None:
        if not peer.starts:
            return
        command = peer.command(maildrop)
        starts = self.generator.starts(command, self.plan.starts, LONGEST)
        port_line = Sample(median(start.port_line for start in starts) * 1000)
        if command.port == 0:
            self.results.add(PORT_LINE, peer.name, port_line)
        cpu = median(start.cpu for start in starts)
        greeting = Sample(median(start.greeting for start in starts) * 1000, cpu)
        self.results.add(GREETING, peer.name, greeting)

    def _idle(self, peer: Peer, maildrop: Maildrop) -> None:
        count = min(peer.idle, self.plan.idle)
        if count == 0:
            return
        with running(peer.command(maildrop)) as server:
            # Whoever greets may not be able to do more yet, and take memory until then.
            self.generator.run(_SESSION, server.port, WARMING)
            time.sleep(SETTLING)
            before = usage.pss_kilobytes(server.pid)
            with self.generator.idle(server.port, count, LONGEST):
                time.sleep(SETTLING)
                grown = usage.pss_kilobytes(server.pid) - before
        self.results.add(IDLE_SESSION, peer.name, Sample(grown / count))

    @contextmanager
    def _noting(self, what: str) -> Iterator[None]:
        try:
            yield
        except (MeasureFailed, OSError) as failure:
            line = f"{what}: {failure}"
            print(line, file=sys.stderr, flush=True)
            self.results.failures.append(f"round {self.results.rounds}, {line}")


def _check_octets(load: Load, told: Told, maildrop: Maildrop) -> None:
    """A server that sends less than the messages are would only seem fast."""
    retrieved = sum(command.startswith("RETR") for command in load.commands) * told.operations
    if load.how == COMMANDS:
        retrieved //= len(load.commands)
    least = retrieved * maildrop.octets * NEARLY
    if told.octets < least:
        raise MeasureFailed(f"{told.octets} octets came, the messages have {least:.0f} and more")
