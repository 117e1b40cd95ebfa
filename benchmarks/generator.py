"""The load generator and the canned server: compiled here, run as processes of their own."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Load
from benchmarks.servers import Command, MeasureFailed

HERE = Path(__file__).parent
FLAGS = ("-O2", "-Wall", "-Wextra")
MOST = 10_000_000  # operations in one run
GRACE = 90  # seconds past a run's own limit; the generator's own alarm rings before


@dataclass(frozen=True, slots=True)
class Told:
    """What the generator counted: octets received; its own CPU seconds."""

    operations: int
    octets: int
    seconds: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Start:
    """One start of a program, in seconds. `port_line` means nothing where it prints no port."""

    port_line: float
    greeting: float
    cpu: float


def missing_compiler() -> str:
    """How to install a C compiler; empty when there is one."""
    return "" if shutil.which("cc") else "a C compiler is missing: apt-get install gcc libc6-dev"


def compile_into(place: Path, name: str) -> Path:
    """Compiles NAME.c; the program."""
    program = place / name
    subprocess.run(["cc", *FLAGS, "-o", str(program), str(HERE / f"{name}.c")], check=True)
    return program


@dataclass(frozen=True, slots=True)
class Generator:
    """The compiled generator. All runs raise MeasureFailed."""

    program: Path

    def run(self, load: Load, port: int, seconds: float, most: int = MOST) -> Told:
        """The load for `seconds` and at most so many operations, at least for one."""
        line = self._output(load.how, port, seconds, most, (str(load.depth), *load.commands))
        operations, octets, took, cpu = line.split()
        return Told(int(operations), int(octets), float(took), float(cpu))

    def starts(self, command: Command, most: int, seconds: float) -> list[Start]:
        """At most `most` starts, one after the other."""
        lines = self._output("start", command.port, seconds, most, command.words).splitlines()
        return [Start(*map(float, line.split())) for line in lines]

    @contextlib.contextmanager
    def idle(self, port: int, connections: int, seconds: float) -> Iterator[None]:
        """So many greeted connections that say nothing, while the context lasts.

        seconds: for at most so long.
        """
        words = self._words("idle", port, seconds, connections)
        pipe = subprocess.PIPE
        with subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True) as process:
            try:
                assert process.stdout is not None
                if process.stdout.readline() != "ready\n":
                    raise MeasureFailed(f"not all of {connections} connections were greeted")
                yield
            finally:
                process.kill()

    def _output(self, how: str, port: int, seconds: float, most: int, more: tuple[str, ...]) -> str:
        try:
            done = subprocess.run(
                [*self._words(how, port, seconds, most), *more],
                capture_output=True,
                text=True,
                timeout=seconds + GRACE,
                check=False,
            )
        except subprocess.TimeoutExpired as slow:
            raise MeasureFailed(f"no end after {slow.timeout:.0f} s") from slow
        if done.returncode != 0:
            last = done.stderr.strip().rpartition("\n")[2]
            raise MeasureFailed(last or f"the generator ended with {done.returncode}")
        return done.stdout

    def _words(self, how: str, port: int, seconds: float, most: int) -> list[str]:
        return [str(self.program), how, str(port), f"{seconds:.3f}", str(most)]
