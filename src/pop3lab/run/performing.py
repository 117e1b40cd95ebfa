"""Performing a session's actions on a transport, with back-pressure both ways."""

import asyncio
import math
from collections.abc import Iterator

from pop3lab.core.actions import (
    Action,
    Close,
    Hear,
    Pause,
    Reset,
    Send,
    Shut,
    StartTLS,
    Verify,
    Wait,
)
from pop3lab.run.asking import Asking
from pop3lab.run.handshake import InClear, shake_hands
from pop3lab.run.sockets import acknowledge_at_once, read_less_at_once
from pop3lab.run.threads import Threads
from pop3lab.run.tls import Certificates, secured


class Performing(Asking):
    """The actions of one session, pulled only while the transport takes more.

    tls: the certificates that there are now. threads: those of the server.
    """

    __slots__ = (
        "_deaf",
        "_full",
        "_greeted",
        "_starting",
        "_tls",
        "_unread",
    )

    def __init__(self, tls: Certificates, threads: Threads) -> None:
        super().__init__(asyncio.get_running_loop(), threads)
        self._tls = tls
        self._deaf = False  # in a pause
        self._full = False  # the transport, with output that the client does not read
        self._unread = b""  # came while actions were held
        self._greeted = False
        self._starting: asyncio.Task[None] | None = None  # TLS

    # Pulling actions

    def _perform_all(self, actions: Iterator[Action]) -> None:
        self._actions = actions
        self._resumed = False
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
        elif self._eof and not self._unread and not self._closing:
            self._close("closed")

    def _hold_reading(self) -> None:
        """Read nothing until all actions are done; but see whether a client that waits goes."""
        hears = self._pausing or self._place or self._stalled or self._enters
        if hears and not self._deaf:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    def _pull(self) -> bool:
        """Perform actions until there are no more, which is True, or something holds them."""
        assert self._actions is not None
        gathered = self._gathered
        for action in self._actions:
            if type(action) is Send:
                gathered.add(action)
                if not gathered.enough:
                    continue
                many = gathered.many
                self._write(gathered.take_most())
                if many:
                    self._rest()
            else:
                self._perform(action)
            if self._held:
                return False
        self._write(gathered.take())
        return True

    # Performing one

    def _perform(self, action: Action) -> None:
        within = isinstance(action, Wait) and action.within
        self._write(self._gathered.take_most() if within else self._gathered.take())
        match action:
            case Pause(seconds, deaf):
                self._pause(seconds, deaf)
            case Hear():
                self._hear()
            case Wait() | Verify():
                self._ask_threads(action)
            case StartTLS(certificate):
                self._busy = True
                self._starting = self._loop.create_task(self._start_tls(certificate))
            case Shut():
                self._shut()
            case Close(notify):
                self._close("dropped", notify)
            case Reset():
                self._reset("dropped")

    def _rest(self) -> None:
        self._busy = self._resumed = True
        self._loop.call_soon(self._rested)

    def _rested(self) -> None:
        self._busy = False
        self._after_busy()

    def _pause(self, seconds: float, deaf: bool) -> None:
        self._busy = True
        self._deaf = deaf
        if seconds == math.inf:
            self._stalled = True
        else:
            self._pausing = self._loop.call_later(seconds, self._paused)

    def _paused(self) -> None:
        self._busy = self._deaf = False
        self._pausing = None
        self._after_busy()

    def _hear(self) -> None:
        if self._unread:
            self._drop_unread()
        else:
            self._busy = self._stalled = self._hearing = True

    def _drop_unread(self) -> None:
        self._unread = b""
        self._early = False

    def _heard(self) -> None:
        self._busy = self._stalled = self._hearing = False
        self._early = False
        self._after_busy()

    def _pulled(self, action: Action) -> None:
        if isinstance(action, Send):
            self._gathered.add(action)
        else:
            self._perform(action)

    async def _start_tls(self, certificate: str) -> None:
        """What the client has sent, in a pause before or from here on, is for TLS only."""
        tls = self._tls(certificate)
        early = self._unread
        self._drop_unread()
        seconds = self._session.limits.handshake
        try:
            transport = await shake_hands(self._transport, self, tls.context, seconds, early)
        except InClear:
            self._stay_in_clear()
            return
        except OSError:
            transport = None
        self._busy = False
        if transport is None:
            self._over("no TLS")
            self.connection_lost(ConnectionAbortedError("no TLS"))
            return
        self._transport = transport
        acknowledge_at_once(self._socket)  # a client waits 40 ms for it behind its Finished
        read_less_at_once(transport)
        connection = transport.get_extra_info("ssl_object")
        self._session.secured(secured(self._session.channel, connection, tls))
        self._after_busy()

    def _stay_in_clear(self) -> None:
        """What has come is no TLS."""
        self._busy = False
        self._starting = None
        self._transport.set_protocol(self)
        if self._closing:
            self.connection_lost(ConnectionAbortedError("no TLS"))
        elif self._greeted:
            self._perform_all(self._session.behind())
        else:
            self._close("no TLS")

    def _after_busy(self) -> None:
        if self._closing:
            self._end()
        else:
            self._go_on()
