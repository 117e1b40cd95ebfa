"""One of the two connections of a relayed session."""

import _socket
import asyncio
from collections.abc import Callable
from enum import Enum, auto
from socket import SOCK_STREAM, socket

from pop3lab.transport.reactor import Reactor
from pop3lab.transport.sockets import send_at_once
from pop3lab.transport.stream import Stream


class Hold(Enum):
    """The reasons for not reading from a side."""

    CONNECTING = auto()  # not connected to the server yet
    STLS = auto()  # TLS may come next
    SLOW = auto()  # the other side is blocked
    AHEAD = auto()  # too many commands are unanswered


_NOWHERE = {Hold.CONNECTING, Hold.STLS}


class RelayConnection:
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
        self.stream: Stream | None = None
        self.over = False
        self.ended = False  # the peer knows that no more will come
        self.lost = False
        self._holds: set[Hold] = set()
        self._early: list[bytes] = []  # data received in the meantime

    def begin(self, connection: _socket.socket, reactor: Reactor) -> None:
        """Take an established connection."""
        self.stream = Stream(connection, reactor)
        self.stream.begin(self)
        if self._holds:
            self.stream.pause_reading()
        self._on_connected(self)

    def hold(self, why: Hold) -> None:
        """Stop reading until this reason and all others are released."""
        self._holds.add(why)
        if self.stream:
            self.stream.pause_reading()

    def release(self, why: Hold) -> None:
        """Release a reason."""
        self._holds.discard(why)
        while self._early and not self._holds & _NOWHERE:
            self._on_data(self, self._early.pop(0))
        if self.stream and not self._holds:
            self.stream.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Pass data on; data that arrives with the end of a handshake waits for its turn."""
        if self._holds & _NOWHERE:
            self._early.append(data)
        else:
            self._on_data(self, data)

    def eof_received(self) -> None:
        """Note the end of input; output continues, except under TLS."""
        self.over = True
        stays = self._on_eof()
        if self.other and not (self.other.over or self._is_secure):
            stays = self.other.end() or stays
        else:
            stays = False
        if self.stream and not stays:
            self.stream.close()  # once everything is sent; then the other side is

    def end(self) -> bool:
        """Send the end of output; return whether that was possible."""
        if self.stream and not (self.stream.is_closing or self._is_secure):
            self.stream.half_close()
            self.ended = True
        return self.ended

    @property
    def _is_secure(self) -> bool:
        return bool(self.stream and self.stream.seal)

    def connection_lost(self, error: OSError | None) -> None:
        """Note that it is closed."""
        if not self.lost:
            self.lost = self.over = True
            self._on_lost(self, error is not None)

    def some_taken(self) -> None:
        """The other side is not read before all is."""

    def resume_writing(self) -> None:
        """Continue reading the other side."""
        if self.other:
            self.other.release(Hold.SLOW)

    def write(self, data: bytes) -> None:
        """Send data, if it is still open. While data waits, the other side is not read."""
        if self.stream and data:
            self.stream.write(data)
            if self.other and self.stream.is_full and not self.stream.is_closing:
                self.other.hold(Hold.SLOW)

    def close(self, reset: bool = False) -> None:
        """Close it in good order, or reset it."""
        if self.stream:
            self.stream.reset() if reset else self.stream.close()


async def connect(host: str, port: int) -> socket:
    """Connect to the first address of the host that accepts. Raises OSError."""
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
