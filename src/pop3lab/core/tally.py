"""Counting by name, however many names a client makes up."""

from collections.abc import Iterator

OTHERS = "(others)"


class Tally:
    """How often each name came; the first so many names count by themselves, the rest as one."""

    __slots__ = ("_counts", "_names")

    def __init__(self, names: int = 1000) -> None:
        self._names = names
        self._counts: dict[str, int] = {}

    def add(self, name: str, times: int = 1) -> None:
        """Count it so many times more."""
        counts = self._counts
        if name not in counts and len(counts) >= self._names:
            name = OTHERS
        counts[name] = counts.get(name, 0) + times

    def items(self) -> Iterator[tuple[str, int]]:
        """Name and count, in the order in which the names first came."""
        yield from self._counts.items()
