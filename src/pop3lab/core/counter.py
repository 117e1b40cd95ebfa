"""Counting by name, however many names a client makes up."""

from collections.abc import Iterator

OTHERS = "(others)"
_MOST = 1000


class BoundedCounter:
    """How often each name came; those made up, beyond so many, as one."""

    __slots__ = ("_counts", "_made_up", "_most")

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._counts: dict[str, int] = {}
        self._made_up: set[str] | None = None

    def add(self, name: str, times: int = 1, *, made_up: bool = False) -> None:
        """Count it so many times more."""
        if made_up:
            name = self._counted_as(name)
        self._counts[name] = self._counts.get(name, 0) + times

    def _counted_as(self, name: str) -> str:
        if self._made_up is None:
            self._made_up = set()
        if name not in self._made_up and len(self._made_up) >= self._most:
            return OTHERS
        self._made_up.add(name)
        return name

    def add_all(self, other: "BoundedCounter") -> None:
        """Count what another has counted."""
        counts, made_up = self._counts, other._made_up or ()
        for name, times in other._counts.items():
            if name in made_up:
                self.add(name, times, made_up=True)
            else:
                counts[name] = counts.get(name, 0) + times

    def items(self) -> Iterator[tuple[str, int]]:
        """Name and count, in the order in which the names first came."""
        yield from self._counts.items()
