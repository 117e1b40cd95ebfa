"""The way out of a connection: octets are gathered, written, and at the end said to be all."""

from asyncio import Transport
from socket import socket
from typing import cast

from pop3lab.core.actions import Part, Send
from pop3lab.transport.sockets import octets_have_come, octets_in_kernel, reset_at_close
from pop3lab.transport.tls_transport import TlsTransport

_ENOUGH = 65_536  # octets that are gathered for one write
_KEPT = 1024  # octets of a body that wait for its end
_TURN = 256  # pieces, then it is the turn of others: a client may pipeline without end
_RECORD = 16_384  # octets in a TLS record (RFC 8446 section 5.1)


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

    def add(self, piece: Send) -> bool:
        """Put it behind the others; return whether it is time for a write."""
        self._pieces.append(piece.data)
        self._octets += len(piece.data)
        self._part = piece.part
        return self._octets >= _ENOUGH or len(self._pieces) >= _TURN

    @property
    def many(self) -> bool:
        """Whether it is time for others."""
        return len(self._pieces) >= _TURN

    def take(self) -> bytes:
        """Take all of it."""
        pieces, self._pieces, self._octets = self._pieces, [], 0
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def take_most(self) -> bytes:
        """Take all but what must wait: the last octets of a body whose end is not known."""
        octets = self.take()
        if self._part is Part.END or not octets:
            return octets
        kept = octets[-_KEPT:]
        self._pieces, self._octets = [kept], len(kept)
        return octets[: -len(kept)]


class Output:
    """The output of one connection.

    full: the transport has output that the client does not read. refused: the client has closed,
    and refused what was sent then. early: something came in before the greeting, or before the end
    of a reply. seeks_early: each write looks for that, as writing was interrupted.
    """

    __slots__ = (
        "buffer",
        "early",
        "full",
        "raw",
        "refused",
        "seeks_early",
        "socket",
        "transport",
        "written",
    )

    def __init__(self, transport: Transport) -> None:
        self.raw = transport  # without TLS
        self.transport = transport
        # Not of the transport of TLS, which forgets it when it is closed.
        self.socket = cast(socket, transport.get_extra_info("socket"))
        self.buffer = OutputBuffer()
        self.written = 0  # octets, to the transport
        self.full = False
        self.refused = False
        self.early = False
        self.seeks_early = False

    @property
    def waiting(self) -> int:
        """How many octets the transport has yet to send."""
        return self.transport.get_write_buffer_size()

    def write(self, data: bytes) -> None:
        """Write them at once, or under TLS in two writes, of which the last is one record."""
        if not data:
            return
        if self.seeks_early:
            self._seek_early()
        self.written += len(data)
        if len(data) > _RECORD and self.transport is not self.raw:
            self.transport.write(data[:-_RECORD])  # what is cut into records, as many as it takes
            data = data[-_RECORD:]
        self.transport.write(data)

    def _seek_early(self) -> None:
        """What has come by now can't be from a client that has read what is still to be written.

        Under TLS it may be something else than a line.
        """
        if self.transport is self.raw:
            self.early = self.early or octets_have_come(self.socket)

    # The end

    def end(self, *, close_notify: bool = True) -> None:
        """Send FIN after all that is outstanding. close_notify: under TLS, say so in TLS first."""
        if not close_notify:
            self.forgo_notify()
        try:
            self.transport.write_eof()
        except OSError:  # ENOTCONN; reading, and so the transport, finds no more than an end
            self.refused = True

    def forgo_notify(self) -> None:
        """Say nothing in TLS at the end."""
        if isinstance(self.transport, TlsTransport):
            self.transport.forgo_notify()

    def is_refused(self) -> bool:
        """Whether a client that has said that it will say no more is gone: it takes no answer.

        The transport is closed already where more than one write was refused: under TLS, that of
        close_notify.
        """
        if self.transport.can_write_eof() and not self.waiting:
            self.end()
        return self.refused or self.raw.is_closing()

    def may_meet_input(self) -> bool:
        """Whether closing now may reset the connection: octets come, or are yet to be sent."""
        if self.transport is not self.raw:
            return True  # the client may say in TLS that it closes
        return bool(self.waiting or octets_in_kernel(self.socket))

    def reset(self) -> None:
        """Send RST at once."""
        reset_at_close(self.socket)
        self.raw.abort()  # that of TLS, closed twice, has forgotten it
