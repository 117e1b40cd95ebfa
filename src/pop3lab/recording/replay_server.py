"""A server that plays transcripts."""

from _socket import socket
from collections.abc import Sequence

from pop3lab.core.events import EventSink
from pop3lab.recording.player import Deviation, Player
from pop3lab.recording.script import ReplayScript
from pop3lab.transport.connection import Connection
from pop3lab.transport.listener import ListeningSocket
from pop3lab.transport.reactor import Reactor
from pop3lab.transport.service import Service
from pop3lab.transport.threads import Threads
from pop3lab.transport.tls import Tls


class ReplayServer:
    """Plays the sessions of a transcript to clients in order, then from the first again.

    deviations: the deviations in sessions that have ended.
    """

    def __init__(
        self,
        scripts: Sequence[ReplayScript],
        *,
        strict: bool = False,
        tls: Tls | None = None,
        sink: EventSink | None = None,
    ) -> None:
        self.deviations: list[Deviation] = []
        self.sessions = 0
        self._scripts = scripts
        self._strict = strict
        self._tls = tls
        self._sink = sink
        self._threads = Threads()  # a player needs no threads
        self._service: Service[Connection] = Service(self._serve)

    async def serve(self, listening: ListeningSocket) -> None:
        """Accept clients until stop; return when the last connection is closed."""
        await self._service.serve(listening)

    def stop(self) -> None:
        """End serve."""
        self._service.stop()

    def _serve(self, reactor: Reactor, client: socket, peer: str, secure: bool) -> None:
        Connection(
            client,
            reactor,
            self._player,
            self._service.leave,
            tls=self._certificate,
            peer=peer,
            secure=secure,
            threads=self._threads,
        ).begin()

    def _player(self, connection: Connection, peer: str) -> Player:
        self._service.enter(connection)
        self.sessions += 1
        return Player(
            self.sessions,
            self._scripts[(self.sessions - 1) % len(self._scripts)],
            strict=self._strict,
            deviations=self.deviations,
            peer=peer,
            sink=self._sink,
        )

    def _certificate(self, name: str) -> Tls:
        assert self._tls
        return self._tls
