"""Performing a session's actions on a transport, with back-pressure both ways."""

import asyncio
import math
from collections.abc import Iterator
from functools import partial
from ssl import SSLError

from pop3lab.core.actions import (
    Action,
    AwaitData,
    Close,
    EndTLS,
    HalfClose,
    OffloadNext,
    Pause,
    Reset,
    Send,
    StartTLS,
    Verify,
)
from pop3lab.transport.offload import Offloading
from pop3lab.transport.sockets import acknowledge_at_once, read_at_once
from pop3lab.transport.threads import Threads
from pop3lab.transport.tls import Certificates, Tls, reason_of, secured
from pop3lab.transport.tls_engine import TlsEngine
from pop3lab.transport.tls_handshake import Handshake, InClear
from pop3lab.transport.tls_transport import TlsTransport


class ActionRunner(Offloading):
    """The actions of one session, pulled only while the transport takes more.

    tls: the certificates that there are now. threads: those of the server.
    """

    __slots__ = (
        "_deaf",
        "_full",
        "_greeted",
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
        within = isinstance(action, OffloadNext) and action.within
        self._write(self._gathered.take_most() if within else self._gathered.take())
        match action:
            case Pause(seconds, deaf):
                self._pause(seconds, deaf)
            case AwaitData():
                self._hear()
            case OffloadNext() | Verify():
                self._ask_threads(action)
            case StartTLS() | EndTLS():
                self._change_tls(action)
            case HalfClose(notify):
                self._shut(notify)
            case Close(notify):
                self._close("dropped", notify=notify)
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

    def _change_tls(self, action: StartTLS | EndTLS) -> None:
        if isinstance(action, StartTLS):
            self._busy = True
            self._loop.call_soon(self._start_tls, action)  # it reads, which is held here
        elif isinstance(self._transport, TlsTransport):
            self._transport.leave()

    def _start_tls(self, start: StartTLS) -> None:
        """What the client has sent, in a pause before or from here on, is for TLS only."""
        try:
            tls = self._tls(start.certificate)
        except BaseException:
            self._busy = False
            self._reset("failed")
            raise
        early = self._unread
        self._drop_unread()
        read_at_once(self._raw, tls.at_once)
        handshake = Handshake(
            self._raw,
            self,
            TlsEngine(tls.context),
            partial(self._shaken, tls),
            broke=self._broke,
            named=not self._greeted,
        )
        handshake.begin(early, self._session.limits.handshake, start.between)

    def _shaken(self, tls: Tls, found: TlsTransport | OSError, early: bytes) -> None:
        self._busy = False
        if self._closing:
            self._end()
        elif isinstance(found, TlsTransport):
            self._secured(tls, found, early)
        elif isinstance(found, SSLError):
            self._not_secured(f"the handshake failed: {reason_of(found)}")
        elif not isinstance(found, InClear):
            self._over("tls_failed")  # the client is gone
        elif self._greeted:
            self._perform_all(self._session.plaintext_after_stls())
        else:
            self._not_secured(str(found))

    def _secured(self, tls: Tls, transport: TlsTransport, early: bytes) -> None:
        self._transport = transport
        self._unread = early
        self._early = bool(early) and not self._greeted
        acknowledge_at_once(self._socket)  # a client waits 40 ms for it behind its Finished
        connection = transport.get_extra_info("ssl_object")
        self._session.secured(secured(self._session.channel, connection, tls))
        if self._full:
            self.resume_writing()  # a client that shakes hands has read all that was before
        self._after_busy()

    def _not_secured(self, reason: str) -> None:
        """The alert is written; where there is none, FIN says it."""
        self._session.unsecured(reason)
        self._close("tls_failed", lingers=True)

    def _broke(self, error: SSLError) -> None:
        """What comes is no TLS any more, or a forgery."""
        self._session.unsecured(f"what came is broken: {reason_of(error)}")
        self._close("tls_broken")

    def _after_busy(self) -> None:
        if self._closing:
            self._end()
        else:
            self._go_on()
