"""Ranges of whole numbers in conditions."""

from typing import NamedTuple


class Range(NamedTuple):
    """Whole numbers from least to most, which is None without an end: 2, 2..4, 2.., ..4."""

    least: int
    most: int | None

    def __contains__(self, number: object) -> bool:
        if not isinstance(number, int):
            return False
        return self.least <= number and (self.most is None or number <= self.most)

    def __str__(self) -> str:
        if self.least == self.most:
            return str(self.least)
        return f"{self.least}..{'' if self.most is None else self.most}"

    def meets(self, other: "Range") -> bool:
        """Whether some number is in both."""
        top = min(x for x in (self.most, other.most, max(self.least, other.least)) if x is not None)
        return top >= max(self.least, other.least)
