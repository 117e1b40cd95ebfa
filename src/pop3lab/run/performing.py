"""Performing a session's actions on a transport, with back-pressure both ways."""

import asyncio
import math
from asyncio import Future, Protocol, TimerHandle, Transport
from collections.abc import Iterator
from socket import SHUT_WR, socket
from typing import cast

from pop3lab.core.actions import Action, Close, Pause, Reset, Send, Shut, StartTLS, Wait
from pop3lab.core.session import Session
from pop3lab.run.sockets import octets_in_kernel, read_less_at_once, reset_at_close
from pop3lab.run.tls import Certificates, secured

_BATCH = 65_536  # octets that are gathered for one write
_LINGER = 2.0  # seconds that a client gets to close its side after the server has closed its own


class Performing(Protocol):
    """The actions of one session, pulled only while the transport takes more.

    tls: the certificates that there are now.
    """

    __slots__ = (
        "_actions",
        "_active",
        "_busy",
        "_closing",
        "_early",
        "_eof",
        "_full",
        "_greeted",
        "_how",
        "_loop",
        "_pausing",
        "_raw",
        "_session",
        "_stalled",
        "_starting",
        "_timer",
        "_tls",
        "_transport",
        "_unread",
        "_waits",
        "_written",
    )

    _session: Session
    _raw: Transport  # without TLS
    _transport: Transport
    _timer: TimerHandle

    def __init__(self, tls: Certificates) -> None:
        self._loop = asyncio.get_running_loop()
        self._tls = tls
        self._active = self._loop.time()
        self._actions: Iterator[Action] | None = None
        self._busy = False  # with an action that takes time
        self._pausing: TimerHandle | None = None  # if that is a pause
        self._stalled = False  # for ever
        self._full = False  # the transport, with output that the client does not read
        self._eof = False  # from the client
        self._closing = False  # nothing more is obeyed
        self._how = ""  # the connection ended
        self._unread = b""  # came while actions were held
        self._greeted = False
        self._early = False  # something came before that
        self._waits = 0  # for worker threads until now
        self._written = 0  # octets, to the transport
        self._starting: asyncio.Task[None] | None = None  # TLS

    # Pulling actions

    def _perform_all(self, actions: Iterator[Action]) -> None:
        self._actions = actions
        self._pump()

    def _receive(self, data: bytes) -> None:
        early, self._early = self._early, False
        self._perform_all(self._session.receive(data, early))

    def _go_on(self) -> None:
        if self._actions is not None and not self._held:
            self._pump()
        while self._unread and self._actions is None and not self._held:
            data, self._unread = self._unread, b""
            self._receive(data)
        if self._actions is None and not self._held:
            self._transport.resume_reading()

    @property
    def _held(self) -> bool:
        return self._full or self._busy or self._closing or self._transport.is_closing()

    def _pump(self) -> None:
        try:
            if self._pull():
                self._actions = None
                self._greeted = True
        except BaseException as error:
            self._reset("failed")
            if not isinstance(error, OSError):
                raise
            # The loop takes an OSError for the connection's, and would not tell of it.
            self._loop.call_exception_handler({"message": "a session failed", "exception": error})
            return
        if self._actions is not None and not self._closing:
            self._hold_reading()
        elif self._eof and not self._closing:
            self._close("closed")

    def _hold_reading(self) -> None:
        """Read nothing until all actions are done; during a pause, see whether the client goes."""
        if self._pausing or self._stalled:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

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
            data = gathered[0] if len(gathered) == 1 else b"".join(gathered)
            self._written += len(data)
            self._transport.write(data)

    # Performing one

    def _perform(self, action: Action) -> None:
        match action:
            case Pause(seconds):
                self._pause(seconds)
            case Wait():
                self._wait()
            case StartTLS(certificate):
                self._busy = True
                self._starting = self._loop.create_task(self._start_tls(certificate))
            case Shut():
                self._shut()
            case Close(notify):
                self._close("dropped", notify)
            case Reset():
                self._reset("dropped")

    def _pause(self, seconds: float) -> None:
        self._busy = True
        if seconds == math.inf:
            self._stalled = True
        else:
            self._pausing = self._loop.call_later(seconds, self._paused)

    def _paused(self) -> None:
        self._busy = False
        self._pausing = None
        self._after_busy()

    def _wait(self) -> None:
        self._waits += 1
        try:
            pulled = self._loop.run_in_executor(None, self._pull_aside, self._waits)
        except Exception:  # noqa: BLE001 - whatever keeps a thread from being had
            self._waits += 1  # then it is pulled here, and the others wait, too
            return
        self._busy = True
        pulled.add_done_callback(self._waited)

    def _pull_aside(self, wait: int) -> Action | None:
        if wait != self._waits or self._actions is None:
            return None  # a thread came too late
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
                self._write([action.data])
            self._perform(action)
        self._after_busy()

    async def _start_tls(self, certificate: str) -> None:
        """What the client sends from here on is read by TLS only: reading is paused until then."""
        tls = self._tls(certificate)
        try:
            transport = await self._loop.start_tls(
                self._transport,
                self,
                tls.context,
                server_side=True,
                ssl_handshake_timeout=self._session.limits.handshake,
            )
        except OSError:
            transport = None
        self._busy = False
        if transport is None:
            self._over("no TLS")
            self.connection_lost(ConnectionAbortedError("no TLS"))
            return
        self._transport = transport
        read_less_at_once(transport)
        connection = transport.get_extra_info("ssl_object")
        self._session.secured(secured(self._session.channel, connection, tls))
        self._after_busy()

    def _after_busy(self) -> None:
        if self._closing:
            self._end()
        else:
            self._go_on()

    def _shut(self) -> None:
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:
            self._socket.shutdown(SHUT_WR)

    def _close(self, how: str, notify: bool = True) -> None:
        """FIN after all that is outstanding.

        Octets that come to a closed socket make the kernel reset the connection and forget what it
        has yet to send: where that may be, they are read and dropped until the client has closed.
        """
        self._over(how)
        if not notify:
            self._raw.close()
        elif self._eof or not self._must_linger():
            self._transport.close()
        else:
            self._transport.write_eof()
            self._transport.resume_reading()
        self._timer = self._loop.call_later(_LINGER, self._lingered)

    def _must_linger(self) -> bool:
        if not self._transport.can_write_eof():
            return False
        if self._session.watched:
            return True  # how the client leaves is wanted
        return bool(self._transport.get_write_buffer_size() or octets_in_kernel(self._socket))

    def _lingered(self) -> None:
        sending = self._transport.get_write_buffer_size() > 0
        if sending and self._loop.time() < self._active + self._session.limits.idle:
            self._timer = self._loop.call_later(_LINGER, self._lingered)
        else:
            self._transport.abort()

    def _reset(self, how: str) -> None:
        """RST at once."""
        self._over(how)
        reset_at_close(self._socket)
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
        if self._pausing:
            self._pausing.cancel()
            self._pausing = None
            self._busy = False
        if self._stalled:
            self._stalled = self._busy = False
        if not self._busy:
            self._actions = None
            self._session.end(self._how)
