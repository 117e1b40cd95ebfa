"""The tables of figures, as Markdown."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import GENERATOR_GOAL, GREETING, IDLE_SESSION, PORT_LINE, Load
from benchmarks.peers.dovecot import TUNED
from benchmarks.peers.plain import CANNED
from benchmarks.results import Results, Sample, Spread

NONE = "-"
LARGE = 100  # numbers from here on are written without a fraction
SMALL = 10  # and below this with two digits of it

Lines = list[str]
Measure = Callable[[Sample], float]
Ratio = Callable[[str, str, str], Spread | None]  # of a figure, a peer, and the one beside it


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Lines:
    """A Markdown table, its first column to the left and the others to the right."""
    rule = ["---", *("--:" for _ in head[1:])]
    return ["| " + " | ".join(row) + " |" for row in (head, rule, *rows)]


def section(page: Path) -> Lines:
    """What the report includes of a page: all but its heading, or nothing if there is no page."""
    return page.read_text().splitlines()[2:] if page.exists() else []


def spread(found: Spread | None) -> str:
    """The median, and the least and the most in parentheses."""
    if found is None:
        return NONE
    return f"{number(found.median)} ({number(found.low)}-{number(found.high)})"


def number(value: float) -> str:
    """With as many digits as mean something."""
    if abs(value) >= LARGE:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= SMALL else f"{value:.2f}"


def speed(sample: Sample) -> float:
    """Operations a second, milliseconds or kilobytes: the figure itself."""
    return sample.value


def cpu(sample: Sample) -> float:
    """Microseconds for one operation."""
    return sample.cpu * 1e6


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of one run. loaded: names of the peers under load; peers: of all."""

    results: Results
    loads: tuple[Load, ...]
    loaded: Sequence[str]
    peers: Sequence[str]

    def cpu_ratios(self) -> Lines:
        """CPU for one operation: tuned Dovecot's, the others' as how many times less."""
        return self._ratios("µs", cpu, self.results.cpu_ratio)

    def shares(self) -> Lines:
        """CPU for one operation of canned replies, in per cent of each server's."""
        servers = [peer for peer in self.loaded if peer != CANNED]
        rows = [
            [load.name, *(self._share(load.name, peer) for peer in servers)] for load in self.loads
        ]
        return table(["figure", *servers], rows)

    def _share(self, figure: str, peer: str) -> str:
        found = self.results.cpu_ratio(figure, peer, CANNED)
        return f"{100 * found.median:.0f} %" if found else NONE

    def speed_ratios(self) -> Lines:
        """Operations a second: tuned Dovecot's, the others' as how many times more."""
        return self._ratios("/s", speed, self.results.speed_ratio)

    def _ratios(self, unit: str, absolute: Measure, ratio: Ratio) -> Lines:
        others = [peer for peer in self.loaded if peer != TUNED]
        rows = [
            [
                _counted(load),
                spread(self.results.spread(load.name, TUNED, absolute)),
                *(spread(ratio(load.name, peer, TUNED)) for peer in others),
            ]
            for load in self.loads
        ]
        return table(["figure (counted)", f"{TUNED}, {unit}", *others], rows)

    def absolute(self) -> Lines:
        """Operations a second and CPU microseconds for one, medians."""
        rows = []
        for load in self.loads:
            rows.append([_counted(load), *(self._both(load.name, peer) for peer in self.loaded)])
        return table(["figure (counted)", *self.loaded], rows)

    def _both(self, figure: str, peer: str) -> str:
        often = self.results.spread(figure, peer, speed)
        dear = self.results.spread(figure, peer, cpu)
        return f"{number(often.median)}/s, {number(dear.median)} µs" if often and dear else NONE

    def starts(self) -> Lines:
        """Starts and memory, a row for each peer of which something is known."""
        figures = (f"{PORT_LINE}, ms", f"{GREETING}, ms", "CPU of start and stop, ms")
        rows = [self._start(peer) for peer in self.peers]
        known = [row for row in rows if any(cell != NONE for cell in row[1:])]
        return table(["server", *figures, f"{IDLE_SESSION}, kB"], known) if known else []

    def _start(self, peer: str) -> list[str]:
        found = (
            self.results.spread(PORT_LINE, peer, speed),
            self.results.spread(GREETING, peer, speed),
            self.results.spread(GREETING, peer, lambda sample: sample.cpu * 1000),
            self.results.spread(IDLE_SESSION, peer, speed),
        )
        return [peer, *map(spread, found)]

    def generator(self) -> Lines:
        """The generator against canned replies, beside the fastest server."""
        calibration = ("canned replies, /s", "fastest server", "times as fast")
        head = ["figure", *calibration, f"{GENERATOR_GOAL:g} x", "generator's CPU, µs"]
        return table(head, [row for load in self.loads if (row := self._generator(load.name))])

    def _generator(self, figure: str) -> list[str]:
        """No cells where there is nothing to compare."""
        limit = self.results.spread(figure, CANNED, speed)
        own = self.results.spread(figure, CANNED, lambda sample: sample.generator * 1e6)
        fastest, name = self._fastest(figure)
        if not limit or not own or not name:
            return []
        times = limit.median / fastest
        verdict = "yes" if times >= GENERATOR_GOAL else "no"
        cells = (number(limit.median), name, number(times), verdict, number(own.median))
        return [figure, *cells]

    def _fastest(self, figure: str) -> tuple[float, str]:
        """Operations a second, and of which server."""
        found = [(0.0, "")]
        for peer in self.loaded:
            often = self.results.spread(figure, peer, speed)
            if often and peer != CANNED:
                found.append((often.median, peer))
        return max(found)


def _counted(load: Load) -> str:
    return f"{load.name} ({load.unit})"
