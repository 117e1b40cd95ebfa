"""What is gathered for one write, and the octets that wait for what follows them."""

from pop3lab.core.actions import Part, Send

_ENOUGH = 65_536  # octets that are gathered for one write
_KEPT = 1024  # octets of a body that wait for its end
_TURN = 256  # pieces, then it is the turn of others: a client may pipeline without end


class Gathering:
    """Octets on their way to the transport.

    The last ones of a body leave with its terminator, whatever the pieces that it was read in:
    there are clients that look for the terminator, and the line end before it, in what one read
    has given them (node-pop3).
    """

    __slots__ = ("_octets", "_part", "_pieces")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._octets = 0
        self._part = Part.HEAD  # of the last piece

    def add(self, piece: Send) -> None:
        """Put it behind the others."""
        self._pieces.append(piece.data)
        self._octets += len(piece.data)
        self._part = piece.part

    @property
    def enough(self) -> bool:
        """Whether it is time for a write."""
        return self._octets >= _ENOUGH or self.many

    @property
    def many(self) -> bool:
        """Whether it is time for others."""
        return len(self._pieces) >= _TURN

    def take(self) -> bytes:
        """All of it."""
        pieces, self._pieces, self._octets = self._pieces, [], 0
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def take_most(self) -> bytes:
        """All but what must wait: the last octets of a body whose end is not known."""
        octets = self.take()
        if self._part is Part.END or not octets:
            return octets
        kept = octets[-_KEPT:]
        self._pieces, self._octets = [kept], len(kept)
        return octets[: -len(kept)]
