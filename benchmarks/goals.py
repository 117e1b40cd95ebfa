"""What was to be reached, against what was."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from benchmarks.figures import (
    GREETING,
    GREETING_GOAL,
    IDLE_GOAL,
    IDLE_SESSION,
    PORT_LINE,
    PORT_LINE_GOAL,
    TRANSCRIPT_GOAL,
    Load,
)
from benchmarks.peers.dovecot import TUNED
from benchmarks.peers.plain import PERL, POP3LAB, TRANSCRIPT
from benchmarks.results import Results, Spread
from benchmarks.tables import spread


@dataclass(frozen=True, slots=True)
class Goal:
    """One figure and its goal. `least`: it is reached from there upwards, or else downwards."""

    figure: str
    asked: float
    unit: str
    found: Spread | None
    least: bool = True

    @property
    def reached(self) -> bool:
        """By the median."""
        if self.found is None:
            return False
        return self.found.median >= self.asked if self.least else self.found.median <= self.asked

    def row(self) -> list[str]:
        """For the table of goals."""
        bound = "at least" if self.least else "at most"
        verdict = "not measured" if self.found is None else "yes" if self.reached else "no"
        return [self.figure, f"{bound} {self.asked:g} {self.unit}", spread(self.found), verdict]


def goals(results: Results, loads: Iterable[Load]) -> list[Goal]:
    """All goals that a run of this harness can tell of."""
    loads = tuple(loads)
    return [*_cpu_goals(results, loads), *_transcript_goals(results, loads), *_other_goals(results)]


def _cpu_goals(results: Results, loads: Iterable[Load]) -> Iterator[Goal]:
    for load in loads:
        if load.goal is not None:
            found = results.cpu_ratio(load.name, POP3LAB, TUNED)
            yield Goal(load.name, load.goal, f"x {TUNED}, CPU", found)


def _transcript_goals(results: Results, loads: Iterable[Load]) -> Iterator[Goal]:
    """CPU with and without a transcript: all loads must do, so the slowest stands for all."""
    found = [
        (ratio.median, load.name, ratio)
        for load in loads
        if (ratio := results.cpu_ratio(load.name, TRANSCRIPT, POP3LAB))
    ]
    unit = "x without, CPU"
    if not found:
        yield Goal("with a transcript", TRANSCRIPT_GOAL, unit, None)
        return
    _, name, slowest = min(found, key=lambda each: each[0])
    yield Goal(f"with a transcript, its slowest: {name}", TRANSCRIPT_GOAL, unit, slowest)
    middle = Spread.of(each[0] for each in found)
    yield Goal("with a transcript, median of the figures", TRANSCRIPT_GOAL, unit, middle)


def _other_goals(results: Results) -> Iterator[Goal]:
    memory = results.spread(IDLE_SESSION, POP3LAB, lambda sample: sample.value)
    yield Goal(IDLE_SESSION, IDLE_GOAL, "kB", memory, least=False)
    for figure, asked in ((PORT_LINE, PORT_LINE_GOAL), (GREETING, GREETING_GOAL)):
        found = results.ratios(figure, POP3LAB, PERL, lambda sample: sample.value)
        yield Goal(figure, asked, "x the original's time", found, least=False)
