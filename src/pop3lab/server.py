"""The server: it joins users, a store, rules, observers and connections."""

from _socket import socket
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import count

from pop3lab.core.actions import Proof
from pop3lab.core.config import Limits, ServerCapabilities, check_limits
from pop3lab.core.events import EventSink
from pop3lab.core.login import NO_THROTTLE, LoginThrottle
from pop3lab.core.maildrop import ManagedStore, Store, Users
from pop3lab.core.sasl import Channel, Mechanism
from pop3lab.core.session import Session
from pop3lab.rules.engine import Rules
from pop3lab.transport.connection import Connection
from pop3lab.transport.connection_limits import ConnectionLimits, is_this_machine, network_of
from pop3lab.transport.listener import GreetedClient, ListeningSocket
from pop3lab.transport.reactor import Reactor
from pop3lab.transport.service import Service
from pop3lab.transport.threads import Threads
from pop3lab.transport.timestamp import new_timestamps
from pop3lab.transport.tls import Certificates, Tls


class Server:
    """Serves the maildrops of a store to users.

    Args:
        users: The accounts.
        store: The store that opens maildrops.
        rules: The rules; None for a server that follows the RFCs.
        limits: The limits of sessions and connections.
        capabilities: The capabilities that CAPA announces.
        throttle: Delays logins after failed ones.
        tls: Returns a certificate, given the name of a variant; None for no TLS.
        clear_passwords: Accept passwords without TLS everywhere (True), nowhere (False), or on
            loopback only (None).
        threads: The threads for blocking work; None for as many as the limits allow.
        sink: Receives the events.
        numbers: Returns the number of the next session; None to count them from 1.

    Raises:
        ConfigError: A limit is out of bounds.
    """

    def __init__(
        self,
        users: Users,
        store: Store,
        *,
        rules: Rules | None = None,
        limits: Limits = Limits(),
        capabilities: ServerCapabilities = ServerCapabilities(),
        throttle: LoginThrottle = NO_THROTTLE,
        tls: Certificates | None = None,
        clear_passwords: bool | None = None,
        threads: Threads | None = None,
        sink: EventSink | None = None,
        numbers: Callable[[], int] | None = None,
    ) -> None:
        check_limits(limits)
        self.users = users
        self.tls = tls
        self._present_users = _PresentUsers(self)
        self.store = store
        self.rules = rules or Rules()
        self.rules.server.stop = self.stop
        self._limits = limits
        self._capabilities = capabilities
        self._throttle = throttle
        self._clear_passwords = clear_passwords
        self._connection_limits = ConnectionLimits(limits.connections, limits.connections_address)
        self._threads = threads or Threads(limits.hash_threads, limits.hashes_waiting)
        self._sink = sink
        self._service: Service[Connection] = Service(self._serve, self._connection_limits)
        self._next_number = numbers or count(1).__next__

    def renew(self, users: Users, tls: Certificates | None) -> None:
        """Replace users and certificates for later logins and handshakes; sessions continue."""
        self.users = users
        self.tls = tls

    async def serve(
        self, *listening: ListeningSocket, greeted: Iterable[GreetedClient] = ()
    ) -> None:
        """Accept clients until stop(); return when the last connection is closed.

        Args:
            listening: The listening sockets.
            greeted: Clients that have had their greeting.
        """
        managed = self.store if isinstance(self.store, ManagedStore) else None
        if managed:
            managed.start()
        for client in greeted:
            self._serve(self._service.reactor, client.socket, client.peer, False, client)
        await self._service.serve(*listening)
        if managed:
            await self._threads.submit_store_job(managed.stop)
        await self._threads.close()

    def accept(self, listening: ListeningSocket) -> Callable[[], None]:
        """Accept clients from now on.

        Args:
            listening: The listening socket.

        Returns:
            A function that stops accepting. Open sessions continue.
        """
        return self._service.accept(listening)

    def accept_waiting(self) -> None:
        """Accept the clients that have connected by now."""
        self._service.accept_waiting()

    def stop(self, grace: float = 0.0) -> None:
        """Stop accepting clients, and end serve().

        Args:
            grace: Seconds that open sessions get to end by themselves, before they are reset. A
                second call resets them at once.
        """
        self._service.stop(grace)

    def cut(self, session: int, *, reset: bool) -> bool:
        """End the connection of a session from outside; return whether it was there.

        Args:
            session: The number of the session.
            reset: Reset it; otherwise it is closed once what was said has been sent.
        """
        for connection in self._service.connections:
            if connection.number == session:
                connection.reset("dropped") if reset else connection.close("dropped")
                return True
        return False

    def _serve(
        self,
        reactor: Reactor,
        client: socket,
        peer: str,
        secure: bool,
        greeted: GreetedClient | None = None,
    ) -> None:
        Connection(
            client,
            reactor,
            partial(self._session, greeted=greeted) if greeted else self._session,
            self._closed,
            tls=self._certificate,
            peer=peer,
            secure=secure,
            threads=self._threads,
        ).begin()

    def _certificate(self, name: str) -> Tls:
        assert self.tls
        return self.tls(name)

    def _session(
        self, connection: Connection, peer: str, greeted: GreetedClient | None = None
    ) -> Session:
        host = peer.rpartition(":")[0]
        near, passes = is_this_machine(host), self._clear_passwords
        refusal = self._connection_limits.enter(connection, "" if near else network_of(host))
        self._service.enter(connection)
        number = self._next_number()
        timestamp, challenge = new_timestamps(number)
        return Session(
            number,
            self._present_users,
            greeted.store if greeted else self.store,
            timestamp=greeted.timestamp if greeted else timestamp,
            greeted=greeted is not None,
            peer=peer,
            refusal=refusal,
            capabilities=self._capabilities,
            channel=Channel(clear=near if passes is None else passes, challenge=challenge),
            limits=self._limits,
            hooks=self.rules,
            throttle=self._throttle,
            sink=self._sink,
        )

    def _closed(self, connection: Connection) -> None:
        self._service.leave(connection)
        self._connection_limits.leave(connection)


class _PresentUsers:
    """The accounts that the server has when it is asked, not when the session began."""

    def __init__(self, server: Server) -> None:
        self._server = server

    @property
    def offers_pass(self) -> bool:
        return self._server.users.offers_pass

    @property
    def offers_apop(self) -> bool:
        return self._server.users.offers_apop

    def login(self, name: str, password: str) -> str | Proof:
        return self._server.users.login(name, password)

    def apop(self, name: str, timestamp: str, digest: str) -> str:
        return self._server.users.apop(name, timestamp, digest)

    def mechanisms(self, channel: Channel) -> Sequence[Mechanism]:
        return self._server.users.mechanisms(channel)
