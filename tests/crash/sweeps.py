"""Which sweeps there are; those of SOAK are run by `make soak` only."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from .folder import AUTODELETE, THREE, TWO, Deletion
from .launch import FULL, POP3LAB
from .moments import AtQuit
from .sweep import failures, kills, left_marked, left_undone
from .trial import Trial

Sweep = Callable[[Path], list[Trial]]

SWEEPS: Mapping[str, Sweep] = {
    "killed in QUIT, two": lambda place: kills(AtQuit(TWO), POP3LAB, place),
    "killed in QUIT, three": lambda place: kills(AtQuit(THREE), POP3LAB, place),
    "killed in QUIT, autodelete": lambda place: kills(AtQuit(AUTODELETE), POP3LAB, place),
    "failing in QUIT, two": lambda place: failures(AtQuit(TWO), POP3LAB, place),
    "failing on in QUIT, two": lambda place: failures(
        AtQuit(TWO), POP3LAB, place, ["EIO"], on=True
    ),
    "killed in recovery": lambda place: kills(left_undone(TWO, 1, place), POP3LAB, place),
    "failing in recovery": lambda place: failures(
        left_undone(THREE, 1, place), POP3LAB, place, ["EIO"]
    ),
    "killed in QUIT, full disk": lambda place: kills(AtQuit(TWO), FULL, place),
    "killed in recovery, full disk": lambda place: kills(left_marked(THREE, 1, place), FULL, place),
}


def _failing(name: str, deletion: Deletion) -> Iterator[tuple[str, Sweep]]:
    yield f"failing in QUIT, {name}", lambda place: failures(AtQuit(deletion), POP3LAB, place)
    yield (
        f"failing on in QUIT, {name}",
        lambda place: failures(AtQuit(deletion), POP3LAB, place, on=True),
    )


def _recovering(gone: int) -> Iterator[tuple[str, Sweep]]:
    """All that can happen in a recovery that begins when so many files are gone."""
    yield (
        f"killed in recovery, {gone} gone",
        lambda place: kills(left_undone(THREE, gone, place), POP3LAB, place),
    )
    yield (
        f"failing in recovery, {gone} gone",
        lambda place: failures(left_undone(THREE, gone, place), POP3LAB, place),
    )
    yield (
        f"failing on in recovery, {gone} gone",
        lambda place: failures(left_undone(THREE, gone, place), POP3LAB, place, on=True),
    )


SOAK: Mapping[str, Sweep] = {
    "killed in the first QUIT": lambda place: kills(AtQuit(TWO, warm=False), POP3LAB, place),
    "killed in recovery, first": lambda place: kills(
        replace(left_undone(TWO, 1, place), warm=False), POP3LAB, place
    ),
    **dict(_failing("three", THREE)),
    **dict(_failing("autodelete", AUTODELETE)),
    "killed in QUIT, full disk, three": lambda place: kills(AtQuit(THREE), FULL, place),
    "failing in QUIT, full disk": lambda place: failures(AtQuit(TWO), FULL, place, ["EIO"]),
    "failing in QUIT, full disk, three": lambda place: failures(AtQuit(THREE), FULL, place),
    "failing on in QUIT, full disk": lambda place: failures(AtQuit(THREE), FULL, place, on=True),
    "failing in recovery, full disk": lambda place: failures(
        left_marked(THREE, 1, place), FULL, place
    ),
    **{name: sweep for gone in range(4) for name, sweep in _recovering(gone)},
}
