"""How octets leave a connection: gathered, the last ones of a body with its terminator."""

from asyncio import AbstractEventLoop

from pop3lab.run.ending import Ending
from pop3lab.run.gathering import Gathering
from pop3lab.run.sockets import octets_have_come

_RECORD = 16_384  # octets in a TLS record (RFC 8446 section 5.1)


class Writing(Ending):
    """The way out of one connection; what comes in before an answer is out is noted there."""

    __slots__ = ("_early", "_gathered", "_resumed", "_written")

    def __init__(self, loop: AbstractEventLoop) -> None:
        super().__init__(loop)
        self._gathered = Gathering()
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
