"""TLS on a stream: what comes is decrypted for its owner, what the owner writes is encrypted."""

from asyncio import Future
from collections.abc import Callable

from pop3lab.transport.openssl import ssl
from pop3lab.transport.stream import Stream
from pop3lab.transport.tls_engine import TlsEngine
from pop3lab.transport.tls_records import RecordSplitter, record_end

# Told once: why there is no TLS, or None; and what came with the end of the handshake.
_HandshakeDone = Callable[[OSError | None, bytes], None]


class TlsLayer:
    """Stands between a stream and its owner, who goes on to write to the stream.

    broke: told why, when what comes is no TLS any more, or a forgery; the alert that says so has
    been written, and the stream is to be closed.
    """

    __slots__ = (
        "_between",
        "_broke",
        "_engine",
        "_muted",
        "_notifies",
        "_owner",
        "_shaken",
        "_splitter",
        "_stream",
    )

    def __init__(
        self,
        stream: Stream,
        engine: TlsEngine,
        broke: Callable[[ssl.SSLError], None] | None = None,
    ) -> None:
        self._stream = stream
        self._owner = stream.owner
        self._engine = engine
        self._broke = broke or (lambda error: stream.close())
        self._shaken: _HandshakeDone | None = None  # while there is a handshake
        self._muted = False  # nothing that still comes is told to the owner
        self._notifies = True  # when it ends
        self._between = b""  # records of the handshake, in clear
        self._splitter: RecordSplitter | None = None  # what comes, where TLS is left

    @property
    def connection(self) -> ssl.SSLObject:
        """What Python knows of it."""
        return self._engine.connection

    def do_handshake(self, early: bytes, shaken: _HandshakeDone, between: bytes = b"") -> None:
        """Begin. early: what the other side has sent already.

        If it fails, the alert has been written, and the stream tells its owner what comes.
        between: octets that are sent in clear behind the first record of ours.
        """
        self._shaken = shaken
        self._between = between
        self._stream.receiver = self
        self._stream.resume_reading()
        self._engine.feed(early)
        self._shake()

    # What the stream calls

    def data_received(self, data: bytes) -> None:
        """Decrypt it, and answer what TLS itself asks."""
        if self._muted:
            return
        if self._shaken:
            self._engine.feed(data)
            self._shake()
            return
        clear = b""
        if self._splitter:
            data, clear = self._splitter.split(data)
        self._hand_over(self._engine.decrypt(data) + clear)

    def eof_received(self) -> None:
        """FIN, with close_notify before it or without."""
        if self._shaken:
            self._stream.close()
        else:
            self._end_heard()

    def connection_lost(self, error: OSError | None) -> None:
        """It is gone."""
        if shaken := self._shaken:
            self._shaken = None
            shaken(ConnectionAbortedError("the other side has left"), b"")
        owner = self._owner
        del self._owner, self._broke  # which know this layer: its memory is free at once
        owner.connection_lost(error)

    # Coming in

    def _shake(self) -> None:
        assert self._shaken
        done = self._engine.do_handshake()
        self._send_flight()
        failed = self._engine.failed
        if not (done or failed) or self._stream.lost:
            return
        shaken, self._shaken = self._shaken, None
        if failed:
            self._stream.receiver = self._owner
            shaken(failed, b"")
            return
        self._stream.seal, self._stream.farewell = self._engine.seal, self.notify
        shaken(None, self._engine.decrypt(b""))
        self._hand_over(b"")

    def _hand_over(self, data: bytes) -> None:
        engine = self._engine
        if engine.outgoing.pending:
            self._stream.write_raw(engine.take())
        if data:
            self._owner.data_received(data)
        if engine.failed:
            self._fail(engine.failed)
        elif engine.ended:
            self._end_heard()

    def _fail(self, error: ssl.SSLError) -> None:
        if not (self._muted or self._stream.is_closing):
            self._muted = True
            self._stream.drop_waiting()
            self._broke(error)

    def _end_heard(self) -> None:
        if not (self._muted or self._stream.is_closing):
            self._muted = True
            self._owner.eof_received()

    # Going out

    def _send_flight(self) -> None:
        octets = self._engine.take()
        if octets and self._between and not self._engine.failed:
            end = record_end(octets)
            octets = octets[:end] + self._between + octets[end:]
            self._between = b""
        self._stream.write_raw(octets)

    def notify(self) -> None:
        """Say close_notify, once."""
        if self._notifies:
            self._notifies = False
            self._engine.close_notify()
            self._stream.write_raw(self._engine.take())

    def leave(self) -> None:
        """close_notify behind all that waits; from then on it is in clear, and may come so, too."""
        self._stream.then(self._left)

    def _left(self) -> None:
        self.notify()
        self._splitter = self._splitter or self._engine.split_behind()
        self._stream.seal = None


async def start_tls(stream: Stream, engine: TlsEngine) -> TlsLayer:
    """TLS on either side of a connection; what comes under it may come before this is back.

    Raises OSError. The stream then tells its owner what comes, and has the alert, if there is
    one: it is to be closed.
    """
    layer, owner = TlsLayer(stream, engine), stream.owner
    done: Future[None] = stream.reactor.loop.create_future()

    def shaken(error: OSError | None, early: bytes) -> None:
        if done.done():
            return  # nobody waits any more
        if error:
            done.set_exception(error)
            return
        if early:
            owner.data_received(early)
        done.set_result(None)

    layer.do_handshake(b"", shaken)
    await done
    return layer
