"""What was to be reached, against what was."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.figures import (
    GREETING,
    GREETING_GOAL,
    IDLE_GOAL,
    IDLE_SESSION,
    IN_MEMORY_GOAL,
    PORT_LINE,
    PORT_LINE_GOAL,
    TO_A_FILE_GOAL,
    Load,
)
from benchmarks.peers.dovecot import TUNED
from benchmarks.peers.plain import PERL, TWISTED
from benchmarks.peers.pop3lab import DIR, FOLDER, MAILDIR, PER_USER, WATCHED
from benchmarks.results import Results, Spread
from benchmarks.tables import NONE, Lines, number, table

_ON_FOLDERS = (DIR, FOLDER)
_ON_MAILDIRS = (MAILDIR, PER_USER)


@dataclass(frozen=True, slots=True)
class Goal:
    """One figure of one peer, and its goal.

    least: it is reached from there upwards, or else downwards.
    """

    peer: str
    figure: str
    asked: float
    found: Spread | None
    least: bool = True

    @property
    def reached(self) -> bool:
        """By the median."""
        if self.found is None:
            return False
        return self.found.median >= self.asked if self.least else self.found.median <= self.asked

    def cell(self) -> str:
        """What was found, of what was asked; in bold where it is missed."""
        if self.found is None:
            return "not measured"
        text = f"{number(self.found.median)} of {self.asked:g}"
        return text if self.reached else f"**{text}**"


@dataclass(frozen=True, slots=True)
class Group:
    """Goals of one kind: a table, with a row for each figure and a column for each peer."""

    title: str
    goals: Sequence[Goal]

    def table(self) -> Lines:
        """As Markdown."""
        peers = list(dict.fromkeys(goal.peer for goal in self.goals))
        figures = list(dict.fromkeys(goal.figure for goal in self.goals))
        cells = {(goal.figure, goal.peer): goal.cell() for goal in self.goals}
        rows = [[name, *(cells.get((name, peer), NONE) for peer in peers)] for name in figures]
        return table(["figure", *peers], rows)


def groups(results: Results, loads: Iterable[Load]) -> list[Group]:
    """All goals that a run of this harness can tell of."""
    loads = tuple(loads)
    return [
        Group(
            f"CPU, at least so many times less than {TUNED}",
            [goal for load in loads for goal in _beside_dovecot(results, load)],
        ),
        Group(
            f"CPU, at least as many times less than {TWISTED}",
            [goal for load in loads for goal in _beside_twisted(results, load)],
        ),
        Group(
            "Watched: CPU, at most so many times that of the same server unwatched",
            [goal for load in loads for goal in _watched(results, load)],
        ),
        Group(
            "Start, at most so many times the original's time; memory, at most so many kB",
            list(_without_load(results)),
        ),
    ]


def _beside_dovecot(results: Results, load: Load) -> Iterator[Goal]:
    for asked, peers in ((load.folder, _ON_FOLDERS), (load.maildir, _ON_MAILDIRS)):
        for peer in peers if asked is not None else ():
            yield Goal(peer, load.name, asked or 0, results.cpu_ratio(load.name, peer, TUNED))


def _beside_twisted(results: Results, load: Load) -> Iterator[Goal]:
    for peer in (*_ON_FOLDERS, *_ON_MAILDIRS):
        yield Goal(peer, load.name, 1, results.cpu_ratio(load.name, peer, TWISTED))


def _watched(results: Results, load: Load) -> Iterator[Goal]:
    for way in WATCHED:
        asked = (IN_MEMORY_GOAL if way.in_memory else TO_A_FILE_GOAL)[load.kind]
        found = results.cpu_ratio(load.name, way.unwatched, way.name)
        yield Goal(way.name, load.name, asked, found, least=False)


def _without_load(results: Results) -> Iterator[Goal]:
    for peers, kind in ((_ON_FOLDERS, "folder"), (_ON_MAILDIRS, "Maildir")):
        for peer in peers:
            for figure, asked in ((PORT_LINE, PORT_LINE_GOAL), (GREETING, GREETING_GOAL[kind])):
                found = results.ratios(figure, peer, PERL, lambda sample: sample.value)
                yield Goal(peer, figure, asked, found, least=False)
            memory = results.spread(IDLE_SESSION, peer, lambda sample: sample.value)
            yield Goal(peer, IDLE_SESSION, IDLE_GOAL, memory, least=False)
