"""What came and what was expected, as a difference for people."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from pop3lab.watch.aligning import Atom, Pair, T

_NEAR = 3  # rows around a difference that are shown
_MOST = 40  # rows from the first difference on, in which differences are shown
_WIDTH = 120  # characters of a row


class Row(NamedTuple):
    """mark: "-" was expected and did not come, "+" came and was not expected, " " both."""

    mark: str
    text: str


class Mismatch(NamedTuple):
    """What differs; its str is a diff, below a line that says where. session: 0 for none.

    Of very many differences, the diff has the first.
    """

    session: int
    rows: tuple[Row, ...]

    @property
    def first(self) -> int:
        """The row of the first difference, 0 for the first of all."""
        return next(place for place, row in enumerate(self.rows) if row.mark != " ")

    def __str__(self) -> str:
        whose = f"session {self.session}" if self.session else "the session"
        return "\n".join([f"{whose}: {self._meaning()} (- expected, + came)", *self._shown()])

    def _meaning(self) -> str:
        first, *rest = self.rows[self.first :]
        if first.mark == "+":
            return f"{_clipped(first.text)} came, which was not expected"
        came = next((f"{_clipped(row.text)} came" for row in rest if row.mark != "-"), "")
        return f"{_clipped(first.text)} was expected, but {came or 'nothing more came'}"

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
        rows = enumerate(self.rows[: self.first + _MOST])
        differ = [place for place, row in rows if row.mark != " "]
        return {place + by for place in differ for by in range(-_NEAR, _NEAR + 1)}


def mismatch_of(
    pairs: Iterable[Pair[T]], show: Callable[[T], str], session: int
) -> Mismatch | None:
    """The mismatch; None if nothing is left over on either side."""
    rows = tuple(_row(atom, came, show) for atom, came in pairs)
    return Mismatch(session, rows) if any(row.mark != " " for row in rows) else None


def _row(atom: Atom[T] | None, came: T | None, show: Callable[[T], str]) -> Row:
    if came is not None:
        return Row(" " if atom else "+", show(came))
    assert atom
    return Row("-", atom.shown)


def _clipped(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 3]}..."
