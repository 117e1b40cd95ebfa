"""Holding what came against a pattern, so that as little as possible differs."""

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Atom(NamedTuple, Generic[T]):
    """A part of a pattern, and how it is shown; it takes one thing that came, or more, or none."""

    shown: str
    takes: Callable[[T], bool]
    optional: bool = False
    repeats: bool = False


Pair = tuple[Atom[T] | None, T | None]  # what is None was missing on its side


def align(pattern: Sequence[Atom[T]], came: Sequence[T]) -> list[Pair[T]]:
    """What came beside the atoms that took it, and what is left over on either side.

    As little as possible is left over, and that as late as possible. Time and memory are the
    product of the lengths, once equal beginnings and ends are set aside.
    """
    begin = _taken(pattern, came)
    end = _taken(pattern[begin:][::-1], came[begin:][::-1])
    middle = slice(begin, len(pattern) - end), slice(begin, len(came) - end)
    return [
        *zip(pattern[:begin], came[:begin], strict=True),
        *_walk(pattern[middle[0]], came[middle[1]]),
        *zip(pattern[len(pattern) - end :], came[len(came) - end :], strict=True),
    ]


def _taken(pattern: Sequence[Atom[T]], came: Sequence[T]) -> int:
    """How many at the beginning are taken one by one: no other way would be better."""
    many = 0
    for atom, thing in zip(pattern, came, strict=False):
        if atom.optional or atom.repeats or not atom.takes(thing):
            break
        many += 1
    return many


def _walk(pattern: Sequence[Atom[T]], came: Sequence[T]) -> Iterator[Pair[T]]:
    left = _left_over(pattern, came)
    place = at = 0
    while place < len(pattern) or at < len(came):
        atom = pattern[place] if place < len(pattern) else None
        if atom and at < len(came) and atom.takes(came[at]):
            after = place if atom.repeats else place + 1
            if left[after][at + 1] == left[place][at]:
                yield atom, came[at]
                place, at = after, at + 1
                continue
        if atom and left[place + 1][at] + (not atom.optional) == left[place][at]:
            if not atom.optional:
                yield atom, None
            place += 1
        else:
            yield None, came[at]
            at += 1


def _left_over(pattern: Sequence[Atom[T]], came: Sequence[T]) -> list[list[int]]:
    """How much is left over, at least, from each place in the pattern and in what came."""
    rows = [list(range(len(came), -1, -1))]
    for atom in reversed(pattern):
        below = rows[-1]
        row = [below[-1] + (not atom.optional)]
        for at in range(len(came) - 1, -1, -1):
            least = min(below[at] + (not atom.optional), row[-1] + 1)
            if atom.takes(came[at]):
                least = min(least, row[-1] if atom.repeats else below[at + 1])
            row.append(least)
        rows.append(row[::-1])
    return rows[::-1]
