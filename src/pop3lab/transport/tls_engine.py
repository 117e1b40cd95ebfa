"""TLS of one connection without I/O: octets of the network go in, and come out, in memory."""

from contextlib import suppress

from pop3lab.transport.openssl import ssl
from pop3lab.transport.tls_records import RecordSplitter

_RECORD = 16_384  # octets in a TLS record at most (RFC 8446 section 5.1)
_MOST = 131_072  # octets of a handshake: a hello, and certificates of the other side
_OVERHEAD = 64  # octets of TLS for one of a user: the least record has 22 of one
_IDLE = 65_536  # octets of TLS beyond that: a record, cut anywhere, and much more


class EndlessTls(ssl.SSLError):
    """More octets have come than TLS needs, for a handshake or for itself."""


class TlsEngine:
    """Feed it a handshake, then decrypt what comes; take what is to be sent after each call.

    connection: what Python knows of it. outgoing: what is to be sent: reading, too, can make some.
    ended: close_notify has come. failed: why it is broken, once that is so; an alert that tells the
    other side may be there to be taken.
    """

    __slots__ = (
        "_fed",
        "_idle",
        "_incoming",
        "_records",
        "connection",
        "ended",
        "failed",
        "outgoing",
    )

    def __init__(
        self, context: ssl.SSLContext, *, server: bool = True, host: str | None = None
    ) -> None:
        """server: it is our side. host: else, the name that the other side must prove."""
        self._incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._fed = 0  # octets
        self._idle = 0  # octets that have brought nothing
        self._records: RecordSplitter | None = None  # within a record
        self.connection = context.wrap_bio(
            self._incoming, self.outgoing, server_side=server, server_hostname=host
        )
        self.ended = False
        self.failed: ssl.SSLError | None = None

    def feed(self, octets: bytes) -> None:
        """These have come, of a handshake."""
        self._fed += len(octets)
        self._note_records(octets)
        self._incoming.write(octets)

    def take(self) -> bytes:
        """What is to be sent, perhaps nothing."""
        return self.outgoing.read() if self.outgoing.pending else b""

    def do_handshake(self) -> bool:
        """Go on with the handshake; whether it is done. If not, it may have failed."""
        if self.failed:
            return False
        try:
            self.connection.do_handshake()
        except ssl.SSLWantReadError:
            if self._fed > _MOST:
                self.failed = EndlessTls(1, "a handshake without end")
            return False
        except ssl.SSLError as error:
            self.failed = error
            return False
        return True

    def decrypt(self, octets: bytes) -> bytes:
        """Return all that is whole now, with these; with it may come an end, or a failure.

        Behind a failure nothing can be written: what is in front of it goes unanswered.
        """
        self._incoming.write(octets)
        begins = self._records is None
        if not begins:
            self._note_records(octets)
        data = b""
        try:
            while self._incoming.pending and not self.ended:  # else there is nothing to be read
                piece = self.connection.read(_RECORD)
                data = data + piece if data else piece
                self.ended = not piece
        except ssl.SSLWantReadError:
            if begins:
                self._note_records(octets)
        except ssl.SSLZeroReturnError:  # since we have said so, too
            self.ended = True
        except ssl.SSLError as error:
            self.failed = error
        idle = len(octets) - _OVERHEAD * len(data)
        if idle > 0 or self._idle:
            self._note_idle(idle)
        return data

    def _note_records(self, octets: bytes) -> None:
        records = self._records or RecordSplitter()
        records.split(octets)
        self._records = records if records.within else None

    def _note_idle(self, octets: int) -> None:
        """KeyUpdate, of which each is dear, and whatever else could go on without end."""
        self._idle = max(0, self._idle + octets)
        if self._idle > _IDLE:
            self.failed = self.failed or EndlessTls(1, "nothing but messages of TLS itself")

    def split_behind(self) -> RecordSplitter:
        """Return what parts what comes from now on, in records and what is in clear behind them.

        It follows the record that has begun; the engine no longer does.
        """
        splitter, self._records = self._records or RecordSplitter(), None
        splitter.pass_on()
        return splitter

    def seal(self, octets: bytes | memoryview) -> bytes:
        """Encrypt these, which may be none; not after close_notify.

        Once it has failed, there is an alert at most.
        """
        if octets and not self.failed:
            self.connection.write(octets)  # all, as there is always room
        return self.outgoing.read()

    def close_notify(self) -> None:
        """Say that no more will be written (close_notify); what comes can still be read."""
        if not self.failed:
            with suppress(ssl.SSLError):  # the other side's is not there yet, or never will be
                self.connection.unwrap()
