"""How a connection ends, and the session with it."""

from asyncio import AbstractEventLoop, Protocol, TimerHandle, Transport
from collections.abc import Iterator
from socket import socket
from typing import cast

from pop3lab.core.actions import Action
from pop3lab.transport.session_protocol import SessionProtocol
from pop3lab.transport.sockets import octets_in_kernel, reset_at_close
from pop3lab.transport.threads import Place
from pop3lab.transport.tls_transport import TlsTransport

_LINGER = 2.0  # seconds that a client gets to close its side after the server has closed its own


class ConnectionCloser(Protocol):
    """One connection with its session: closed, half-closed or reset, by either side."""

    __slots__ = (
        "_actions",
        "_active",
        "_broken",
        "_busy",
        "_closing",
        "_eof",
        "_hearing",
        "_how",
        "_loop",
        "_pausing",
        "_place",
        "_raw",
        "_session",
        "_stalled",
        "_timer",
        "_transport",
    )

    _session: SessionProtocol
    _raw: Transport  # without TLS
    _transport: Transport
    _timer: TimerHandle

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._active = loop.time()
        self._actions: Iterator[Action] | None = None
        self._busy = False  # with an action that takes time
        self._pausing: TimerHandle | None = None  # if that is a pause
        self._place: Place | None = None  # if that is a hash
        self._stalled = False  # if it lasts until the client does something
        self._hearing = False  # if that may be to send something
        self._eof = False  # from the client
        self._broken = False  # by the client, which has closed and refused what was sent then
        self._closing = False  # nothing more is obeyed
        self._how = ""  # the connection ended

    def _shut(self, notify: bool) -> None:
        """FIN after all that is outstanding. notify: under TLS that is said in TLS first."""
        if self._closing:
            return
        if not notify:
            self._forgo_notify()
        self._write_eof()

    def _write_eof(self) -> None:
        try:
            self._transport.write_eof()
        except OSError:  # ENOTCONN; reading, and so the transport, finds no more than an end
            self._broken = True

    def _forgo_notify(self) -> None:
        if isinstance(self._transport, TlsTransport):
            self._transport.forgo_notify()

    def _close(self, how: str, *, notify: bool = True, lingers: bool = False) -> None:
        """FIN after all that is outstanding. notify: under TLS that is said in TLS first.

        Octets that come to a closed socket make the kernel reset the connection and forget what it
        has yet to send: where that may be, they are read and dropped until the client has closed.
        lingers: that may be in any case.
        """
        if how == "dropped" and self._eof and self._session.watched and self._is_refused():
            how = "reset"
        self._over(how)
        if not notify:
            self._forgo_notify()
        if self._eof or not (lingers or self._must_linger()):
            self._transport.close()
        else:
            self._write_eof()
            self._transport.resume_reading()
        self._timer = self._loop.call_later(_LINGER, self._lingered)

    def _is_refused(self) -> bool:
        """Whether a client that has said that it will say no more is gone: it takes no answer.

        The transport is closed already where more than one write was refused: under TLS, that of
        close_notify.
        """
        if self._transport.can_write_eof() and not self._transport.get_write_buffer_size():
            self._write_eof()
        return self._broken or self._raw.is_closing()

    def _must_linger(self) -> bool:
        if self._session.watched:
            return True  # how the client leaves is wanted
        if self._transport is not self._raw:
            return True  # it may say in TLS that it does
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
        self._raw.abort()  # that of TLS, closed twice, has forgotten it

    @property
    def _socket(self) -> socket:
        # Not of the transport of TLS, which forgets it when it is closed.
        return cast(socket, self._raw.get_extra_info("socket"))

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
        if self._place:
            self._place.leave()  # its thread knows nothing of the session
            self._place = None
            self._busy = False
        if self._stalled:
            self._stalled = self._hearing = self._busy = False
        if not self._busy:
            self._actions = None
            self._session.end(self._how)
