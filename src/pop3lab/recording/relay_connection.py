"""One of the two connections of a relayed session."""

from asyncio import BaseTransport, Protocol, Transport
from collections.abc import Callable
from enum import Enum, auto
from typing import cast

from pop3lab.transport.sockets import read_at_once, reset_at_close


class Hold(Enum):
    """Why a side is not read for now."""

    CONNECTING = auto()  # there is no server yet
    STLS = auto()  # whether TLS comes next is not known yet
    SLOW = auto()  # the other side does not take what it said
    AHEAD = auto()  # it has said much that the other is yet to answer


_NOWHERE = {Hold.CONNECTING, Hold.STLS}


class RelayConnection(Protocol):
    """A connection that tells a relay what happens to it.

    on_connected: called when it stands. on_data: given what comes. on_eof: called when no more will
    come (over); returns whether to stay open if the other side can't be told so. on_lost: given
    whether it was reset, when it is gone (lost). Octets that wait for the other side keep this one
    from being read. It is closed when neither has more to say.
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
        self.ended = False  # the other side of the connection knows that no more will come
        self.lost = False
        self._holds: set[Hold] = set()
        self._early: list[bytes] = []  # what came all the same

    def connection_made(self, transport: BaseTransport) -> None:
        """As asyncio calls it; under TLS a second time."""
        self.set_transport(cast(Transport, transport))
        self._on_connected(self)

    def set_transport(self, transport: Transport) -> None:
        """Use this transport from now on."""
        self.transport = transport
        read_at_once(transport)
        if self._holds:
            transport.pause_reading()

    def hold(self, why: Hold) -> None:
        """Read no more until this reason and all others are gone."""
        self._holds.add(why)
        if self.transport and not self.transport.is_closing():
            self.transport.pause_reading()

    def release(self, why: Hold) -> None:
        """The reason is gone."""
        self._holds.discard(why)
        while self._early and not self._holds & _NOWHERE:
            self._on_data(self, self._early.pop(0))
        if not self._holds and self.transport and not self.transport.is_closing():
            self.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Hand the octets on; those that come with the end of a handshake, when it is time."""
        if self._holds & _NOWHERE:
            self._early.append(data)
        else:
            self._on_data(self, data)

    def eof_received(self) -> bool:
        """No more will come from there; what goes there still can, but not under TLS."""
        self.over = True
        stays = self._on_eof()
        if self.other is None or self.other.over or self._secure:
            return False  # it is closed now, once all is sent; then the other is
        return self.other.end() or stays

    def end(self) -> bool:
        """Say that no more will come; whether that could be said."""
        if self.transport and not (self.transport.is_closing() or self._secure):
            self.transport.write_eof()
            self.ended = True
        return self.ended

    @property
    def _secure(self) -> bool:
        return bool(self.transport and self.transport.get_extra_info("ssl_object"))

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        if not self.lost:
            self.lost = self.over = True
            self._on_lost(self, exc is not None)

    def pause_writing(self) -> None:
        """It takes no more for now: read no more of what is for it."""
        if self.other:
            self.other.hold(Hold.SLOW)

    def resume_writing(self) -> None:
        """It takes more again."""
        if self.other:
            self.other.release(Hold.SLOW)

    def write(self, data: bytes) -> None:
        """Send these octets, if it is still there."""
        if self.transport and not self.transport.is_closing():
            self.transport.write(data)

    def close(self, reset: bool = False) -> None:
        """Close it in good order, or reset it."""
        if self.transport is None or self.lost:
            return
        if reset:
            if connection := self.transport.get_extra_info("socket"):  # none if TLS just ended it
                reset_at_close(connection)
            self.transport.abort()
        else:
            self.transport.close()
