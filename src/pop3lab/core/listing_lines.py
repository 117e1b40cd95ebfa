"""The lines of LIST and UIDL, of which those of marked messages are left out as they come."""

from collections.abc import Callable, Collection

from pop3lab.core.text import MessageText

_FEW = 100  # lines that are cut out one by one; of more, all lines are looked through


class NumberedLines:
    """Lines that begin with numbers, in order, in which no line begins with a dot.

    What was left out last is remembered, so that one more mark does not cost as much as all lines.
    """

    __slots__ = ("_all", "_left", "_without")

    def __init__(self, of: Callable[[], MessageText]) -> None:
        """of: returns all lines; called when they are first wanted."""
        self._all = of
        self._left: MessageText | None = None  # the lines without these
        self._without: set[int] = set()

    def without(self, numbers: Collection[int]) -> MessageText:
        """Return the lines but those of these numbers."""
        if not numbers:
            self._left, self._without = None, set()
            return self._all()
        more = {number for number in numbers if number not in self._without}
        if len(self._without) + len(more) > len(numbers):  # some are back
            self._left, more = None, set(numbers)
        if self._left is None or more:
            left = self._left or self._all()
            cut = _cut if len(more) <= _FEW else _filtered
            self._left = MessageText(cut(left.octets, more))
        self._without = set(numbers)
        return self._left


def _cut(octets: bytes, numbers: Collection[int]) -> bytes:
    lines = bytearray(b"\n" + octets)
    for number in numbers:
        at = lines.index(b"\n%d " % number) + 1
        del lines[at : lines.index(b"\n", at) + 1]
    return bytes(lines[1:])


def _filtered(octets: bytes, numbers: Collection[int]) -> bytes:
    lines = octets.splitlines(keepends=True)
    return b"".join(line for line in lines if int(line[: line.index(b" ")]) not in numbers)
