"""Where the parts meet: users, a store, quirks, watchers and a runner."""

import asyncio
import os
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from pop3lab.core.events import Watch
from pop3lab.core.guard import NO_GUARD, Guard
from pop3lab.core.limits import Limits, check_limits
from pop3lab.core.maildrop import Store, Users
from pop3lab.core.offer import Offer
from pop3lab.core.sasl import Channel
from pop3lab.core.session import Session
from pop3lab.faults.rules import Rules
from pop3lab.run.accepting import Listening, accept
from pop3lab.run.aio import Connection
from pop3lab.run.tls import Tls

_LAST_OCTETS = 1.0  # seconds that closing connections get at the end to send what is left


class Server:
    """Serves a store's maildrops to its users.

    rules: none is by the book. tls: for STLS. clear_passwords:
    passwords may pass without TLS; on loopback they always may. connections, from_address: how
    many at once, 0 for any number; loopback is not counted by address.

    Raises ConfigError for limits beyond their bounds.
    """

    def __init__(
        self,
        users: Users,
        store: Store,
        *,
        rules: Rules | None = None,
        limits: Limits = Limits(),
        offer: Offer = Offer(),
        guard: Guard = NO_GUARD,
        tls: Tls | None = None,
        clear_passwords: bool = False,
        connections: int = 0,
        from_address: int = 0,
        watch: Watch | None = None,
    ) -> None:
        check_limits(limits)
        self.users = users
        self.tls = tls
        self._store = store
        self.rules = rules or Rules()
        self.rules.shared.stop = self.stop
        self._limits = limits
        self._offer = offer
        self._guard = guard
        self._clear_passwords = clear_passwords
        self._most = connections
        self._most_from_address = from_address
        self._watch = watch
        self._variants: dict[str, Tls] = {}
        self._connections: dict[Connection, str] = {}  # with where each comes from
        self._from: Counter[str] = Counter()
        self._sessions = 0
        self._grace = 0.0
        self._stopped = asyncio.Event()
        self._hurried = asyncio.Event()
        self._all_closed = asyncio.Event()

    async def serve(self, *listening: Listening) -> None:
        """Accept clients until stop; back when the last connection is closed."""
        closers = [await self.accept(one) for one in listening]
        await self._stopped.wait()
        for close in closers:
            close()
        await self._closed(self._grace)
        for connection in tuple(self._connections):
            connection.stop()
        self._hurried.clear()
        await self._closed(_LAST_OCTETS)
        for connection in tuple(self._connections):
            connection.cut()

    async def accept(self, listening: Listening) -> Callable[[], None]:
        """Accept clients from now on; what comes back ends that, and leaves sessions alone."""
        return await accept(listening, self._connection)

    def stop(self, grace: float = 0.0) -> None:
        """End serve. Sessions may end by themselves for so many seconds, then they are reset.

        Called again, it waits no longer.
        """
        if self._stopped.is_set():
            self._hurried.set()
        self._grace = grace
        self._stopped.set()

    def _connection(self, peer: str, secure: bool) -> Connection:
        return Connection(self._session, self._gone, self._certificate, peer, secure)

    def _certificate(self, name: str) -> Tls:
        assert self.tls
        if not name:
            return self.tls
        if name not in self._variants:
            from pop3lab.run.variants import make_variant  # not without need: cryptography is large

            self._variants[name] = make_variant(name, self.tls)
        return self._variants[name]

    def _session(self, connection: Connection, peer: str) -> Session:
        host = peer.rpartition(":")[0]
        near = _is_loopback(host)
        host = _counted_as(host)
        turned_away = self._turned_away(host, near)
        self._connections[connection] = host
        self._from[host] += 1
        self._sessions += 1
        return Session(
            self._sessions,
            self.users,
            self._store,
            timestamp=_once(self._sessions),
            peer=peer,
            turned_away=turned_away,
            offer=self._offer,
            channel=Channel(clear=near or self._clear_passwords, challenge=_once(self._sessions)),
            limits=self._limits,
            script=self.rules,
            guard=self._guard,
            watch=self._watch,
        )

    def _turned_away(self, host: str, near: bool) -> str:
        if 0 < self._most <= len(self._connections):
            return "too many connections"
        if not near and 0 < self._most_from_address <= self._from[host]:
            return "too many connections from this address"
        return ""

    def _gone(self, connection: Connection) -> None:
        host = self._connections.pop(connection, None)
        if host is not None:
            self._from[host] -= 1
            if not self._from[host]:
                del self._from[host]
        if not self._connections:
            self._all_closed.set()

    async def _closed(self, seconds: float) -> None:
        """Wait so long for all connections to close, unless somebody is in a hurry."""
        self._all_closed.clear()
        if not self._connections or not seconds:
            return
        waits = [asyncio.create_task(e.wait()) for e in (self._all_closed, self._hurried)]
        with suppress(TimeoutError):
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()


def _counted_as(host: str) -> str:
    """Addresses of one IPv6 network of 64 bits are one client's."""
    if ":" not in host:
        return host
    from ipaddress import ip_network

    return str(ip_network((host.partition("%")[0], 64), strict=False))


def _is_loopback(host: str) -> bool:
    return host.startswith("127.") or host in ("::1", "::ffff:127.0.0.1")


def _once(session: int) -> str:
    """A msg-id, never the same nor to be guessed; of the form that Mail::Box looks for."""
    return f"<{int.from_bytes(os.urandom(8))}.{session}@pop3lab>"
