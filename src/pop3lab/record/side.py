"""One of the two connections of a relayed session."""

from asyncio import BaseTransport, Protocol, Transport
from collections.abc import Callable
from typing import cast

from pop3lab.run.sockets import reset_at_close


class Side(Protocol):
    """A connection whose octets go to came, and whose end to ended.

    made: told when it stands. ended: given whether it was reset. finished: told when no more will
    come. over: so it is. Octets that wait for the other side keep this one from being read.
    """

    def __init__(
        self,
        made: Callable[["Side"], None],
        came: Callable[["Side", bytes], None],
        ended: Callable[["Side", bool], None],
        finished: Callable[[], None] = lambda: None,
    ) -> None:
        self._made, self._came, self._ended, self._finished = made, came, ended, finished
        self.other: Side | None = None
        self.transport: Transport | None = None
        self.over = False
        self._lost = False

    def connection_made(self, transport: BaseTransport) -> None:
        """As asyncio calls it; under TLS a second time."""
        self.transport = cast(Transport, transport)
        self._made(self)

    def data_received(self, data: bytes) -> None:
        """Hand the octets on."""
        self._came(self, data)

    def eof_received(self) -> bool:
        """No more will come from there; what goes there still can, but not under TLS."""
        self._finished()
        self.over = True
        other = self.other and self.other.transport
        if other and other.can_write_eof() and not other.is_closing():
            other.write_eof()
            return not self._secure
        return False

    @property
    def _secure(self) -> bool:
        return bool(self.transport and self.transport.get_extra_info("ssl_object"))

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        if not self._lost:
            self._lost = self.over = True
            self._ended(self, exc is not None)

    def pause_writing(self) -> None:
        """It takes no more for now: read no more of what is for it."""
        if self.other and self.other.transport:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        """It takes more again."""
        if self.other and self.other.transport and not self.other.transport.is_closing():
            self.other.transport.resume_reading()

    def write(self, data: bytes) -> None:
        """Send these octets, if it is still there."""
        if self.transport and not self.transport.is_closing():
            self.transport.write(data)

    def close(self, reset: bool = False) -> None:
        """Close it in good order, or reset it."""
        if self.transport is None:
            return
        if reset:
            reset_at_close(self.transport.get_extra_info("socket"))
            self.transport.abort()
        else:
            self.transport.close()
