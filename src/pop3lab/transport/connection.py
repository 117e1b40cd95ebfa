"""One client's connection: its session, its TLS, its time and its end."""

import math
from _socket import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from pop3lab.core.actions import StartTLS
from pop3lab.transport.action_runner import ActionRunner
from pop3lab.transport.flow import OVER, Flow
from pop3lab.transport.openssl import ssl
from pop3lab.transport.reactor import Reactor
from pop3lab.transport.session_protocol import SessionProtocol
from pop3lab.transport.sockets import (
    acknowledge_at_once,
    octets_have_come,
    octets_unread,
    octets_unsent,
    peer_of,
)
from pop3lab.transport.stream import Stream
from pop3lab.transport.threads import Threads
from pop3lab.transport.timeouts import Deadline, IdleTimer, StallTimer, WakeupTimer
from pop3lab.transport.tls import Certificates, Tls, channel_under_tls, no_certificates, reason_of
from pop3lab.transport.tls_engine import TlsEngine
from pop3lab.transport.tls_handshake import Handshake, NotTls
from pop3lab.transport.tls_layer import TlsLayer

_HELD = 0.1  # seconds until a session is woken that could not be, since output waits
_LINGER = 2.0  # seconds that a client gets to close its side after the server has closed its own
_IN_FLIGHT = 8192  # octets that the kernel sends at once, whatever the client has acknowledged


class Connection:
    """One client. Actions are pulled only while the stream takes more, octets read only between.

    opened: makes the session, given this connection and the peer's address as text. closed: called
    when all is over. tls: the certificates that there are now. peer: the client's address, if it
    is not the socket's. secure: TLS from the first octet. threads: those of the server.
    """

    __slots__ = (
        "_closed",
        "_idle_timer",
        "_linger",
        "_opened",
        "_peer",
        "_runner",
        "_secure",
        "_session",
        "_stall_timer",
        "_stream",
        "_threads",
        "_tls",
        "_tls_layer",
        "_wakeup_timer",
    )

    _session: SessionProtocol
    _runner: ActionRunner
    _idle_timer: IdleTimer

    def __init__(
        self,
        connection: socket,
        reactor: Reactor,
        opened: Callable[["Connection", str], SessionProtocol],
        closed: Callable[["Connection"], None],
        *,
        tls: Certificates = no_certificates,
        peer: str = "",
        secure: bool = False,
        threads: Threads,
    ) -> None:
        self._stream = Stream(connection, reactor)
        self._opened = opened
        self._closed: Callable[[Connection], None] | None = closed  # called once
        self._tls = tls
        self._tls_layer: TlsLayer | None = None
        self._peer = peer
        self._secure = secure
        self._threads = threads
        self._wakeup_timer: WakeupTimer | None = None  # of these three few have need
        self._stall_timer: StallTimer | None = None
        self._linger: Deadline | None = None

    def begin(self) -> None:
        """Greet."""
        stream = self._stream
        peer = self._peer or peer_of(stream.socket)
        try:
            self._session = session = self._opened(self, peer)
        except BaseException:
            stream.socket.close()
            self._left()
            raise
        host = peer.rpartition(":")[0]
        self._runner = ActionRunner(self, session, stream, self._threads, host)
        self._idle_timer = IdleTimer(self, session, stream.reactor)
        if session.may_wake:
            session.on_wakeup_reset(self._reset_wakeup)
        stream.begin(self)
        if session.watched and not self._secure:
            self._runner.early = octets_have_come(stream.socket)
        try:
            greeting = session.greeting(self._secure)
        except BaseException:
            self.reset("failed")
            raise
        self._runner.perform_all(greeting)

    # What the stream calls

    def data_received(self, data: bytes) -> None:
        """Obey the lines that are complete. What comes after the end of the session is dropped."""
        runner = self._runner
        if b"\n" in data and runner.flow not in OVER:
            self._idle_timer.active = self._stream.reactor.clock.now
        runner.on_data(data)

    def eof_received(self) -> None:
        """Answer what came before, then close."""
        if self._runner.is_over:
            self._runner.eof = True
            self._stream.close()
        else:
            self._runner.on_eof()

    def some_taken(self) -> None:
        """A client that reads a long message slowly is not idle."""
        self._idle_timer.active = self._stream.reactor.clock.now

    def resume_writing(self) -> None:
        """Go on: the kernel has taken what waited."""
        self._runner.seeks_early = True
        if self._stall_timer:
            self._stall_timer.cancel()
            self._stall_timer = None
        self._idle_timer.active = self._stream.reactor.clock.now
        self._runner.resume()

    def connection_lost(self, error: OSError | None) -> None:
        """Release the session, at once or when its worker thread is done with it.

        The timers know this connection: without them its memory is free at once.
        """
        how = "reset" if error or self._stream.refused else "closed"
        self._session_over(how, Flow.CLOSED)
        if self._wakeup_timer:
            self._wakeup_timer.set(math.inf)
        if self._stall_timer:
            self._stall_timer.cancel()
        del self._wakeup_timer, self._stall_timer, self._idle_timer, self._linger
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
        if self._runner.eof and self._runner.is_empty:
            self.close("closed")
        elif self._session.may_wake:
            self._set_wakeup(self._session.wakeup_delay)

    def blocked(self) -> None:
        """The client does not read fast enough."""
        limits = self._session.limits
        if limits.stall and not self._stall_timer and not self._stream.is_closing:
            self._stall_timer = StallTimer(self._stream, limits, partial(self.reset, "stalled"))

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
        self._stream.at_once = tls.at_once
        handshake = Handshake(
            self._stream,
            TlsEngine(tls.context),
            partial(self._shaken, tls),
            broke=self._tls_broke,
            named=not self._runner.greeted,
        )
        handshake.begin(early, self._session.limits.handshake, start.between)

    def _shaken(self, tls: Tls, found: TlsLayer | OSError, early: bytes) -> None:
        if self._runner.is_over:
            return
        if isinstance(found, TlsLayer):
            self._secured(tls, found, early)
        elif isinstance(found, ssl.SSLError):
            self._not_secured(f"the handshake failed: {reason_of(found)}")
        elif not isinstance(found, NotTls):
            self._session_over("tls_failed")  # the client is gone
        elif self._runner.greeted:
            self._runner.perform_all(self._session.plaintext_after_stls())
        else:
            self._not_secured(str(found))

    def _secured(self, tls: Tls, layer: TlsLayer, early: bytes) -> None:
        self._tls_layer = layer
        if early:
            self._runner.on_data(early)
        acknowledge_at_once(self._stream.socket)  # a client waits 40 ms for it behind its Finished
        session = self._session
        session.tls_established(channel_under_tls(session.channel, layer.connection, tls))
        self._runner.action_done()

    def _not_secured(self, reason: str) -> None:
        """The alert is written; where there is none, FIN says it."""
        self._session.tls_failed(reason)
        self.close("tls_failed", lingers=True)

    def _tls_broke(self, error: ssl.SSLError) -> None:
        """What comes is no TLS any more, or a forgery."""
        self._session.tls_failed(f"what came is broken: {reason_of(error)}")
        self.close("tls_broken")

    def end_tls(self) -> None:
        """Go on in clear, if it is under TLS."""
        if self._tls_layer:
            self._tls_layer.leave()

    # What happens although nothing comes

    def _reset_wakeup(self) -> None:
        with suppress(RuntimeError):  # the loop is closed: so is the connection
            self._stream.reactor.loop.call_soon_threadsafe(self._ask_wakeup)

    def _ask_wakeup(self) -> None:
        if self._runner.flow is Flow.READING:
            self._set_wakeup(self._session.wakeup_delay)

    def _set_wakeup(self, seconds: float) -> None:
        if self._wakeup_timer is None:
            if seconds == math.inf:
                return
            self._wakeup_timer = WakeupTimer(self._stream.reactor.loop, self._wake)
        self._wakeup_timer.set(seconds)

    def _wake(self) -> None:
        if self._runner.flow is not Flow.READING or self.has_unread_input:
            return  # what is going on, or has come, sets the alarm again
        if self._stream.is_full:
            self._set_wakeup(_HELD)
        else:
            self._runner.perform_all(self._session.wake_up())

    @property
    def is_idle(self) -> bool:
        """Whether the client's time counts: it is the client's turn to send, or to read."""
        return self._runner.flow in (Flow.READING, Flow.SENDING)

    @property
    def has_unread_input(self) -> bool:
        """Whether octets have come that were not read."""
        return not self._runner.is_over and octets_have_come(self._stream.socket)

    @property
    def is_owed(self) -> bool:
        """Whether it is the server that is behind: what has come is not read, or not answered."""
        return self._runner.flow is Flow.OFFLOADED or self.has_unread_input

    def timed_out(self) -> None:
        """Close the connection of a client that was idle for too long."""
        if self._stream.waiting:
            self.reset("timeout")
        else:
            self.close("timeout")

    # What the server calls

    @property
    def is_protected(self) -> bool:
        """Whether it is logged in, or is being closed already."""
        return self._runner.is_over or self._session.user is not None

    @property
    def number(self) -> int:
        """That of the session."""
        return self._session.number

    def stop(self) -> None:
        """Reset the connection; one that is closing already only ends once its octets are sent."""
        if not self._runner.is_over:
            self.reset("stopped")
        elif not self._stream.waiting:
            self._stream.close()

    def evict(self) -> None:
        """Close it at once, without a word: its place is wanted."""
        self._session_over("evicted")
        self._stream.abort()

    # The end

    def half_close(self, *, close_notify: bool) -> None:
        """Say that no more will come, and go on."""
        if not close_notify:
            self._stream.farewell = None
        self._stream.half_close()

    def close(self, how: str, *, close_notify: bool = True, lingers: bool = False) -> None:
        """Send FIN after all that is outstanding.

        close_notify: under TLS that is said in TLS first.

        Octets that come to a closed socket make the kernel reset the connection and forget what it
        has yet to send: where that may be, they are read and dropped until the client has closed.
        lingers: that may be in any case.
        """
        stream, watched = self._stream, self._session.watched
        eof = self._runner.eof
        if how == "dropped" and eof and watched and self._is_refused():
            how = "reset"
        self._session_over(how)
        if not close_notify:
            stream.farewell = None
        # How the client leaves is wanted where the session is watched; an idle client stays.
        curious = watched and how != "timeout"
        if eof or not (lingers or curious or self._may_meet_input()):
            stream.close()
        else:
            stream.half_close()
            stream.resume_reading()
        if not stream.lost:
            self._check_in(_LINGER)

    def _is_refused(self) -> bool:
        """Whether a client that has said that it will say no more is gone: it takes no answer."""
        if not self._stream.waiting:
            self._stream.half_close()
        return self._stream.refused or self._stream.is_closing

    def _may_meet_input(self) -> bool:
        """Whether closing now may reset the connection: octets come, or are yet to be sent."""
        stream = self._stream
        if self._tls_layer:
            return True  # the client may say in TLS that it closes
        return bool(
            stream.waiting
            or octets_unread(stream.socket)
            or (stream.written > _IN_FLIGHT and octets_unsent(stream.socket))
        )

    def _check_in(self, seconds: float) -> None:
        deadlines = self._stream.reactor.deadlines
        self._linger = Deadline(deadlines, seconds, self._check_lingering, lambda: False)

    def _check_lingering(self) -> None:
        now, idle = self._stream.reactor.loop.time(), self._session.limits.idle
        if self._stream.waiting and now < self._idle_timer.active + idle:
            self._check_in(_LINGER)
        else:
            self._stream.abort()

    def reset(self, how: str) -> None:
        """Send RST at once, whatever is still to be sent."""
        self._session_over(how)
        self._stream.reset()

    def _session_over(self, how: str, flow: Flow = Flow.LINGERING) -> None:
        self._idle_timer.cancel()
        if self._linger:
            self._linger.cancel()
        self._runner.end(how, flow)
