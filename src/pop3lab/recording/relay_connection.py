"""One of the two connections of a relayed session."""

import asyncio
from collections.abc import Callable
from enum import Enum, auto
from socket import SOCK_STREAM, socket

from pop3lab.transport.reactor import Reactor
from pop3lab.transport.sockets import send_at_once
from pop3lab.transport.stream import Stream


class Hold(Enum):
    """Why a side is not read for now."""

    CONNECTING = auto()  # there is no server yet
    STLS = auto()  # whether TLS comes next is not known yet
    SLOW = auto()  # the other side does not take what it said
    AHEAD = auto()  # it has said much that the other is yet to answer


_NOWHERE = {Hold.CONNECTING, Hold.STLS}


class RelayConnection:
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
        self.stream: Stream | None = None
        self.over = False
        self.ended = False  # the other side of the connection knows that no more will come
        self.lost = False
        self._holds: set[Hold] = set()
        self._early: list[bytes] = []  # what came all the same

    def begin(self, connection: socket, reactor: Reactor) -> None:
        """It stands."""
        self.stream = Stream(connection, reactor)
        self.stream.begin(self)
        if self._holds:
            self.stream.pause_reading()
        self._on_connected(self)

    def hold(self, why: Hold) -> None:
        """Read no more until this reason and all others are gone."""
        self._holds.add(why)
        if self.stream:
            self.stream.pause_reading()

    def release(self, why: Hold) -> None:
        """The reason is gone."""
        self._holds.discard(why)
        while self._early and not self._holds & _NOWHERE:
            self._on_data(self, self._early.pop(0))
        if self.stream and not self._holds:
            self.stream.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Hand the octets on; those that come with the end of a handshake, when it is time."""
        if self._holds & _NOWHERE:
            self._early.append(data)
        else:
            self._on_data(self, data)

    def eof_received(self) -> None:
        """No more will come from there; what goes there still can, but not under TLS."""
        self.over = True
        stays = self._on_eof()
        if self.other and not (self.other.over or self._is_secure):
            stays = self.other.end() or stays
        else:
            stays = False
        if self.stream and not stays:
            self.stream.close()  # once all is sent; then the other is

    def end(self) -> bool:
        """Say that no more will come; whether that could be said."""
        if self.stream and not (self.stream.is_closing or self._is_secure):
            self.stream.half_close()
            self.ended = True
        return self.ended

    @property
    def _is_secure(self) -> bool:
        return bool(self.stream and self.stream.seal)

    def connection_lost(self, error: OSError | None) -> None:
        """It is gone."""
        if not self.lost:
            self.lost = self.over = True
            self._on_lost(self, error is not None)

    def resume_writing(self) -> None:
        """It takes more again."""
        if self.other:
            self.other.release(Hold.SLOW)

    def write(self, data: bytes) -> None:
        """Send these octets, if it is still there. Where they wait, no more of them is read."""
        if self.stream and data:
            self.stream.write(data)
            if self.other and self.stream.is_full and not self.stream.is_closing:
                self.other.hold(Hold.SLOW)

    def close(self, reset: bool = False) -> None:
        """Close it in good order, or reset it."""
        if self.stream:
            self.stream.reset() if reset else self.stream.close()


async def connect(host: str, port: int) -> socket:
    """Connect to the first address of the host that takes it. Raises OSError."""
    loop = asyncio.get_running_loop()
    failure = OSError(f"{host} has no address")
    for family, kind, number, _, address in await loop.getaddrinfo(host, port, type=SOCK_STREAM):
        connection = socket(family, kind, number)
        connection.setblocking(False)
        try:
            await loop.sock_connect(connection, address)
        except BaseException as error:
            connection.close()
            if not isinstance(error, OSError):
                raise
            failure = error
        else:
            send_at_once(connection)
            return connection
    raise failure
