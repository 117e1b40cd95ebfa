"""A server that plays transcripts."""

import asyncio
from collections.abc import Sequence

from pop3lab.core.events import EventSink
from pop3lab.recording.player import Deviation, Player
from pop3lab.recording.script import ReplayScript
from pop3lab.transport.connection import Connection
from pop3lab.transport.listener import Arrivals, Listening, accept
from pop3lab.transport.threads import Threads
from pop3lab.transport.tls import Tls

_LAST_OCTETS = 0.2  # seconds that closing connections get at the end


class ReplayServer:
    """Plays the sessions of a transcript to the clients that come, in order, then from the first.

    departures: what clients did that is not in the transcript, as far as their sessions are over.
    """

    def __init__(
        self,
        scores: Sequence[ReplayScript],
        *,
        strict: bool = False,
        tls: Tls | None = None,
        sink: EventSink | None = None,
    ) -> None:
        self.departures: list[Deviation] = []
        self.sessions = 0
        self._scores = scores
        self._strict = strict
        self._tls = tls
        self._sink = sink
        self._connections: set[Connection] = set()
        self._threads = Threads()  # which a player asks for nothing
        self._stopped = asyncio.Event()

    async def serve(self, listening: Listening) -> None:
        """Accept clients until stop."""
        arrivals = Arrivals()
        close = await accept(listening, self._connection, arrivals)
        await self._stopped.wait()
        close()
        await arrivals.settled()
        for connection in tuple(self._connections):
            connection.stop()
        if self._connections:
            await asyncio.sleep(_LAST_OCTETS)
        for connection in tuple(self._connections):
            connection.reset("stopped")

    def stop(self) -> None:
        """End serve."""
        self._stopped.set()

    def _connection(self, peer: str, secure: bool) -> Connection:
        return Connection(
            self._player,
            self._connections.discard,
            self._certificate,
            peer,
            secure,
            threads=self._threads,
        )

    def _player(self, connection: Connection, peer: str) -> Player:
        self._connections.add(connection)
        self.sessions += 1
        return Player(
            self.sessions,
            self._scores[(self.sessions - 1) % len(self._scores)],
            strict=self._strict,
            departures=self.departures,
            peer=peer,
            sink=self._sink,
        )

    def _certificate(self, name: str) -> Tls:
        assert self._tls
        return self._tls
