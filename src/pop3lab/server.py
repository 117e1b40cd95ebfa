"""Where the parts meet: users, a store, quirks, watchers and a runner."""

import asyncio
import os
from collections.abc import Iterable
from socket import socket

from pop3lab.core.events import Watch
from pop3lab.core.limits import Limits
from pop3lab.core.maildrop import Store, Users
from pop3lab.core.script import BY_THE_BOOK
from pop3lab.core.session import Session
from pop3lab.faults.chain import Chain
from pop3lab.faults.quirk import Shared
from pop3lab.faults.quirks import QUIRKS
from pop3lab.run.aio import Connection

_LAST_OCTETS = 1.0  # seconds that closing connections get at the end to send what is left


class Server:
    """Serves a store's maildrops to its users on one listening socket.

    quirks: names from pop3lab.faults.quirks; none is by the book.
    """

    def __init__(
        self,
        users: Users,
        store: Store,
        *,
        quirks: Iterable[str] = (),
        limits: Limits = Limits(),
        watch: Watch | None = None,
    ) -> None:
        self._users = users
        self._store = store
        shared = Shared(self.stop)
        scripts = [QUIRKS[name].script(shared) for name in quirks]
        self._script = Chain(scripts) if scripts else BY_THE_BOOK
        self._limits = limits
        self._watch = watch
        self._connections: set[Connection] = set()
        self._sessions = 0
        self._stopped = asyncio.Event()
        self._all_closed = asyncio.Event()

    async def serve(self, listener: socket) -> None:
        """Accept clients until stop; back when the last connection is closed."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(self._connection, sock=listener)
        await self._stopped.wait()
        server.close()
        for connection in tuple(self._connections):
            connection.stop()
        await self._last_octets()

    def stop(self) -> None:
        """End serve: connections that are not closing already are reset."""
        self._stopped.set()

    def _connection(self) -> Connection:
        connection = Connection(self._session, self._gone, self._limits.idle)
        self._connections.add(connection)
        return connection

    def _session(self, peer: str) -> Session:
        self._sessions += 1
        return Session(
            self._sessions,
            self._users,
            self._store,
            timestamp=_timestamp(self._sessions),
            peer=peer,
            limits=self._limits,
            script=self._script.begin(),
            watch=self._watch,
        )

    def _gone(self, connection: Connection) -> None:
        self._connections.discard(connection)
        if not self._connections:
            self._all_closed.set()

    async def _last_octets(self) -> None:
        self._all_closed.clear()
        if self._connections:
            try:
                await asyncio.wait_for(self._all_closed.wait(), _LAST_OCTETS)
            except TimeoutError:
                pass


def _timestamp(session: int) -> str:
    """Never the same, nor to be guessed; of the form that Mail::Box looks for."""
    return f"<{int.from_bytes(os.urandom(8))}.{session}@pop3lab>"
