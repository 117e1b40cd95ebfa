"""What is measured, and what is to be reached."""

from dataclasses import dataclass
from pathlib import Path

from benchmarks.maildrops import Maildrop

FEW = "few"
LARGE = "large"
LARGE_LF = "large, LF"
THOUSAND = "thousand"
MANY = "many"

PORT_LINE = "spawn to port line"
GREETING = "spawn to greeting"
IDLE_SESSION = "memory per idle session"

# Goals of the figures without a load: times what the stand-in for the original takes, kilobytes.
PORT_LINE_GOAL = 0.8
GREETING_GOAL = {"folder": 0.8, "Maildir": 1.0}
IDLE_GOAL = 3.5
GENERATOR_GOAL = 3.0  # times the fastest server's speed

# Goals of what is watched: times the CPU of the same server unwatched.
IN_MEMORY_GOAL = {"single": 1.5, "pipelined bodies": 2.0}
TO_A_FILE_GOAL = {"single": 3.0, "pipelined bodies": 5.0}

SESSIONS = "sessions"
COMMANDS = "commands"

RETR_TEN = tuple(f"RETR {number}" for number in range(1, 11))


@dataclass(frozen=True, slots=True)
class Load:
    """A load of the generator on one maildrop.

    how: whole sessions, or commands in one session; depth: commands in one write.
    unit: what is counted: "session", "command", or "MB" (10**6 octets received).
    folder, maildir: goals, times tuned Dovecot, CPU per unit; None where none is set.
    """

    name: str
    maildrop: str
    how: str
    depth: int
    commands: tuple[str, ...]
    unit: str
    folder: float | None = None
    maildir: float | None = None

    @property
    def kind(self) -> str:
        """How dear it is to watch: "single", or "pipelined bodies"."""
        return "pipelined bodies" if self.depth > 1 and RETR_TEN[0] in self.commands else "single"


@dataclass(frozen=True, slots=True)
class Sizes:
    """Messages in the two maildrops whose listings are measured."""

    thousand: int = 1000
    many: int = 100_000


def maildrops(place: Path, sizes: Sizes) -> dict[str, Maildrop]:
    """The maildrops of a run, by name; not yet written."""
    shapes = (
        (FEW, 10, 5_000),
        (LARGE, 1, 10_000_000),
        (LARGE_LF, 1, 10_000_000),
        (THOUSAND, sizes.thousand, 300),
        (MANY, sizes.many, 300),
    )
    return {
        name: Maildrop(name, count, octets, place / name.replace(", ", "-"), name != LARGE_LF)
        for name, count, octets in shapes
    }


def loads(sizes: Sizes) -> tuple[Load, ...]:
    """All loads, in the order of the tables."""
    whole = ("STAT", "UIDL", "LIST", *RETR_TEN)
    return (
        Load("connect + login + STAT + QUIT", FEW, SESSIONS, 1, ("STAT",), "session", 4.5, 3.5),
        Load("NOOP, one at a time", FEW, COMMANDS, 1, ("NOOP",), "command", 1.3, 1.3),
        Load("NOOP, 100 pipelined", FEW, COMMANDS, 100, ("NOOP",), "command", 2.4, 2.4),
        Load("RETR 5 KB, one at a time", FEW, COMMANDS, 1, RETR_TEN, "command", 3.0, 2.8),
        Load("RETR 5 KB, 10 pipelined", FEW, COMMANDS, 10, RETR_TEN, "command", 10, 9),
        Load("whole session, 10 x 5 KB, one by one", FEW, SESSIONS, 1, whole, "session", 3.6, 3.0),
        Load("whole session, 10 x 5 KB, pipelined", FEW, SESSIONS, 10, whole, "session", 4.8, 4.0),
        Load("RETR 10 MB, CRLF", LARGE, COMMANDS, 1, ("RETR 1",), "MB", 5, 5),
        Load("RETR 10 MB, LF", LARGE_LF, COMMANDS, 1, ("RETR 1",), "MB"),
        _listing(THOUSAND, sizes.thousand, None),
        _listing(MANY, sizes.many, 40),
    )


def _listing(maildrop: str, messages: int, goal: float | None) -> Load:
    name = f"login + UIDL + LIST, {messages:,} messages"
    return Load(name, maildrop, SESSIONS, 1, ("UIDL", "LIST"), "session", goal, goal)
