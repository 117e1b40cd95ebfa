"""A server in a thread whose record finds violations, for clients that are programs."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, cast

from pop3lab.auth.authenticator import Authenticator
from pop3lab.conformance.checker import check_clients
from pop3lab.core.config import ServerCapabilities
from pop3lab.core.events import Event, SessionEnded
from pop3lab.observe.event_queue import Listener
from pop3lab.server import Server
from pop3lab.stores.memory import MemoryStore
from pop3lab.transport.certificates import self_signed
from pop3lab.transport.listener import ListeningSocket
from tests.immediate import immediate_queue
from tests.interop_tls.secure import Secure
from tests.serve.process import Serving

from .finding import Findings

USERS = {"user": "password", "ann": "secret"}  # those of the drivers without TLS, and with it
MAIL = [
    b"Return-Path: <ann@example.org>\r\nFrom: ann@example.org\r\nSubject: %d\r\n\r\n.\r\n%s\r\n"
    % (number, b"a line\r\n" * 1000 * number)
    for number in range(1, 6)
]
GRACE = 5.0  # seconds that the last client gets to close


class Ports(NamedTuple):
    port: int
    tls_port: int


class Judged:
    """The server, and what it has found."""

    wants_lines = True

    def __init__(self, home: Path, *, tls: bool) -> None:
        self.ended: list[SessionEnded] = []
        self.findings = Findings()
        listeners: list[Listener] = [self.findings]
        self.record = immediate_queue(listeners)
        check_clients(self.record)
        listeners.append(self)
        self.store = MemoryStore()
        for user in USERS:
            self.deliver(user)
        self.ca = home / "ca.pem"
        self._tls = self_signed(["localhost"], ca_out=str(self.ca)) if tls else None
        self._sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(1 + tls)]
        self.ports = Ports(*(s.getsockname()[1] for s in (self._sockets * 2)[:2]))
        self.secured = Secure(cast(Serving, self.ports), self.ca, home)

    def deliver(self, user: str) -> None:
        for message in MAIL:
            self.store.add(user, message)

    def on_event(self, seconds: float, event: Event) -> None:
        if isinstance(event, SessionEnded):
            self.ended.append(event)

    async def serve(self, started: "threading.Event") -> None:
        self._loop = asyncio.get_running_loop()
        self._server = Server(
            Authenticator(USERS),
            self.store,
            tls=self._tls,
            capabilities=ServerCapabilities(tls=self._tls is not None, utf8=True),
            sink=self.record,
        )
        started.set()
        await self._server.serve(*map(ListeningSocket, self._sockets, (False, True)))

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._server.stop, GRACE)

    def found(self) -> list[tuple[str, str]]:
        """Ids and lines of what was found in sessions that came to an end of their own."""
        assert self.ended
        assert all(sum(times for _, times in ended.verbs.items()) for ended in self.ended)
        return [(found.id, found.line) for found in self.findings.found]


@contextmanager
def judged(home: Path, *, tls: bool = False) -> Iterator[Judged]:
    """Serve; at the end all connections are gone."""
    server, started = Judged(home, tls=tls), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(started)))
    thread.start()
    assert started.wait(GRACE)
    try:
        yield server
    finally:
        server.stop()
        thread.join()
