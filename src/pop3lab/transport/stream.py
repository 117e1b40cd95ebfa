"""A client's socket: octets in, and octets out as fast as the kernel takes them."""

from _socket import socket
from collections.abc import Callable, Sequence
from socket import SHUT_WR
from typing import Protocol

from pop3lab.core.actions import OpenFile
from pop3lab.transport.file_part import SENDS_FILES, FilePart
from pop3lab.transport.reactor import Reactor
from pop3lab.transport.sockets import reset_at_close

READ = 65_536  # octets at once
_PIECE = 65_536  # octets that are encrypted at once: four records
_RECORD = 16_384  # octets in a TLS record (RFC 8446 section 5.1)
_MANY = 64  # pieces in one call
_GATHERS = hasattr(socket, "sendmsg")  # Windows has none

Octets = bytes | memoryview


class Receiver(Protocol):
    """Whom a stream tells what comes."""

    def data_received(self, data: bytes) -> None:
        """These have come."""

    def eof_received(self) -> None:
        """No more will come. The stream stays open until it is closed."""

    def connection_lost(self, error: OSError | None) -> None:
        """It is closed, by us or by an error."""


class StreamOwner(Receiver, Protocol):
    """Who writes to a stream."""

    def some_taken(self) -> None:
        """The kernel has taken some of what waited, not all."""

    def resume_writing(self) -> None:
        """The kernel has taken all that waited."""


class Stream:
    """A connected socket that does not block.

    What the kernel does not take at once waits, and then the owner is told. What is to be done
    behind it (FIN, the end of TLS) waits with it. Under TLS octets wait as they were written, and
    are encrypted when the kernel takes more: a client that does not read costs no second copy.

    owner: who writes. receiver: whom it tells what comes: the owner, or TLS in between. seal: makes
    octets those of TLS. farewell: what TLS says before FIN. written: octets, by the owner. at_once:
    octets that are read. refused: the other side has closed, and refused what was sent then. lost:
    it is closed, or has failed and that is about to be told.
    """

    __slots__ = (
        "_blocked",
        "_closing",
        "_descriptor",
        "_ended",
        "_last",
        "_queue",
        "_reads",
        "_unsent",
        "at_once",
        "farewell",
        "lost",
        "owner",
        "reactor",
        "receiver",
        "refused",
        "seal",
        "socket",
        "written",
    )

    owner: StreamOwner
    receiver: Receiver

    def __init__(self, connection: socket, reactor: Reactor) -> None:
        self.socket = connection
        self.reactor = reactor
        self.seal: Callable[[Octets], bytes] | None = None
        self.farewell: Callable[[], None] | None = None
        self.written = 0
        self.at_once = READ
        self.refused = False
        self.lost = False
        self._descriptor = connection.fileno()
        self._unsent: list[memoryview] = []  # as they go out
        self._queue: list[memoryview | FilePart | Callable[[], None]] = []  # behind these
        self._reads = False
        self._blocked = False  # the kernel takes no more
        self._last = False  # nothing more may be written
        self._closing = False
        self._ended = False  # no more will come

    def begin(self, owner: StreamOwner) -> None:
        """Tell this owner all from now on."""
        self.owner = self.receiver = owner
        self.resume_reading()

    # Coming in

    def resume_reading(self) -> None:
        """Read what comes."""
        if not (self._reads or self._ended or self._closing or self.lost):
            self._reads = True
            self.reactor.set_reader(self._descriptor, self._readable)

    def pause_reading(self) -> None:
        """Leave it in the kernel."""
        if self._reads:
            self._reads = False
            self.reactor.set_reader(self._descriptor, None)

    def _readable(self) -> None:
        try:
            data = self.socket.recv(self.at_once)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._end(error)
            return
        if data:
            self.receiver.data_received(data)
        else:
            self._ended = True
            self.receiver.eof_received()
            if not self.lost:
                self.pause_reading()

    # Going out

    @property
    def waiting(self) -> int:
        """How many octets wait."""
        if not (self._unsent or self._queue):
            return 0
        return sum(len(piece) for piece in (*self._unsent, *self._queue) if not callable(piece))

    @property
    def is_reading(self) -> bool:
        """Whether it reads what comes."""
        return self._reads

    @property
    def is_closing(self) -> bool:
        """Whether it is closed, or about to be."""
        return self._closing or self.lost

    @property
    def is_full(self) -> bool:
        """Whether the kernel takes no more for now, or for ever."""
        return self._blocked or self._closing or self.lost

    def write(self, data: Octets) -> bool:
        """Send these, or as many as the kernel takes, and the others later; whether it is full."""
        seal = self.seal
        if self._blocked or self._last or self.lost or (seal and len(data) > _RECORD):
            self.write_all((data,))
            return self.is_full
        self.written += len(data)
        if seal:
            data = seal(data)
        try:
            sent = self.socket.send(data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError as error:
            self._fail(error)
            return True
        if sent < len(data):
            self._unsent.append(memoryview(data)[sent:])
            self._await_room()
            return True
        return False

    def write_all(self, pieces: Sequence[Octets]) -> None:
        """Send them in one call, if the kernel takes as many."""
        if self._last or self.lost:
            return
        self.written += sum(map(len, pieces))
        views = [memoryview(piece) for piece in pieces]
        if self.seal:  # the last octets are one record
            views[-1:] = [views[-1][:-_RECORD], views[-1][-_RECORD:]]
        waiting = self._queue if self.seal or self._queue else self._unsent
        waiting.extend(view for view in views if view)
        self._pump()

    def write_file(self, file: OpenFile, octets: int) -> None:
        """Send so many octets of a file, which nobody may change."""
        if octets and not (self._last or self.lost):
            self.written += octets
            self._queue.append(FilePart(file, octets))
            self._pump()

    def write_raw(self, octets: bytes) -> None:
        """Send octets of TLS itself, ahead of what is still to be encrypted."""
        if octets and not self.lost:
            self._unsent.append(memoryview(octets))
            self._pump()

    def then(self, *steps: Callable[[], None]) -> None:
        """Do this behind all that waits."""
        if not self.lost:
            self._queue.extend(steps)
            self._pump()

    def drop_waiting(self) -> None:
        """Send no more than what is ready to go out."""
        self._queue.clear()

    def _pump(self) -> None:
        if self._blocked:
            return
        while not self.lost and (self._unsent or self._queue):
            taken = self._send() if self._unsent else self._next()
            if not taken:
                self._await_room()
                return

    def _next(self) -> bool:
        """Whether the kernel can take more."""
        first = self._queue.pop(0)
        if callable(first):
            first()
        elif isinstance(first, FilePart):
            return self._send_file(first)
        elif self.seal:
            if len(first) > _PIECE:
                self._queue.insert(0, first[_PIECE:])
            self._send_sealed(self.seal, first[:_PIECE])
        else:
            self._unsent.append(first)
        return True

    def _send_sealed(self, seal: Callable[[Octets], bytes], piece: Octets) -> None:
        if sealed := seal(piece):
            self._unsent.append(memoryview(sealed))

    def _send_file(self, part: FilePart) -> bool:
        """Whether the kernel took all of it: the rest waits for a turn of the loop."""
        try:
            if self.seal:
                self._send_sealed(self.seal, part.read(_PIECE))
            elif SENDS_FILES:
                part.send(self.socket)
            else:
                self._unsent.append(memoryview(part.read(_PIECE)))
        except (BlockingIOError, InterruptedError):
            self._queue.insert(0, part)
            return False
        except OSError as error:
            self._fail(error)
            return True
        if part:
            self._queue.insert(0, part)
        return not part

    def _send(self) -> bool:
        """Whether the kernel took all that is ready to go out."""
        some = self._unsent[:_MANY]
        try:
            gathers = len(some) > 1 and _GATHERS
            sent = self.socket.sendmsg(some) if gathers else self.socket.send(some[0])
        except (BlockingIOError, InterruptedError):
            return False
        except OSError as error:
            self._fail(error)
            return True
        while self._unsent and sent >= len(self._unsent[0]):
            sent -= len(self._unsent.pop(0))
        if sent:
            self._unsent[0] = self._unsent[0][sent:]
        return not sent

    def _await_room(self) -> None:
        self._blocked = True
        self.reactor.set_writer(self._descriptor, self._writable)

    def _writable(self) -> None:
        self._blocked = False
        self._pump()
        if self.lost:
            return
        if self._blocked:
            self.owner.some_taken()
            return
        self.reactor.set_writer(self._descriptor, None)
        if not self._closing:
            self.owner.resume_writing()

    # How it ends

    def half_close(self) -> None:
        """Send FIN behind all that waits; what comes is still read."""
        if not self._last:
            self._last = True
            self.then(*self._farewells, self._shut)

    def _shut(self) -> None:
        try:
            self.socket.shutdown(SHUT_WR)
        except OSError:  # ENOTCONN; who reads finds no more than an end
            self.refused = True

    @property
    def _farewells(self) -> Sequence[Callable[[], None]]:
        return (self.farewell,) if self.farewell else ()

    def close(self) -> None:
        """Close it behind all that waits; what still comes is dropped."""
        if not (self._closing or self.lost):
            self._last = self._closing = True
            if not (self.farewell or self._unsent or self._queue):
                self._end()
                return
            self.then(*self._farewells, self._end)
            if not self.lost:
                self.pause_reading()

    def abort(self) -> None:
        """Close it at once."""
        self._end()

    def reset(self) -> None:
        """Close it at once, by RST."""
        reset_at_close(self.socket)
        self._end()

    def _fail(self, error: OSError) -> None:
        """Tell it in a turn of its own: whoever writes is in the middle of something."""
        self._stop()
        self.reactor.loop.call_soon(self._tell, error)

    def _end(self, error: OSError | None = None) -> None:
        if not self.lost:
            self._stop()
            self._tell(error)

    def _stop(self) -> None:
        self.lost = self._last = True
        self._reads = False
        self.reactor.forget(self._descriptor)
        self._unsent.clear()
        self._queue.clear()

    def _tell(self, error: OSError | None) -> None:
        """The owner knows this stream: without it both are free at once."""
        receiver = self.receiver
        self.socket.close()
        self.seal = self.farewell = None
        del self.owner, self.receiver
        receiver.connection_lost(error)
