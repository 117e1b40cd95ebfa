"""Performs a session's actions on an asyncio transport, with back-pressure both ways."""

import asyncio
import struct
from asyncio import Future, Protocol, TimerHandle, Transport
from collections.abc import Callable, Iterator
from fcntl import ioctl
from socket import SO_LINGER, SOL_SOCKET, socket
from termios import FIONREAD
from typing import cast

from pop3lab.core.actions import Action, Close, Pause, Reset, Send, Wait
from pop3lab.core.session import Session

_BATCH = 65_536  # octets that are gathered for one write
_LINGER = 2.0  # seconds that a client gets to close its side after the server has closed its own
_UNSENT = 0x894B  # SIOCOUTQNSD of Linux: octets of the send queue that have not been sent
_RESET_AT_CLOSE = struct.pack("ii", 1, 0)


class Connection(Protocol):
    """One client. Actions are pulled only while the transport takes more, octets read only between.

    opened: makes the session, given the peer's address as text. closed: told when all is over.
    idle: seconds without a command until the connection is closed.
    """

    __slots__ = (
        "_actions",
        "_active",
        "_busy",
        "_closed",
        "_closing",
        "_eof",
        "_full",
        "_how",
        "_idle",
        "_loop",
        "_opened",
        "_session",
        "_timer",
        "_transport",
    )

    _session: Session
    _transport: Transport
    _timer: TimerHandle

    def __init__(
        self,
        opened: Callable[[str], Session],
        closed: Callable[["Connection"], None],
        idle: float,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._opened = opened
        self._closed = closed
        self._idle = idle
        self._active = self._loop.time()
        self._actions: Iterator[Action] | None = None
        self._busy = False  # with an action that takes time
        self._full = False  # the transport, with output that the client does not read
        self._eof = False  # from the client
        self._closing = False  # nothing more is obeyed
        self._how = ""  # the connection ended

    # What the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._transport = cast(Transport, transport)
        host, port = transport.get_extra_info("peername") or ("unknown", 0)
        self._session = self._opened(f"{host}:{port}")
        self._timer = self._loop.call_later(self._idle, self._idle_check)
        self._perform_all(self._session.greeting())

    def data_received(self, data: bytes) -> None:
        """Obey the lines that are complete. What comes after the end of the session is dropped."""
        if self._closing:
            return
        if b"\n" in data:
            self._active = self._loop.time()
        self._perform_all(self._session.receive(data))

    def eof_received(self) -> bool:
        """Answer what came before, then close."""
        self._eof = True
        if self._closing:
            return False
        if self._actions is None:
            self._close("closed")
        return True

    def pause_writing(self) -> None:
        """The client does not read fast enough: neither pull nor read more."""
        self._full = True
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Go on."""
        self._full = False
        self._active = self._loop.time()
        self._go_on()

    def connection_lost(self, exc: Exception | None) -> None:
        """Release the session, at once or when its worker thread is done with it."""
        self._over("reset" if exc else "closed")
        self._closed(self)

    # What the server calls

    def stop(self) -> None:
        """Reset the connection; one that is closing already only ends once its octets are sent."""
        if not self._closing:
            self._reset("stopped")
        elif not self._transport.get_write_buffer_size():
            self._transport.close()

    # Pulling actions

    def _perform_all(self, actions: Iterator[Action]) -> None:
        self._actions = actions
        self._pump()

    def _go_on(self) -> None:
        if self._actions is not None and not self._held:
            self._pump()
        if self._actions is None and not self._held:
            self._transport.resume_reading()

    @property
    def _held(self) -> bool:
        return self._full or self._busy or self._closing

    def _pump(self) -> None:
        try:
            if self._pull():
                self._actions = None
        except BaseException:
            self._reset("failed")
            raise
        if self._actions is not None and not self._closing:
            self._transport.pause_reading()
        elif self._eof and not self._closing:
            self._close("closed")

    def _pull(self) -> bool:
        """Perform actions until there are no more, which is True, or something holds them."""
        assert self._actions is not None
        gathered: list[bytes] = []
        octets = 0
        for action in self._actions:
            if type(action) is Send:
                gathered.append(action.data)
                octets += len(action.data)
                if octets < _BATCH:
                    continue
            self._write(gathered)
            gathered, octets = [], 0
            self._perform(action)
            if self._held:
                return False
        self._write(gathered)
        return True

    def _write(self, gathered: list[bytes]) -> None:
        if gathered:
            self._transport.write(gathered[0] if len(gathered) == 1 else b"".join(gathered))

    # Performing one

    def _perform(self, action: Action) -> None:
        match action:
            case Pause(seconds):
                self._busy = True
                self._loop.call_later(seconds, self._paused)
            case Wait():
                self._busy = True
                pulled = self._loop.run_in_executor(None, self._pull_aside)
                pulled.add_done_callback(self._waited)
            case Close():
                self._close("dropped")
            case Reset():
                self._reset("dropped")

    def _paused(self) -> None:
        self._busy = False
        self._after_busy()

    def _pull_aside(self) -> Action | None:
        assert self._actions is not None
        return next(self._actions, None)

    def _waited(self, pulled: "Future[Action | None]") -> None:
        self._busy = False
        try:
            action = pulled.result()
        except BaseException:
            self._reset("failed")
            raise
        if not self._closing and action is not None:
            if isinstance(action, Send):
                self._transport.write(action.data)
            self._perform(action)
        self._after_busy()

    def _after_busy(self) -> None:
        if self._closing:
            self._end()
        else:
            self._go_on()

    def _close(self, how: str) -> None:
        """FIN after all that is outstanding.

        Octets that come to a closed socket make the kernel reset the connection and forget what it
        has yet to send: where that may be, they are read and dropped until the client has closed.
        """
        self._over(how)
        if self._eof or not (self._transport.get_write_buffer_size() or self._in_kernel()):
            self._transport.close()
            return
        self._transport.write_eof()
        self._transport.resume_reading()
        self._timer = self._loop.call_later(_LINGER, self._lingered)

    def _in_kernel(self) -> bool:
        descriptor = self._socket.fileno()
        try:
            return any(any(ioctl(descriptor, queue, bytes(4))) for queue in (FIONREAD, _UNSENT))
        except OSError:
            return True

    def _lingered(self) -> None:
        sending = self._transport.get_write_buffer_size() > 0
        if sending and self._loop.time() < self._active + self._idle:
            self._timer = self._loop.call_later(_LINGER, self._lingered)
        else:
            self._transport.abort()

    def _reset(self, how: str) -> None:
        """RST at once."""
        self._over(how)
        self._socket.setsockopt(SOL_SOCKET, SO_LINGER, _RESET_AT_CLOSE)
        self._transport.abort()

    @property
    def _socket(self) -> socket:
        return cast(socket, self._transport.get_extra_info("socket"))

    def _over(self, how: str) -> None:
        self._closing = True
        self._how = self._how or how
        self._timer.cancel()
        self._end()

    def _end(self) -> None:
        """Release the session, unless a worker thread is in it: then when that is back."""
        if not self._busy:
            self._actions = None
            self._session.end(self._how)

    def _idle_check(self) -> None:
        left = self._active + self._idle - self._loop.time()
        if left > 0 or self._busy:
            self._timer = self._loop.call_later(max(left, 0.01), self._idle_check)
        elif self._transport.get_write_buffer_size():
            self._reset("timeout")
        else:
            self._close("timeout")
