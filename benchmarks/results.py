"""Samples by figure, peer and round; medians and spreads, also of ratios within a round."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True, slots=True)
class Sample:
    """One measurement of one figure.

    value: operations a second, or milliseconds of a start, or kilobytes of a session.
    cpu: CPU seconds of the server for one operation; 0 where not measured.
    generator: the same of the load generator.
    """

    value: float
    cpu: float = 0.0
    generator: float = 0.0


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of several rounds, the least and the most."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> "Spread | None":
        """None without values."""
        found = sorted(values)
        return cls(median(found), found[0], found[-1]) if found else None


@dataclass(slots=True)
class Results:
    """All that a run has measured, and what went wrong, a line each."""

    rounds: int = 0
    failures: list[str] = field(default_factory=list)
    _samples: dict[tuple[str, str], dict[int, Sample]] = field(default_factory=dict)

    def add(self, figure: str, peer: str, sample: Sample) -> None:
        """Adds a sample of the present round."""
        self._samples.setdefault((figure, peer), {})[self.rounds] = sample

    def spread(self, figure: str, peer: str, of: Callable[[Sample], float]) -> Spread | None:
        """Of a peer's samples; None where it has none."""
        return Spread.of(of(sample) for sample in self._of(figure, peer).values())

    def ratios(
        self, figure: str, over: str, under: str, of: Callable[[Sample], float]
    ) -> Spread | None:
        """Of `over` divided by `under`, each pair from the same round; None where there is none."""
        above, below = self._of(figure, over), self._of(figure, under)
        pairs = [(of(above[nth]), of(below[nth])) for nth in above.keys() & below.keys()]
        return Spread.of(a / b for a, b in pairs if b > 0)

    def cpu_ratio(self, figure: str, peer: str, reference: str) -> Spread | None:
        """How many times less CPU an operation takes `peer` than `reference`."""
        return self.ratios(figure, reference, peer, lambda sample: sample.cpu)

    def speed_ratio(self, figure: str, peer: str, reference: str) -> Spread | None:
        """How many times more operations a second."""
        return self.ratios(figure, peer, reference, lambda sample: sample.value)

    def _of(self, figure: str, peer: str) -> dict[int, Sample]:
        return self._samples.get((figure, peer), {})
