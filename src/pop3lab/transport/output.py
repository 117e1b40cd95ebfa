"""How octets leave a connection: gathered, the last ones of a body with its terminator."""

from asyncio import AbstractEventLoop

from pop3lab.core.actions import Part, Send
from pop3lab.transport.closing import ConnectionCloser
from pop3lab.transport.sockets import octets_have_come

# What is gathered for one write, and the octets that wait for what follows them.

_ENOUGH = 65_536  # octets that are gathered for one write
_KEPT = 1024  # octets of a body that wait for its end
_TURN = 256  # pieces, then it is the turn of others: a client may pipeline without end


class OutputBuffer:
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


_RECORD = 16_384  # octets in a TLS record (RFC 8446 section 5.1)


class OutputWriter(ConnectionCloser):
    """The way out of one connection; what comes in before an answer is out is noted there."""

    __slots__ = ("_early", "_gathered", "_resumed", "_written")

    def __init__(self, loop: AbstractEventLoop) -> None:
        super().__init__(loop)
        self._gathered = OutputBuffer()
        self._early = False  # something came before the greeting, or before the end of an answer
        self._resumed = False  # writing, in the middle of these actions
        self._written = 0  # octets, to the transport

    def _write(self, data: bytes) -> None:
        """In one write, or under TLS in two, of which the last is one record."""
        if not data:
            return
        if self._resumed:
            self._look_for_early()
        self._written += len(data)
        if len(data) > _RECORD and self._transport is not self._raw:
            self._transport.write(data[:-_RECORD])  # what is cut into records, as many as it takes
            data = data[-_RECORD:]
        self._transport.write(data)

    def _look_for_early(self) -> None:
        """What has come by now can't be from a client that has read what is still to be written.

        Under TLS it may be something else than a line.
        """
        if self._transport is self._raw:
            self._early = self._early or octets_have_come(self._socket)

    def _flush(self) -> None:
        """The client has waited long enough for what is there."""
        if not (self._closing or self._transport.is_closing()):
            self._write(self._gathered.take())
