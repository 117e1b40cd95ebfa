"""Octets on their way to a stream: gathered, so that many pieces leave as one write."""

from pop3lab.core.actions import Part, Send
from pop3lab.transport.stream import Octets

_ENOUGH = 65_536  # octets that are gathered for one write
_KEPT = 1024  # octets of a body that wait for its end
_FEW = 16  # pieces that are sent as they are, if they are long
_TURN = 256  # pieces, then it is the turn of others: a client may pipeline without end
_MUCH = 4_194_304  # octets, then it is, too: a client may read as fast as they are written


class OutputBuffer:
    """The pieces of replies, until it is time for a write.

    The last octets of a body leave with its terminator, whatever the pieces that it was read in:
    there are clients that look for the terminator, and the line end before it, in what one read
    has given them (node-pop3).
    """

    __slots__ = ("_octets", "_part", "_passed", "_pieces")

    def __init__(self) -> None:
        self._pieces: list[Octets] = []
        self._octets = 0
        self._passed = 0  # octets, since it was the turn of others
        self._part = Part.HEAD  # of the last piece

    def add(self, piece: Send) -> bool:
        """Put it behind the others; return whether it is time for a write."""
        if octets := len(piece.data):
            self._pieces.append(piece.data)
            self._octets += octets
            self._passed += octets
        self._part = piece.part
        return self._octets >= _ENOUGH or len(self._pieces) >= _TURN

    def take_turn(self) -> bool:
        """Tell whether it is time for others; not twice for the same octets."""
        due = len(self._pieces) >= _TURN or self._passed >= _MUCH
        if due:
            self._passed = 0
        return due

    def take(self) -> list[Octets]:
        """Take all of it. What is not much is one piece; of much, the last piece is not short."""
        pieces, octets = self._pieces, self._octets
        self._pieces, self._octets = [], 0
        if len(pieces) < 2:
            return pieces
        if octets <= _ENOUGH or len(pieces) > _FEW:
            return [b"".join(pieces)]
        if len(pieces[-1]) < _KEPT:
            *pieces, before, last = pieces
            return [*pieces, memoryview(before)[:-_KEPT], b"".join((before[-_KEPT:], last))]
        return pieces

    def take_most(self) -> list[Octets]:
        """Take all but what must wait: the last octets of a body whose end is not known."""
        pieces = self.take()
        if self._part is Part.END or not pieces:
            return pieces
        last = pieces.pop()
        self._pieces, self._octets = [last[-_KEPT:]], min(_KEPT, len(last))
        return [*pieces, memoryview(last)[:-_KEPT]] if len(last) > _KEPT else pieces
