"""`python -m benchmarks.growth`: what becomes dearer as there is more of something.

Writes GROWTH.md, which the report includes, and growth.json for the plots.
"""

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import generator, maildrops, usage
from benchmarks.figures import COMMANDS, SESSIONS, Load
from benchmarks.machine import facts
from benchmarks.maildrops import USER, Maildrop
from benchmarks.process import prepare_process
from benchmarks.servers import Command, running
from benchmarks.tables import number, table

GROWTH = Path(__file__).parent / "GROWTH.md"
DATA = Path(__file__).parent / "growth.json"
_SECONDS = 2.0
_SLACK = 1.25  # a figure may grow by so much more than its size: measuring is not exact
_LOGIN = Load("login", "", SESSIONS, 1, ("STAT",), "session")
_LISTING = Load("listing", "", SESSIONS, 1, ("UIDL", "LIST"), "session")
_RETR = Load("RETR", "", COMMANDS, 1, ("RETR 1",), "command")
_METHOD = """\
Each row is one server with so many of something; figures are CPU seconds of the server for one
operation, or its memory. A figure is linear or better where it grows by no more than the size does,
with a quarter of slack."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A figure at several sizes. unit: of the figure."""

    title: str
    of: str
    unit: str
    points: Sequence[tuple[int, float]]

    @property
    def is_linear(self) -> bool:
        """Whether it grows by no more than the size does, from each point to the next."""
        pairs = zip(self.points, self.points[1:], strict=False)
        return all(
            later <= earlier * _SLACK * more / few for (few, earlier), (more, later) in pairs
        )

    def row(self) -> list[str]:
        """As in the table."""
        shown = ", ".join(f"{size:,}: {number(figure)}" for size, figure in self.points)
        verdict = "linear or better" if self.is_linear else "**worse than linear**"
        return [f"{self.title}, {self.unit}", self.of, shown, verdict]


@dataclass(frozen=True, slots=True)
class Growth:
    """Measures all curves; place: a folder for what is served."""

    place: Path
    load: generator.Generator

    def curves(self) -> Iterator[Curve]:
        """Each in turn."""
        yield self._messages_in_a_folder()
        yield self._messages_generated()
        yield self._size()
        yield from self._users()
        yield self._rules()
        yield from self._sessions()

    def _messages_in_a_folder(self) -> Curve:
        points = []
        for count in (1_000, 10_000, 100_000):
            maildrop = self._written(f"messages-{count}", count, 300)
            points.append((count, self._cost(_LISTING, maildrop.folder) * 1000))
        return Curve("login + UIDL + LIST, folder", "messages", "ms", points)

    def _messages_generated(self) -> Curve:
        counts = (1_000, 30_000, 1_000_000)
        costs = (self._cost(_LISTING, f"gen:7?messages={count}") for count in counts)
        points = [(count, cost * 1000) for count, cost in zip(counts, costs, strict=True)]
        return Curve("login + UIDL + LIST, generated", "messages", "ms", points)

    def _size(self) -> Curve:
        points = []
        for mebibytes in (1, 64, 1024):  # none is kept in memory by the server
            maildrop = self._written(f"size-{mebibytes}", 1, mebibytes * 2**20)
            points.append((mebibytes, self._cost(_RETR, maildrop.folder) * 1000))
        return Curve("RETR, folder", "MiB in the message", "ms", points)

    def _users(self) -> Iterator[Curve]:
        starts, logins = [], []
        folder = self._written("few", 10, 5_000).folder
        for count in (1, 1_000, 100_000):
            users = self.place / f"users-{count}"
            others = "".join(f"user{number}:{{PLAIN}}password\n" for number in range(count - 1))
            users.write_text(f"{others}{USER}:{{PLAIN}}password\n")
            users.chmod(0o600)
            command = _serve(folder, "--users-file", users)
            with running(command) as server:
                starts.append((count, usage.cpu_seconds(server.pid)))
                logins.append((count, self._cost_at(_LOGIN, server.pid, server.port) * 1000))
        yield Curve("start", "users in the file", "s", starts)
        yield Curve("login + STAT + QUIT", "users in the file", "ms", logins)

    def _rules(self) -> Curve:
        folder = self._written("few", 10, 5_000).folder
        points = []
        for count in (1, 10, 100):
            rules = [word for nth in range(count) for word in ("--rule", _rule(nth + 2))]
            points.append((count, self._cost(_RETR, folder, *rules) * 1e6))
        return Curve("RETR 1 beside rules for other messages", "rules", "µs", points)

    def _sessions(self) -> Iterator[Curve]:
        """Served one after the other, by a server that nobody watches and by one that is."""
        folder = self._written("few", 10, 5_000).folder
        ways: dict[str, Sequence[object]] = {
            "unwatched": (),
            "--events": ("--events",),
            "a rule": ("--rule", _rule(2)),
        }
        for name, words in ways.items():
            memory = []
            with running(_serve(folder, *words)) as server:
                done = 0
                for count in (100, 1_000, 10_000):
                    self.load.run(_LOGIN, server.port, 600.0, most=count - done)
                    done = count
                    memory.append((count, usage.pss_kilobytes(server.pid) / 1024))
            yield Curve(f"memory after sessions, {name}", "sessions", "MiB", memory)

    def _written(self, name: str, count: int, octets: int) -> Maildrop:
        maildrop = Maildrop(name, count, octets, self.place / name)
        if not maildrop.folder.exists():
            maildrops.write_folder(maildrop)
        return maildrop

    def _cost(self, load: Load, target: object, *words: object) -> float:
        with running(_serve(target, *words)) as server:
            return self._cost_at(load, server.pid, server.port)

    def _cost_at(self, load: Load, pid: int, port: int) -> float:
        """CPU seconds of the server for one operation, warm."""
        self.load.run(load, port, 0.1)
        before = usage.cpu_seconds(pid)
        told = self.load.run(load, port, _SECONDS)
        return (usage.cpu_seconds(pid) - before) / told.operations


def _serve(target: object, *words: object) -> Command:
    user = () if "--users-file" in words else ("--user", f"{USER}:password")
    words = ("serve", "--port", 0, "--log-level", "error", *user, target, *words)
    return Command((sys.executable, "-m", "pop3lab", *map(str, words)))


def _rule(message: int) -> str:
    return f"RETR {message} nth=1 -> cut-after 512"


def document(curves: Sequence[Curve]) -> str:
    """GROWTH.md."""
    lines = [
        *("# Growth", "", "Written by `python -m benchmarks.growth`.", ""),
        *(f"- {fact}" for fact in facts(())),
        *("", *_METHOD.splitlines(), ""),
        *table(("figure", "by the number of", "size: figure", ""), [one.row() for one in curves]),
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measures, writes, prints."""
    prepare_process()
    with tempfile.TemporaryDirectory(prefix="pop3lab-growth-") as place:
        program = generator.compile_into(Path(place), "load")
        curves = list(Growth(Path(place), generator.Generator(program)).curves())
    text = document(curves)
    GROWTH.write_text(text)
    DATA.write_text(json.dumps([asdict(curve) for curve in curves], indent=1) + "\n")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
