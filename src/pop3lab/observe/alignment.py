"""Aligns a pattern with a sequence so that as little as possible differs."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar

_T = TypeVar("_T")

_MOST = 300_000  # cells examined after a difference


class Atom(NamedTuple, Generic[_T]):
    """A part of a pattern, which matches one thing, several, or none; and how it is shown."""

    shown: str
    takes: Callable[[_T], bool]
    optional: bool = False
    repeats: bool = False


_Pair = tuple[Atom[_T] | None, _T | None]  # None if missing on that side
_Cell = tuple[int, int]  # positions in the pattern and in the sequence


def align(pattern: Sequence[Atom[_T]], came: Sequence[_T]) -> list[_Pair[_T]]:
    """Pair each thing with the atom that matches it; unmatched ones are paired with None.

    As few as possible are unmatched, and those as late as possible. If there are very many,
    everything after the first difference counts as unmatched; whether there is a difference is
    always exact. Time and memory grow with the lengths and the number of differences.
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
    """Return the least number of unmatched items on the way to each cell (Dijkstra).

    most: the number of cells to examine after a difference.
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
    """Yield the next cells, and the number of unmatched items that each step adds."""
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
    """Yield the pairs.

    left: the number of items that will be unmatched, by what remains of both.
    """
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


# The difference as text

_NEAR = 3  # rows shown around a difference
_MISMATCH_MOST = 40  # rows from the first difference on in which differences are shown
_WIDTH = 120  # characters shown of a row


class DiffRow(NamedTuple):
    """A row of a diff. mark: "-" missing, "+" unexpected, " " as expected."""

    mark: str
    text: str


class Mismatch(NamedTuple):
    """A difference; str() returns a diff with a headline. session: 0 for none.

    If there are very many differences, the diff shows the first ones.
    """

    session: int
    rows: tuple[DiffRow, ...]

    @property
    def first(self) -> int:
        """The index of the row with the first difference."""
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
        """Yield the rows near a difference, and the number of rows left out between them."""
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
    """Return the mismatch; None if everything matches."""
    rows = tuple(_row(atom, came, show) for atom, came in pairs)
    return Mismatch(session, rows) if any(row.mark != " " for row in rows) else None


def _row(atom: Atom[_T] | None, came: _T | None, show: Callable[[_T], str]) -> DiffRow:
    if came is not None:
        return DiffRow(" " if atom else "+", show(came))
    assert atom
    return DiffRow("-", atom.shown)


def _clipped(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 3]}..."
