"""One client's connection, as asyncio tells of it: its session, its TLS, its time and its end."""

import asyncio
import math
from asyncio import BaseTransport, Protocol, TimerHandle, Transport
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import cast

from pop3lab.core.actions import StartTLS
from pop3lab.transport.action_runner import ActionRunner, Flow
from pop3lab.transport.connection_limits import network_of
from pop3lab.transport.openssl import ssl
from pop3lab.transport.output import Output
from pop3lab.transport.session_protocol import SessionProtocol
from pop3lab.transport.sockets import (
    acknowledge_at_once,
    octets_have_come,
    peer_of,
    read_at_once,
    send_at_once,
)
from pop3lab.transport.threads import Threads
from pop3lab.transport.timeouts import IdleTimer, StallTimer, WakeupTimer
from pop3lab.transport.tls import Certificates, Tls, channel_under_tls, no_certificates, reason_of
from pop3lab.transport.tls_engine import TlsEngine
from pop3lab.transport.tls_handshake import Handshake, NotTls
from pop3lab.transport.tls_transport import TlsTransport

_HELD = 0.1  # seconds until a session is woken that could not be, since output waits
_LINGER = 2.0  # seconds that a client gets to close its side after the server has closed its own


class Connection(Protocol):
    """One client. Actions are pulled only while the transport takes more, octets read only between.

    opened: makes the session, given this connection and the peer's address as text. closed: called
    when all is over. tls: the certificates that there are now. peer: the client's address, if it
    is not the transport's. secure: TLS from the first octet. threads: those of the server.
    """

    __slots__ = (
        "_closed",
        "_eof",
        "_idle_timer",
        "_linger_timer",
        "_loop",
        "_opened",
        "_output",
        "_peer",
        "_runner",
        "_secure",
        "_session",
        "_stall_timer",
        "_threads",
        "_tls",
        "_wakeup_timer",
    )

    _session: SessionProtocol
    _output: Output
    _runner: ActionRunner
    _idle_timer: IdleTimer

    def __init__(
        self,
        opened: Callable[["Connection", str], SessionProtocol],
        closed: Callable[["Connection"], None],
        tls: Certificates = no_certificates,
        peer: str = "",
        secure: bool = False,
        *,
        threads: Threads,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._opened = opened
        self._closed: Callable[[Connection], None] | None = closed  # called once
        self._tls = tls
        self._peer = peer
        self._secure = secure
        self._threads = threads
        self._eof = False  # from the client
        self._wakeup_timer = WakeupTimer(self._loop, self._wake)
        self._stall_timer: StallTimer | None = None
        self._linger_timer: TimerHandle | None = None

    # What the transport calls

    def connection_made(self, transport: BaseTransport) -> None:
        """Greet."""
        self._output = Output(cast(Transport, transport))
        read_at_once(transport)
        send_at_once(self._output.socket)
        peer = self._peer or peer_of(transport)
        try:
            self._session = session = self._opened(self, peer)
        except BaseException:
            self._output.raw.set_protocol(Protocol())  # which hears the end in our place
            self._output.raw.abort()
            self._left()
            raise
        network = network_of(peer.rpartition(":")[0])
        self._runner = ActionRunner(self, session, self._output, self._threads, network)
        self._idle_timer = IdleTimer(self, session)
        session.on_wakeup_reset(self._reset_wakeup)
        if session.watched and not self._secure:
            self._output.early = octets_have_come(self._output.socket)
        self._runner.perform_all(session.greeting(self._secure))

    def data_received(self, data: bytes) -> None:
        """Obey the lines that are complete. What comes after the end of the session is dropped."""
        if b"\n" in data and not self._runner.is_over:
            self._idle_timer.active = self._loop.time()
        self._runner.on_data(data)

    def eof_received(self) -> bool:
        """Answer what came before, then close."""
        self._eof = True
        if self._runner.is_over:
            return False
        self._runner.on_eof()
        return self._output.transport.can_write_eof()

    def pause_writing(self) -> None:
        """The client does not read fast enough: neither pull nor read more."""
        self._output.full = True
        self._output.transport.pause_reading()
        limits = self._session.limits
        if limits.stall:
            if self._stall_timer is None:
                stalled = partial(self.reset, "stalled")
                self._stall_timer = StallTimer(self._output, limits, stalled)
            self._stall_timer.begin()

    def resume_writing(self) -> None:
        """Go on."""
        self._output.full = False
        self._output.seeks_early = True
        if self._stall_timer:
            self._stall_timer.end()
        self._idle_timer.active = self._loop.time()
        self._loop.call_soon(self._runner.resume)  # the transport, in which this is, may be aborted

    def connection_lost(self, exc: Exception | None) -> None:
        """Release the session, at once or when its worker thread is done with it.

        The timers know this connection: without them its memory is free at once.
        """
        how = "reset" if exc or self._output.refused else "closed"
        self._session_over(how, Flow.CLOSED)
        self._wakeup_timer.set(math.inf)
        if self._stall_timer:
            self._stall_timer.end()
        del self._wakeup_timer, self._stall_timer, self._idle_timer
        if self._closed:
            self._session.connection_closed(how)
            self._left()

    def _left(self) -> None:
        closed, self._closed = self._closed, None
        if closed:
            closed(self)

    # What the runner calls

    def drained(self) -> None:
        """Have the session woken if nothing comes, unless the client has said that nothing will."""
        if self._eof and self._runner.is_empty:
            self.close("closed")
        else:
            self._wakeup_timer.set(self._session.wakeup_delay)

    def start_tls(self, start: StartTLS) -> None:
        """Shake hands. What the client has sent, in a pause before or from here on, is for that."""
        if self._runner.is_over:
            return
        try:
            tls = self._tls(start.certificate)
        except BaseException:
            self.reset("failed")
            raise
        early = self._runner.take_unread()
        read_at_once(self._output.raw, tls.at_once)
        handshake = Handshake(
            self._output.raw,
            self,
            TlsEngine(tls.context),
            partial(self._shaken, tls),
            broke=self._tls_broke,
            named=not self._runner.greeted,
        )
        handshake.begin(early, self._session.limits.handshake, start.between)

    def _shaken(self, tls: Tls, found: TlsTransport | OSError, early: bytes) -> None:
        if self._runner.is_over:
            return
        if isinstance(found, TlsTransport):
            self._secured(tls, found, early)
        elif isinstance(found, ssl.SSLError):
            self._not_secured(f"the handshake failed: {reason_of(found)}")
        elif not isinstance(found, NotTls):
            self._session_over("tls_failed")  # the client is gone
        elif self._runner.greeted:
            self._runner.perform_all(self._session.plaintext_after_stls())
        else:
            self._not_secured(str(found))

    def _secured(self, tls: Tls, transport: TlsTransport, early: bytes) -> None:
        self._output.transport = transport
        if early:
            self._runner.on_data(early)
        acknowledge_at_once(self._output.socket)  # a client waits 40 ms for it behind its Finished
        connection = transport.get_extra_info("ssl_object")
        self._session.tls_established(channel_under_tls(self._session.channel, connection, tls))
        if self._output.full:
            self.resume_writing()  # a client that shakes hands has read all that was before
        self._runner.action_done()

    def _not_secured(self, reason: str) -> None:
        """The alert is written; where there is none, FIN says it."""
        self._session.tls_failed(reason)
        self.close("tls_failed", lingers=True)

    def _tls_broke(self, error: ssl.SSLError) -> None:
        """What comes is no TLS any more, or a forgery."""
        self._session.tls_failed(f"what came is broken: {reason_of(error)}")
        self.close("tls_broken")

    # What happens although nothing comes

    def _reset_wakeup(self) -> None:
        with suppress(RuntimeError):  # the loop is closed: so is the connection
            self._loop.call_soon_threadsafe(self._set_wakeup_timer)

    def _set_wakeup_timer(self) -> None:
        if self._runner.flow is Flow.READING:
            self._wakeup_timer.set(self._session.wakeup_delay)

    def _wake(self) -> None:
        if self._runner.flow is not Flow.READING or self.has_unread_input:
            return  # what is going on, or has come, sets the alarm again
        if self._runner.is_blocked:
            self._wakeup_timer.set(_HELD)
        else:
            self._runner.perform_all(self._session.wake_up())

    @property
    def is_idle(self) -> bool:
        """Whether the client's time counts: it is the client's turn to send, or to read."""
        return self._runner.flow in (Flow.READING, Flow.SENDING)

    @property
    def has_unread_input(self) -> bool:
        """Whether octets have come that were not read."""
        return not self._runner.is_over and octets_have_come(self._output.socket)

    def timed_out(self) -> None:
        """Close the connection of a client that was idle for too long."""
        if self._output.waiting:
            self.reset("timeout")
        else:
            self.close("timeout")

    # What the server calls

    @property
    def is_protected(self) -> bool:
        """Whether it is logged in, or is being closed already."""
        return self._runner.is_over or self._session.user is not None

    def stop(self) -> None:
        """Reset the connection; one that is closing already only ends once its octets are sent."""
        if not self._runner.is_over:
            self.reset("stopped")
        elif not self._output.waiting:
            self._output.transport.close()

    def evict(self) -> None:
        """Close it at once, without a word: its place is wanted."""
        self._session_over("evicted")
        self._output.raw.abort()

    # The end

    def close(self, how: str, *, close_notify: bool = True, lingers: bool = False) -> None:
        """Send FIN after all that is outstanding.

        close_notify: under TLS that is said in TLS first.

        Octets that come to a closed socket make the kernel reset the connection and forget what it
        has yet to send: where that may be, they are read and dropped until the client has closed.
        lingers: that may be in any case.
        """
        output, watched = self._output, self._session.watched
        if how == "dropped" and self._eof and watched and output.is_refused():
            how = "reset"
        self._session_over(how)
        if not close_notify:
            output.forgo_notify()
        # How the client leaves is wanted where the session is watched.
        if self._eof or not (lingers or watched or output.may_meet_input()):
            output.transport.close()
        else:
            output.end()
            output.transport.resume_reading()
        self._linger_timer = self._loop.call_later(_LINGER, self._check_lingering)

    def _check_lingering(self) -> None:
        output, idle = self._output, self._session.limits.idle
        if output.waiting and self._loop.time() < self._idle_timer.active + idle:
            self._linger_timer = self._loop.call_later(_LINGER, self._check_lingering)
        else:
            output.transport.abort()

    def reset(self, how: str) -> None:
        """Send RST at once, whatever is still to be sent."""
        self._session_over(how)
        self._output.reset()

    def _session_over(self, how: str, flow: Flow = Flow.LINGERING) -> None:
        self._idle_timer.cancel()
        if self._linger_timer:
            self._linger_timer.cancel()
        self._runner.end(how, flow)
