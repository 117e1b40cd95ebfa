"""Sessions, and real servers, under rules as they are written."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from pop3lab.behaviours.catalogue import parse_rule
from pop3lab.core.config import ServerCapabilities
from pop3lab.core.sasl import Channel
from pop3lab.core.session import Session
from pop3lab.rules.engine import Rules
from pop3lab.server import Server
from pop3lab.stores.memory import MemoryStore
from pop3lab.transport.certificates import self_signed
from pop3lab.transport.listener import ListeningSocket
from tests.dialogue import ACCOUNTS, ONE, TWO, done, fed, memory, session

SECONDS = 10  # that a client waits at most for anything
TLS = ServerCapabilities(tls=True)
LOGIN = """
    C: USER ann
    S: +OK ...
    C: PASS secret
    S: +OK ...
"""


def rules(*texts: str) -> Rules:
    return Rules([parse_rule(text) for text in texts], seed=1)


def ruled(*texts: str, **options: object) -> Session:
    """A session under these rules."""
    return session(hooks=rules(*texts), **options)  # type: ignore[arg-type]


def secured(*texts: str, **options: object) -> Session:
    """The same, under TLS since STLS."""
    opened = ruled(*texts, capabilities=TLS, **options)
    done(opened.greeting())
    done(fed(opened, b"STLS\r\n"))
    opened.tls_established(Channel(secure=True, version="TLSv1.3"))
    return opened


class Serving(NamedTuple):
    """A server that runs. ca: whose certificates a client is to trust."""

    port: int
    ca: str
    store: MemoryStore

    def connect(self) -> socket.socket:
        """A new connection."""
        return socket.create_connection(("127.0.0.1", self.port), SECONDS)

    def trusting(self) -> ssl.SSLContext:
        """What a careful client has."""
        return ssl.create_default_context(cafile=self.ca)


@contextmanager
def serving(folder: Path, *texts: str, implicit: bool = False) -> Iterator[Serving]:
    """A real server under these rules, with a certificate for localhost and 127.0.0.1."""
    ca = str(folder / "ca.pem")
    store = memory(ONE, TWO)
    tls = self_signed(["localhost", "127.0.0.1"], ca)
    listener = socket.create_server(("127.0.0.1", 0))
    ready = threading.Event()
    running: list[tuple[asyncio.AbstractEventLoop, Server]] = []

    async def run() -> None:
        server = Server(ACCOUNTS, store, rules=rules(*texts), capabilities=TLS, tls=tls)
        running.append((asyncio.get_running_loop(), server))
        ready.set()
        await server.serve(ListeningSocket(listener, tls=implicit))

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    try:
        assert ready.wait(SECONDS)
        yield Serving(listener.getsockname()[1], ca, store)
    finally:
        loop, server = running[0]
        loop.call_soon_threadsafe(server.stop)
        thread.join(SECONDS)
        listener.close()
        assert not thread.is_alive()


def line(connection: socket.socket) -> bytes:
    """Up to CRLF and not an octet more."""
    octets = b""
    while not octets.endswith(b"\r\n"):
        some = connection.recv(1)
        assert some, octets
        octets += some
    return octets
