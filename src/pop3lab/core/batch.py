"""Lines that have come together, as far as they are not obeyed."""

from collections.abc import Iterator, Sequence

from pop3lab.core.actions import Action

_MANY = 256  # lines that are obeyed while others wait


class Batch:
    """Lines of a client, without their LF.

    place: of the next. early: it came before the reply to the one before it was sent. unfinished:
    octets came behind the last line. tail: what is said to those octets, once.
    """

    __slots__ = ("_obeyed", "early", "lines", "place", "tail", "unfinished")

    def __init__(self, lines: Sequence[bytes], early: bool) -> None:
        self.lines = lines
        self.place = 0
        self.early = early
        self.unfinished = False
        self.tail: Iterator[Action] | None = None
        self._obeyed = 0  # since the last rest

    def take_line(self) -> tuple[bytes, bool]:
        """Return the next line, and whether it came before the reply to the one before it."""
        line, early = self.lines[self.place], self.early
        self.place += 1
        self.early = True
        self._obeyed += 1
        return line, early

    def take_rest(self) -> bool:
        """Tell whether so many lines were taken that other sessions are due; not twice for one."""
        due = self._obeyed >= _MANY
        if due:
            self._obeyed = 0
        return due

    def take_tail(self) -> Iterator[Action] | None:
        """Return what is said to the octets behind the last line, if nobody has taken it."""
        tail, self.tail = self.tail, None
        return tail
