"""Lines that have come together, as far as they are not obeyed."""

from collections.abc import Iterator, Sequence

from pop3lab.core.actions import Action


class Batch:
    """Lines of a client, without their LF.

    place: of the next. early: it came before the reply to the one before it was sent. unfinished:
    octets came behind the last line. tail: what is said to those octets, once.
    """

    __slots__ = ("early", "lines", "place", "tail", "unfinished")

    def __init__(
        self,
        lines: Sequence[bytes],
        early: bool = False,
        unfinished: bool = False,
        tail: Iterator[Action] | None = None,
    ) -> None:
        self.lines = lines
        self.place = 0
        self.early = early
        self.unfinished = unfinished
        self.tail = tail

    def take_tail(self) -> Iterator[Action] | None:
        """Return what is said to the octets behind the last line, if nobody has taken it."""
        tail, self.tail = self.tail, None
        return tail
