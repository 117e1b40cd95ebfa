"""RESULTS.md: the run as a document."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import capacity, growth, page
from benchmarks.figures import Load
from benchmarks.goals import Group, groups
from benchmarks.peers.dovecot import TUNED
from benchmarks.peers.peer import Peer
from benchmarks.results import Results
from benchmarks.tables import Lines, Tables, section

NOTES = Path(__file__).parent / "notes.md"
METHOD = """\
- Rounds: {rounds}; in each, every server in turn is started anew, warmed, and measured
  {seconds:g} s for each figure. Ratios are within a round.
- One load generator for all, a compiled program of its own, one connection at a time, for a
  maildrop belongs to one session; replies are read to their ends, their octets counted.
- Server and generator share one core: otherwise waking the other core, dear in a virtual machine,
  would be most of what short commands cost. So throughput has the generator's time in it; CPU has
  not.
- CPU is user and system time of all the server's processes, the ended ones too, from /proc; memory
  is how much Pss grows with connections that are greeted and do not log in.
- All serve the same messages, in which each 40th line begins with a dot. The files have CRLF line
  ends, but for one figure. Dovecot serves a Maildir with warm indexes, Twisted serves from memory.
  Each message has been retrieved before it is measured, as a server may keep what it made of it.
  A few lines of Perl that bind, print the port and greet stand for the original."""
LIMIT = """\
CPU for one operation of canned replies from C, in per cent of the server's: at 100 a server would
take no more than sending and receiving the octets takes."""
GENERATOR = """\
Against canned replies it should be three times as fast as against the fastest server. Where it is
not, the kernel's work for one round trip, the same for all, is the limit; throughput ratios are
then too near to 1, and CPU ratios are not touched."""
NOTE = re.compile(r"^- (?P<figure>.+?): (?P<text>.+)$")


@dataclass(frozen=True, slots=True)
class Reported:
    """What a run leaves to report.

    facts: lines about the machine. missing: lines about the peers that are not here.
    """

    results: Results
    loads: tuple[Load, ...]
    peers: Sequence[Peer]
    facts: Sequence[str]
    missing: Sequence[str]
    seconds: float


def document(run: Reported) -> str:
    """The whole of it, as Markdown."""
    found = groups(run.results, run.loads)
    loaded = [peer.name for peer in run.peers if peer.loads]
    tables = Tables(run.results, run.loads, loaded, [peer.name for peer in run.peers])
    sections = {
        "# Side by side": [
            "Written by `make bench`; cells: the median of the rounds (least-most)."
        ],
        "## Machine": _list([*run.facts, *run.missing]),
        "## Method": METHOD.format(rounds=run.results.rounds, seconds=run.seconds).splitlines(),
        "## What to reach": _what_to_reach(found),
        "## CPU for one operation": [_times("less"), "", *tables.cpu_ratios()],
        "## Share of the limit": [*LIMIT.splitlines(), "", *tables.shares()],
        "## Throughput": [_times("more"), "", *tables.speed_ratios()],
        "## Both, absolute": tables.absolute(),
        "## Start and memory": tables.starts(),
        "## Capacity": section(capacity.CAPACITY),
        "## Growth": section(growth.GROWTH),
        "## Watched in the page": section(page.PAGE),
        "## The generator": [*GENERATOR.splitlines(), "", *tables.generator()],
        "## What holds it back": _held_back(found),
        "## What failed": _list(run.results.failures),
    }
    parts = ["\n".join([title, "", *lines]) for title, lines in sections.items() if lines]
    return "\n\n".join(parts) + "\n"


def _what_to_reach(found: Sequence[Group]) -> Lines:
    """A table for each group; what is missed is in bold."""
    lines = ["Medians, of what was asked. What is missed is in bold."]
    for group in found:
        lines += ["", f"### {group.title}", "", *group.table()]
    return lines


def _list(lines: Sequence[str]) -> Lines:
    return [f"- {line}" for line in lines]


def _times(direction: str) -> str:
    return f"How many times {direction} than {TUNED} (its own figures are in the first column)."


def _held_back(found: Sequence[Group]) -> Lines:
    notes = _notes()
    goals = [goal for group in found for goal in group.goals]
    missed = dict.fromkeys(goal.figure for goal in goals if goal.found and not goal.reached)
    return [f"- {figure}: {notes.get(figure, 'not known yet')}" for figure in missed]


def _notes() -> dict[str, str]:
    """From notes.md, by figure."""
    lines = NOTES.read_text().splitlines() if NOTES.exists() else []
    return {note["figure"]: note["text"] for line in lines if (note := NOTE.match(line))}
