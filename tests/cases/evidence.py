"""Evidence made by hand, by the book unless a test says otherwise."""

from dataclasses import replace
from typing import Any

from pop3lab.cases.case import Case
from pop3lab.cases.evidence import (
    Calibration,
    CommandSeen,
    Delivered,
    Evidence,
    RunSeen,
    SessionSeen,
)
from pop3lab.cases.judges.judge import Finding
from pop3lab.cases.judges.registry import JUDGES
from pop3lab.cases.marked import three, token_of

TOKEN = token_of("test/case", 1)
TEXTS = three(TOKEN)
STORED = {f"uid-{number}": text for number, text in enumerate(TEXTS, 1)}


def case(**more: Any) -> Case:
    row = {"number": "0.01", "id": "test/case", "situation": "s", "why": "w", "expected": "e"}
    return Case(**{**row, **more})


def command(line: str, at: int = 0, status: str = "+OK", **more: Any) -> CommandSeen:
    verb, _, rest = line.partition(" ")
    number = int(rest) if rest.isdecimal() else 0
    known: dict[str, Any] = {"number": number, "uid": f"uid-{number}" if number else ""}
    return CommandSeen(verb, line, 0.0, at, status=status, whole=True, **{**known, **more})


def fetched(number: int, at: int = 0, **more: Any) -> CommandSeen:
    return command(f"RETR {number}", at, **{"text": TEXTS[number - 1], **more})


def session(*commands: CommandSeen, **more: Any) -> SessionSeen:
    known = {"user": "ann", "end_reason": "quit", "client_close": "closed", "last_line": 99}
    return SessionSeen(1, commands, **{**known, **more})


GOOD = session(
    *(step for n in (1, 2, 3) for step in (fetched(n, 10 * n), command(f"DELE {n}", 10 * n + 1))),
    command("QUIT", 40),
)


def delivered(*texts: bytes) -> list[Delivered]:
    return [Delivered(f"{place:04}", text) for place, text in enumerate(texts, 1)]


def run(**more: Any) -> RunSeen:
    """One in which everything was fetched and deleted."""
    good = RunSeen(
        success=True,
        delivered=delivered(*TEXTS),
        sessions=(GOOD,),
        before=tuple(STORED),
        deleted=tuple(STORED),
    )
    return replace(good, **more)


def evidence(*runs: RunSeen, of: Case | None = None, **more: Any) -> Evidence:
    known: dict[str, Any] = {"calibration": Calibration(), "stored": STORED}
    seen = runs or (run(),)
    asked = of or case(runs=len(seen))
    return Evidence(case=asked, token=TOKEN, runs=seen, **{**known, **more})


def found(name: str, seen: Evidence) -> list[Finding]:
    return list(JUDGES[name].look(seen))
