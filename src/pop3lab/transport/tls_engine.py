"""TLS of one connection without I/O: octets of the network go in, and come out, in memory."""

from contextlib import suppress

from pop3lab.transport.openssl import ssl

_RECORD = 16_384  # octets in a TLS record at most (RFC 8446 section 5.1)
_MOST = 131_072  # octets of a handshake: a hello, and certificates of the other side


class HandshakeTooLong(ssl.SSLError):
    """More octets have come than any handshake has."""


class TlsEngine:
    """Feed it what comes, take what is to be sent after each call: reading, too, can make some.

    connection: what Python knows of it. ended: close_notify has come. failed: why it is broken,
    once that is so; an alert that tells the other side may be there to be taken.
    """

    __slots__ = ("_fed", "_incoming", "_outgoing", "connection", "ended", "failed")

    def __init__(
        self, context: ssl.SSLContext, *, server: bool = True, host: str | None = None
    ) -> None:
        """server: it is our side. host: else, the name that the other side must prove."""
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._fed = 0  # octets
        self.connection = context.wrap_bio(
            self._incoming, self._outgoing, server_side=server, server_hostname=host
        )
        self.ended = False
        self.failed: ssl.SSLError | None = None

    def feed(self, octets: bytes) -> None:
        """These have come."""
        self._fed += len(octets)
        self._incoming.write(octets)

    def take(self) -> bytes:
        """What is to be sent, perhaps nothing."""
        return self._outgoing.read() if self._outgoing.pending else b""

    def do_handshake(self) -> bool:
        """Go on with the handshake; whether it is done. If not, it may have failed."""
        if self.failed:
            return False
        try:
            self.connection.do_handshake()
        except ssl.SSLWantReadError:
            if self._fed > _MOST:
                self.failed = HandshakeTooLong(1, "a handshake without end")
            return False
        except ssl.SSLError as error:
            self.failed = error
            return False
        return True

    def read(self) -> bytes:
        """All that has come and is whole; with it may come an end, or a failure.

        Behind a failure nothing can be written: what is in front of it goes unanswered.
        """
        pieces = []
        try:
            while self._incoming.pending and not self.ended:  # else there is nothing to be read
                piece = self.connection.read(_RECORD)
                pieces.append(piece)
                self.ended = not piece
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:  # since we have said so, too
            self.ended = True
        except ssl.SSLError as error:
            self.failed = error
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def write(self, octets: bytes | bytearray | memoryview) -> None:
        """Encrypt these; not after notify, nor once it has failed."""
        rest = memoryview(octets)
        while rest:
            rest = rest[self.connection.write(rest) :]

    def close_notify(self) -> None:
        """Say that no more will be written (close_notify); what comes can still be read."""
        if not self.failed:
            with suppress(ssl.SSLError):  # the other side's is not there yet, or never will be
                self.connection.unwrap()


# Where records of TLS end, and what is none (RFC 8446 section 5.1).

TYPES = range(0x14, 0x19)  # a record's first octet; the last one is of RFC 6520
_HEAD = 5  # octets: type, version, length


def record_end(octets: bytes) -> int:
    """Where the first record ends, of which the head is there."""
    return _HEAD + int.from_bytes(octets[3:_HEAD])


class Split:
    """Parts what comes, cut anywhere, in records and what is in clear behind them.

    It begins where a record does. What is in clear once, is so for ever.
    """

    __slots__ = ("_clear", "_head", "_rest")

    def __init__(self) -> None:
        self._clear = False
        self._head = b""  # of a record, begun
        self._rest = 0  # octets of a record that are to come

    def __call__(self, octets: bytes) -> tuple[bytes, bytes]:
        """Whole heads and what follows them; then what is in clear."""
        octets, self._head = self._head + octets, b""
        at = 0
        while at < len(octets) and not self._clear:
            if self._rest:
                step = min(self._rest, len(octets) - at)
                self._rest -= step
                at += step
            elif octets[at] not in TYPES:
                self._clear = True
            elif len(octets) - at < _HEAD:
                self._head = octets[at:]
                return octets[:at], b""
            else:
                self._rest = record_end(octets[at : at + _HEAD])
        return octets[:at], octets[at:]
