"""One client's connection, as asyncio tells of it."""

from asyncio import BaseTransport, Protocol, TimerHandle, Transport
from collections.abc import Callable
from contextlib import suppress
from math import inf
from typing import cast

from pop3lab.transport.action_runner import ActionRunner
from pop3lab.transport.connection_limits import network_of
from pop3lab.transport.offload import LAST_LOGIN
from pop3lab.transport.session_protocol import SessionProtocol
from pop3lab.transport.sockets import (
    can_take_octets,
    octets_have_come,
    peer_of,
    read_at_once,
    send_at_once,
)
from pop3lab.transport.threads import Threads
from pop3lab.transport.timeouts import RESPITE, Alarm
from pop3lab.transport.tls import Certificates, no_certificates

_HELD = 0.1  # seconds until a session is woken that could not be, since output waits
_UNREAD = 65_536  # octets that are kept at most while actions are held


class Connection(ActionRunner):
    """One client. Actions are pulled only while the transport takes more, octets read only between.

    opened: makes the session, given this connection and the peer's address as text. closed: told
    when all is over. tls: the certificates that there are now. peer: the client's address, if it
    is not the transport's. secure: TLS from the first octet. threads: those of the server.
    """

    __slots__ = (
        "_alarm",
        "_closed",
        "_made",
        "_opened",
        "_peer",
        "_secure",
        "_spared",
        "_stall_spared",
        "_stalls",
        "_taken",
    )

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
        super().__init__(tls, threads)
        self._alarm = Alarm(self._loop, self._wake)
        self._opened = opened
        self._closed: Callable[[Connection], None] | None = closed  # told once
        self._peer = peer
        self._secure = secure
        self._made = self._active
        self._stalls: TimerHandle | None = None
        self._taken = 0  # octets, when output began to wait
        self._spared = 0.0  # the last deadline after which there was a respite
        self._stall_spared = False

    # What the transport calls

    def connection_made(self, transport: BaseTransport) -> None:
        """Greet."""
        self._raw = self._transport = cast(Transport, transport)
        read_at_once(transport)
        send_at_once(self._socket)
        peer = self._peer or peer_of(transport)
        self._network = network_of(peer.rpartition(":")[0])
        try:
            self._session = self._opened(self, peer)
        except BaseException:
            self._transport.set_protocol(Protocol())  # which hears the end in our place
            self._transport.abort()
            raise
        self._session.on_nudge(self._nudged)
        self._timer = self._loop.call_later(0.0, self._time_check)
        if self._session.watched and not self._secure:
            self._early = octets_have_come(self._socket)
        self._perform_all(self._session.greeting(self._secure))

    def data_received(self, data: bytes) -> None:
        """Obey the lines that are complete. What comes after the end of the session is dropped."""
        if self._closing:
            return
        if b"\n" in data:
            self._active = self._loop.time()
        if self._hearing:
            self._heard()
        elif self._actions is not None:
            self._keep(data)
        else:
            self._receive(data)

    def _keep(self, data: bytes) -> None:
        """For later: TLS may hand over what it has although reading is paused."""
        if self._stalled:
            return  # nothing will be obeyed any more; the client's end must be seen
        self._unread += data
        self._early = self._early or not self._greeted
        if len(self._unread) > _UNREAD:
            self._transport.pause_reading()

    def eof_received(self) -> bool:
        """Answer what came before, then close."""
        self._eof = True
        if self._closing:
            return False
        if self._actions is None or self._stalled:
            self._close("closed")
        elif self._place and self._place.waits:
            self._place.give_up()  # whoever has gone holds nobody up
        elif self._enters and not self._unread:
            self._loop.call_later(LAST_LOGIN, self._give_up)
        return self._transport.can_write_eof()

    def pause_writing(self) -> None:
        """The client does not read fast enough: neither pull nor read more."""
        self._full = True
        self._transport.pause_reading()
        if stall := self._session.limits.stall:
            self._count_stall(stall)

    def resume_writing(self) -> None:
        """Go on."""
        self._full = False
        self._resumed = True
        if self._stalls:
            self._stalls.cancel()
        self._active = self._loop.time()
        self._loop.call_soon(self._go_on)  # not from within the transport, which may be aborted

    def connection_lost(self, exc: Exception | None) -> None:
        """Release the session, at once or when its worker thread is done with it."""
        how = "reset" if exc or self._broken else "closed"
        self._over(how)
        self._alarm.set(inf)
        if self._stalls:
            self._stalls.cancel()
        if self._closed:
            self._session.gone(how)
            self._closed(self)
            self._closed = None

    # What happens although nothing comes

    def _pump(self) -> None:
        super()._pump()
        self._set_alarm()

    def _set_alarm(self) -> None:
        if self._actions is None and not self._closing:
            self._alarm.set(self._session.wakes)

    def _nudged(self) -> None:
        with suppress(RuntimeError):  # the loop is closed: so is the connection
            self._loop.call_soon_threadsafe(self._set_alarm)

    def _wake(self) -> None:
        if self._actions is not None or self._closing or self.is_owed:
            return  # what is going on, or has come, sets the alarm again
        if self._held:
            self._alarm.set(_HELD)
        else:
            self._perform_all(self._session.woken())

    # What the server calls

    def stop(self) -> None:
        """Reset the connection; one that is closing already only ends once its octets are sent."""
        if not self._closing:
            self._reset("stopped")
        elif not self._transport.get_write_buffer_size():
            self._transport.close()

    def cut(self) -> None:
        """Reset the connection, whatever is still to be sent."""
        self._reset("stopped")

    def evict(self) -> None:
        """Close it at once, without a word: its place is wanted."""
        self._over("evicted")
        self._raw.abort()

    @property
    def stays(self) -> bool:
        """Whether it is logged in, or is being closed already."""
        return self._closing or self._session.user is not None

    @property
    def is_owed(self) -> bool:
        """Whether octets have come that were not read."""
        return not self._closing and octets_have_come(self._socket)

    def _time_check(self) -> None:
        """Close what was idle for too long, or took too long to log in."""
        deadline = self._deadline
        left = deadline - self._loop.time()
        if left > 0 or self._busy:
            self._timer = self._loop.call_later(max(left, 0.1), self._time_check)
        elif self._spared != deadline and self.is_owed:
            self._spared = deadline
            self._timer = self._loop.call_later(RESPITE, self._time_check)
        elif self._transport.get_write_buffer_size():
            self._reset("timeout")
        else:
            self._close("timeout")

    @property
    def _deadline(self) -> float:
        limits = self._session.limits
        idle = self._active + limits.idle
        if limits.login and self._session.user is None:
            return min(idle, self._made + limits.login)
        return idle

    def _octets_taken(self) -> int:
        return self._written - self._transport.get_write_buffer_size()

    def _stall_check(self) -> None:
        """Reset a client that takes what waits for it too slowly, or not at all."""
        limits = self._session.limits
        taken = self._octets_taken()
        if taken - self._taken >= max(1, limits.rate * limits.stall):
            self._count_stall(limits.stall)
        elif not self._stall_spared and can_take_octets(self._socket):
            self._stall_spared = True
            self._stalls = self._loop.call_later(RESPITE, self._stall_check)
        else:
            self._reset("stalled")

    def _count_stall(self, seconds: float) -> None:
        self._taken = self._octets_taken()
        self._stall_spared = False
        self._stalls = self._loop.call_later(seconds, self._stall_check)
