"""TLS between a transport of asyncio and a protocol."""

from asyncio import BaseProtocol, Protocol, Transport
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

from pop3lab.transport.openssl import ssl
from pop3lab.transport.tls_engine import Split, TlsEngine, record_end

# A transport that stands on another one, as far as the two are alike.


class LayeredTransport(Transport):
    """Hands on what it does not do itself. above: whose it is; below: what it stands on."""

    __slots__ = ("_above", "_below", "_closing")

    def __init__(self, below: Transport, above: Protocol) -> None:
        super().__init__()
        self._below = below
        self._above = above
        self._closing = False

    def can_write_eof(self) -> bool:
        """As the one below."""
        return self._below.can_write_eof()

    def is_closing(self) -> bool:
        """Whether it is closed, or about to be."""
        return self._closing or self._below.is_closing()

    def pause_reading(self) -> None:
        """Let octets wait in the kernel."""
        self._below.pause_reading()

    def resume_reading(self) -> None:
        """Read on."""
        self._below.resume_reading()

    def is_reading(self) -> bool:
        """Whether octets are read."""
        return self._below.is_reading()

    def set_protocol(self, protocol: BaseProtocol) -> None:
        """From now on it is this one's."""
        self._above = cast(Protocol, protocol)

    def get_protocol(self) -> BaseProtocol:
        """Whose it is."""
        return self._above

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """What the one below knows."""
        return self._below.get_extra_info(name, default)


_PIECE = 65_536  # octets that are encrypted at once: four records

# Told once: why there is no TLS, or None; and what came with the end of the handshake.
_HandshakeDone = Callable[[OSError | None, bytes], None]


class TlsTransport(LayeredTransport, Protocol):
    """What is written leaves encrypted, what comes is decrypted before the protocol gets it.

    To the protocol above it is a transport, to the transport below a protocol. Octets wait as they
    were written, and are encrypted when the one below takes more: a client that does not read costs
    no second copy of them. broke: told why, when what comes is no TLS any more, or a forgery; the
    alert that says so has been written, and it is to be closed.
    """

    __slots__ = (
        "_between",
        "_broke",
        "_engine",
        "_full",
        "_heard_end",
        "_last",
        "_notifies",
        "_octets",
        "_paused",
        "_shaken",
        "_split",
        "_waiting",
    )

    def __init__(
        self,
        below: Transport,
        above: Protocol,
        engine: TlsEngine,
        broke: Callable[[ssl.SSLError], None] | None = None,
    ) -> None:
        super().__init__(below, above)
        self._engine = engine
        self._broke = broke or (lambda error: self.close())
        self._shaken: _HandshakeDone | None = None  # while there is a handshake
        # To be encrypted, and what is to be done behind it.
        self._waiting: deque[memoryview | Callable[[], None]] = deque()
        self._octets = 0  # of these
        self._full = False  # the transport below
        self._paused = False  # the protocol above, which is told once
        self._heard_end = False  # nothing that still comes is said to the protocol
        self._last = False  # nothing more may be written
        self._notifies = True  # when it ends
        self._between = b""  # records of the handshake, in clear
        self._split: Split | None = None  # what comes, where TLS is left

    def do_handshake(self, early: bytes, shaken: _HandshakeDone, between: bytes = b"") -> None:
        """Begin. early: what the other side has sent already.

        If it fails, the alert has been written, and the transport below is again the protocol's.
        between: octets that are sent in clear behind the first record of ours.
        """
        self._shaken = shaken
        self._between = between
        self._below.set_protocol(self)
        self._below.resume_reading()
        self._engine.feed(early)
        self._shake()

    # What the transport below calls

    def data_received(self, data: bytes) -> None:
        """Decrypt it, and answer what TLS itself asks."""
        if self._closing or self._heard_end:
            return
        data, clear = self._split(data) if self._split else (data, b"")
        self._engine.feed(data)
        if self._shaken:
            self._shake()
        else:
            self._hand_over(self._engine.read() + clear)

    def eof_received(self) -> bool:
        """FIN, with close_notify before it or without: no more will come."""
        if self._shaken:
            return False
        self._end_heard()
        return True  # it is closed by whoever is above

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone, below and above."""
        self._last = self._closing = True
        self._drop_waiting()
        if shaken := self._shaken:
            self._shaken = None
            shaken(ConnectionAbortedError("the other side has left"), b"")
        self._above.connection_lost(exc)
        del self._above, self._broke  # which know this transport: its memory is free at once

    def pause_writing(self) -> None:
        """The other side does not read fast enough."""
        self._full = True
        if not (self._shaken or self._paused):
            self._paused = True
            self._above.pause_writing()

    def resume_writing(self) -> None:
        """It does again."""
        self._full = False
        with suppress(OSError):  # the end could not be told, and reading will find one
            self._pump()
        if self._paused and not self._full:
            self._paused = False
            self._above.resume_writing()

    # Coming in

    def _shake(self) -> None:
        assert self._shaken
        done = self._engine.do_handshake()
        self._send_flight()
        failed = self._engine.failed
        if not (done or failed):
            return
        shaken, self._shaken = self._shaken, None
        if failed:
            self._below.set_protocol(self._above)
            shaken(failed, b"")
            return
        early = self._engine.read()
        shaken(None, early)
        self._hand_over(b"")

    def _hand_over(self, data: bytes) -> None:
        self._send_made()
        if data:
            self._above.data_received(data)
        if self._engine.failed:
            self._fail(self._engine.failed)
        elif self._engine.ended:
            self._end_heard()

    def _fail(self, error: ssl.SSLError) -> None:
        if not (self._heard_end or self._closing):
            self._heard_end = True
            self._drop_waiting()
            self._broke(error)

    def _end_heard(self) -> None:
        if self._heard_end or self._closing:
            return
        self._heard_end = True
        if not self._above.eof_received():
            self.close()

    # Going out

    def _send_flight(self) -> None:
        octets = self._engine.take()
        if octets and self._between and not self._engine.failed:
            end = record_end(octets)
            octets = octets[:end] + self._between + octets[end:]
            self._between = b""
        if octets:
            self._below.write(octets)

    def _send_made(self) -> None:
        if octets := self._engine.take():
            self._below.write(octets)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send it, as soon as that can be."""
        if self._last or self._engine.failed:
            return
        if len(data) <= _PIECE and not (self._waiting or self._full):
            self._encrypt(data)
            return
        self._waiting.append(memoryview(data))
        self._octets += len(data)
        self._pump()

    def _pump(self) -> None:
        """Encrypt what waits, as long as the transport below takes it."""
        while self._waiting and not self._full:
            first = self._waiting.popleft()
            if callable(first):
                first()
                continue
            piece, rest = first[:_PIECE], first[_PIECE:]
            if rest:
                self._waiting.appendleft(rest)
            self._octets -= len(piece)
            self._encrypt(piece)

    def _encrypt(self, piece: bytes | bytearray | memoryview) -> None:
        if self._below.is_closing():
            return  # the other side is gone, and asyncio would log each write
        if self._split:
            self._below.write(piece)
        else:
            self._engine.write(piece)
            self._send_made()

    # How it ends

    def forgo_notify(self) -> None:
        """When it ends, that is not said in TLS."""
        self._notifies = False

    def leave(self) -> None:
        """close_notify behind all that waits; from then on it is in clear, and may come so, too."""
        self._then(self._left)

    def write_eof(self) -> None:
        """close_notify, then FIN, behind all that waits; what comes is still read."""
        self._last = True
        self._then(self._notify, self._below.write_eof)

    def close(self) -> None:
        """close_notify, then FIN, behind all that waits; what still comes is dropped."""
        self._last = self._closing = True
        self._then(self._notify, self._below.close)

    def _then(self, *steps: Callable[[], None]) -> None:
        self._waiting.extend(steps)
        self._pump()

    def _notify(self) -> None:
        if self._notifies:
            self._notifies = False
            self._engine.close_notify()
            self._send_made()

    def _left(self) -> None:
        self._notify()
        self._split = self._split or Split()

    def abort(self) -> None:
        """At once, whatever waits."""
        self._last = self._closing = True
        self._drop_waiting()
        self._below.abort()

    def _drop_waiting(self) -> None:
        self._waiting.clear()
        self._octets = 0

    def get_write_buffer_size(self) -> int:
        """Octets that wait: those to be encrypted, and those that are."""
        return self._octets + self._below.get_write_buffer_size()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """ssl_object, and what the transport below knows."""
        if name == "ssl_object":
            return self._engine.connection
        return super().get_extra_info(name, default)
