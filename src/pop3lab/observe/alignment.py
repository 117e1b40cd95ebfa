"""Aligning a pattern with what came, so that as little as possible differs."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar

_T = TypeVar("_T")

_MOST = 300_000  # cells that are looked at behind a difference


class Atom(NamedTuple, Generic[_T]):
    """A part of a pattern, and how it is shown; it takes one thing that came, or more, or none."""

    shown: str
    takes: Callable[[_T], bool]
    optional: bool = False
    repeats: bool = False


_Pair = tuple[Atom[_T] | None, _T | None]  # what is None was missing on its side
_Cell = tuple[int, int]  # how much of the pattern is done with, and how much of what came


def align(pattern: Sequence[Atom[_T]], came: Sequence[_T]) -> list[_Pair[_T]]:
    """What came beside the atoms that took it, and what is left over on either side.

    As little as possible is left over, and that as late as possible. Where very much would be, all
    is that comes behind the first difference; but whether anything differs is never guessed. Time
    and memory grow with the lengths, and with how much differs.
    """
    left = _search(pattern[::-1], came[::-1], _MOST)
    if (len(pattern), len(came)) in left:
        return list(_walk(pattern, came, left))
    reached = (cell for cell, cost in _search(pattern, came, 0).items() if not cost)
    place, at = max(reached, key=lambda cell: cell[::-1])
    return [
        *align(pattern[:place], came[:at]),
        *((atom, None) for atom in pattern[place:] if not atom.optional),
        *((None, thing) for thing in came[at:]),
    ]


def _search(pattern: Sequence[Atom[_T]], came: Sequence[_T], most: int) -> dict[_Cell, int]:
    """How much is left over, at least, on the way to each cell up to the last (as Dijkstra).

    most: cells behind a difference that are looked at.
    """
    left: dict[_Cell, int] = {}
    last = len(pattern), len(came)
    ahead = deque([((0, 0), 0)])
    while ahead and most >= 0:
        cell, cost = ahead.popleft()
        if cost > left.get(last, cost):
            break
        if cell in left:
            continue
        most -= cost > 0
        left[cell] = cost
        for after, more in _steps(cell, pattern, came):
            if more:
                ahead.append((after, cost + 1))
            else:
                ahead.appendleft((after, cost))
    return left


def _steps(
    cell: _Cell, pattern: Sequence[Atom[_T]], came: Sequence[_T]
) -> Iterator[tuple[_Cell, int]]:
    """Where it goes on, and how much that leaves over."""
    place, at = cell
    if at < len(came):
        yield (place, at + 1), 1
    if place < len(pattern):
        atom = pattern[place]
        yield (place + 1, at), int(not atom.optional)
        if at < len(came) and atom.takes(came[at]):
            yield (place if atom.repeats else place + 1, at + 1), 0


def _walk(
    pattern: Sequence[Atom[_T]], came: Sequence[_T], left: dict[_Cell, int]
) -> Iterator[_Pair[_T]]:
    """left: what will be left over, by how much there is to go of either."""
    to_go = len(pattern), len(came)
    while to_go != (0, 0):
        place, at = to_go
        atom = pattern[-place] if place else None
        after = (place if atom and atom.repeats else place - 1, at - 1)
        if atom and at and left.get(after) == left[to_go] and atom.takes(came[-at]):
            yield atom, came[-at]
            to_go = after
        elif atom and left.get((place - 1, at)) == left[to_go] - (not atom.optional):
            if not atom.optional:
                yield atom, None
            to_go = place - 1, at
        else:
            yield None, came[-at]
            to_go = place, at - 1


# The difference, for people

_NEAR = 3  # rows around a difference that are shown
_MISMATCH_MOST = 40  # rows from the first difference on, in which differences are shown
_WIDTH = 120  # characters of a row


class DiffRow(NamedTuple):
    """mark: "-" was expected and did not come, "+" came and was not expected, " " both."""

    mark: str
    text: str


class Mismatch(NamedTuple):
    """What differs; its str is a diff, below a line that says where. session: 0 for none.

    Of very many differences, the diff has the first.
    """

    session: int
    rows: tuple[DiffRow, ...]

    @property
    def first(self) -> int:
        """The row of the first difference, 0 for the first of all."""
        return next(place for place, row in enumerate(self.rows) if row.mark != " ")

    def __str__(self) -> str:
        whose = f"session {self.session}" if self.session else "the session"
        return "\n".join([f"{whose}: {self._meaning()} (- expected, + actual)", *self._shown()])

    def _meaning(self) -> str:
        first, *rest = self.rows[self.first :]
        if first.mark == "+":
            return f"unexpected {_clipped(first.text)}"
        came = next((_clipped(row.text) for row in rest if row.mark != "-"), "nothing more")
        return f"expected {_clipped(first.text)}, got {came}"

    def _shown(self) -> Iterator[str]:
        """The rows near a difference; how many were left out between."""
        near = self._near()
        left_out = 0
        for place, row in enumerate(self.rows):
            if place not in near:
                left_out += 1
                continue
            if left_out:
                yield f"    ({left_out} more)"
                left_out = 0
            here = "   <- the first difference" if place == self.first else ""
            yield f"  {row.mark} {_clipped(row.text)}{here}".rstrip()
        if left_out:
            yield f"    ({left_out} more)"

    def _near(self) -> set[int]:
        rows = enumerate(self.rows[: self.first + _MISMATCH_MOST])
        differ = [place for place, row in rows if row.mark != " "]
        return {place + by for place in differ for by in range(-_NEAR, _NEAR + 1)}


def mismatch_of(
    pairs: Iterable[_Pair[_T]], show: Callable[[_T], str], session: int
) -> Mismatch | None:
    """The mismatch; None if nothing is left over on either side."""
    rows = tuple(_row(atom, came, show) for atom, came in pairs)
    return Mismatch(session, rows) if any(row.mark != " " for row in rows) else None


def _row(atom: Atom[_T] | None, came: _T | None, show: Callable[[_T], str]) -> DiffRow:
    if came is not None:
        return DiffRow(" " if atom else "+", show(came))
    assert atom
    return DiffRow("-", atom.shown)


def _clipped(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 3]}..."
