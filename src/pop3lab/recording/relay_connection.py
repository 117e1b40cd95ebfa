"""One of the two connections of a relayed session."""

from asyncio import BaseTransport, Protocol, Transport
from collections.abc import Callable
from enum import Enum, auto
from typing import cast

from pop3lab.transport.sockets import read_at_once, reset_at_close


class Hold(Enum):
    """The reasons for not reading from a side."""

    CONNECTING = auto()  # not connected to the server yet
    STLS = auto()  # TLS may come next
    SLOW = auto()  # the other side is blocked
    AHEAD = auto()  # too many commands are unanswered


_NOWHERE = {Hold.CONNECTING, Hold.STLS}


class RelayConnection(Protocol):
    """A connection that reports its events to a relay.

    on_connected: called when it is established. on_data: gets received data. on_eof: called at the
    end of input (over); returns whether to stay open if the other side can't be told. on_lost:
    called when it is closed (lost), with whether it was reset. It is not read while data waits for
    the other side. It is closed when both sides are done.
    """

    def __init__(
        self,
        on_connected: Callable[["RelayConnection"], None],
        on_data: Callable[["RelayConnection", bytes], None],
        on_lost: Callable[["RelayConnection", bool], None],
        on_eof: Callable[[], bool] = lambda: False,
    ) -> None:
        self._on_connected, self._on_data = on_connected, on_data
        self._on_lost, self._on_eof = on_lost, on_eof
        self.other: RelayConnection | None = None
        self.transport: Transport | None = None
        self.over = False
        self.ended = False  # the peer knows that no more will come
        self.lost = False
        self._holds: set[Hold] = set()
        self._early: list[bytes] = []  # data received in the meantime

    def connection_made(self, transport: BaseTransport) -> None:
        """Take the transport; under TLS a second time."""
        self.set_transport(cast(Transport, transport))
        self._on_connected(self)

    def set_transport(self, transport: Transport) -> None:
        """Use this transport from now on."""
        self.transport = transport
        read_at_once(transport)
        if self._holds:
            transport.pause_reading()

    def hold(self, why: Hold) -> None:
        """Stop reading until this reason and all others are released."""
        self._holds.add(why)
        if self.transport and not self.transport.is_closing():
            self.transport.pause_reading()

    def release(self, why: Hold) -> None:
        """Release a reason."""
        self._holds.discard(why)
        while self._early and not self._holds & _NOWHERE:
            self._on_data(self, self._early.pop(0))
        if not self._holds and self.transport and not self.transport.is_closing():
            self.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Pass data on; data that arrives with the end of a handshake waits for its turn."""
        if self._holds & _NOWHERE:
            self._early.append(data)
        else:
            self._on_data(self, data)

    def eof_received(self) -> bool:
        """Note the end of input; output continues, except under TLS."""
        self.over = True
        stays = self._on_eof()
        if self.other is None or self.other.over or self._secure:
            return False  # it is closed once everything is sent, then the other side
        return self.other.end() or stays

    def end(self) -> bool:
        """Send the end of output; return whether that was possible."""
        if self.transport and not (self.transport.is_closing() or self._secure):
            self.transport.write_eof()
            self.ended = True
        return self.ended

    @property
    def _secure(self) -> bool:
        return bool(self.transport and self.transport.get_extra_info("ssl_object"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that it is closed."""
        if not self.lost:
            self.lost = self.over = True
            self._on_lost(self, exc is not None)

    def pause_writing(self) -> None:
        """Stop reading the other side: this one takes no more for now."""
        if self.other:
            self.other.hold(Hold.SLOW)

    def resume_writing(self) -> None:
        """Continue reading the other side."""
        if self.other:
            self.other.release(Hold.SLOW)

    def write(self, data: bytes) -> None:
        """Send data, if it is still open."""
        if self.transport and not self.transport.is_closing():
            self.transport.write(data)

    def close(self, reset: bool = False) -> None:
        """Close it in good order, or reset it."""
        if self.transport is None or self.lost:
            return
        if reset:
            if connection := self.transport.get_extra_info(
                "socket"
            ):  # None after TLS has closed it
                reset_at_close(connection)
            self.transport.abort()
        else:
            self.transport.close()
