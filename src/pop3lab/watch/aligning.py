"""Holding what came against a pattern, so that as little as possible differs."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")

_MOST = 100_000  # cells that are looked at behind a difference


class Atom(NamedTuple, Generic[T]):
    """A part of a pattern, and how it is shown; it takes one thing that came, or more, or none."""

    shown: str
    takes: Callable[[T], bool]
    optional: bool = False
    repeats: bool = False


Pair = tuple[Atom[T] | None, T | None]  # what is None was missing on its side
Cell = tuple[int, int]  # how much of the pattern is done with, and how much of what came


class _Step(NamedTuple, Generic[T]):
    """To a cell. pair: None where an optional atom has taken nothing. left: over until there."""

    cell: Cell
    before: Cell
    pair: Pair[T] | None
    left: int


def align(pattern: Sequence[Atom[T]], came: Sequence[T]) -> list[Pair[T]]:
    """What came beside the atoms that took it, and what is left over on either side.

    As little as possible is left over, and that as late as possible. Where very much differs, all
    that comes behind the last place that was looked at is left over; but whether anything differs
    is never guessed. Time and memory grow with the lengths, and with how much differs.
    """
    steps, (place, at) = _search(pattern, came)
    return [
        *_way_to((place, at), steps, pattern, came),
        *((atom, None) for atom in pattern[place:] if not atom.optional),
        *((None, thing) for thing in came[at:]),
    ]


def _search(pattern: Sequence[Atom[T]], came: Sequence[T]) -> tuple[dict[Cell, _Step[T]], Cell]:
    """A best step to each cell, and the last cell. As Dijkstra, where a step costs 0 or 1."""
    steps: dict[Cell, _Step[T]] = {}
    ahead = deque([_Step[T]((0, 0), (0, 0), None, 0)])
    last, behind = (0, 0), 0
    while ahead and behind < _MOST and last != (len(pattern), len(came)):
        step = ahead.popleft()
        if step.cell in steps:
            continue
        steps[step.cell] = step
        behind += step.left > 0
        last = max(last, step.cell, key=sum)
        for after in _steps(step, pattern, came):
            if after.left == step.left:
                ahead.appendleft(after)
            else:
                ahead.append(after)
    return steps, last


def _steps(step: _Step[T], pattern: Sequence[Atom[T]], came: Sequence[T]) -> Iterator[_Step[T]]:
    """Where it goes on."""
    here, left = step.cell, step.left
    place, at = here
    if at < len(came):
        yield _Step((place, at + 1), here, (None, came[at]), left + 1)
    if place == len(pattern):
        return
    atom = pattern[place]
    if atom.optional:
        yield _Step((place + 1, at), here, None, left)
    else:
        yield _Step((place + 1, at), here, (atom, None), left + 1)
    if at < len(came) and atom.takes(came[at]):
        after = place if atom.repeats else place + 1
        yield _Step((after, at + 1), here, (atom, came[at]), left)


def _way_to(
    cell: Cell, steps: dict[Cell, _Step[T]], pattern: Sequence[Atom[T]], came: Sequence[T]
) -> list[Pair[T]]:
    """Walked backwards: where something can be left over, it is, and is late by that."""
    way: list[Pair[T]] = []
    while cell != (0, 0):
        place, at = cell
        step = steps[cell]
        if _costs(steps, (place, at - 1), step.left - 1):
            step = _Step(cell, (place, at - 1), (None, came[at - 1]), step.left)
        elif _costs(steps, (place - 1, at), step.left - 1) and not pattern[place - 1].optional:
            step = _Step(cell, (place - 1, at), (pattern[place - 1], None), step.left)
        way += [step.pair] if step.pair else []
        cell = step.before
    return way[::-1]


def _costs(steps: dict[Cell, _Step[T]], cell: Cell, left: int) -> bool:
    return cell in steps and steps[cell].left == left
