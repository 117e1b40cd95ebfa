"""A relay in this process, between a client and a server that the test plays itself."""

import asyncio
import os
import ssl
from _socket import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from pop3lab.core.events import Event
from pop3lab.observe.transcript_writer import TranscriptWriter
from pop3lab.recording.relay import ClientSecurity, Relay, Upstream, UpstreamSecurity
from pop3lab.transport.certificates import self_signed
from pop3lab.transport.dispatching import run as run_loop
from pop3lab.transport.reactor import Reactor
from pop3lab.transport.tls import Tls
from tests.immediate import immediate_queue
from tests.transport.serving import serving

SECONDS = 60
Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter
Serve = Callable[[Reader, Writer], Awaitable[None]]


class Heard:
    """A listener that keeps the text."""

    wants_lines = True

    def __init__(self) -> None:
        self._transcript = TranscriptWriter()
        self._texts: list[str] = []

    def on_event(self, seconds: float, event: Event) -> None:
        self._texts.append(self._transcript.text(seconds, event))

    @property
    def text(self) -> str:
        return "".join(self._texts)

    def forget(self) -> None:
        self._texts.clear()


class Relayed:
    """A relay for clients that come one after the other."""

    def __init__(self, upstream: Upstream, front: ClientSecurity, tls: Tls) -> None:
        self._upstream, self._front, self._tls = upstream, front, tls
        self.heard = Heard()
        self.relays: list[Relay] = []
        self.gone = 0
        self.port = 0

    def serve(self, client: socket, reactor: Reactor) -> None:
        relay = Relay(
            len(self.relays) + 1,
            self._upstream,
            self._tls,
            client_security=self._front,
            sink=immediate_queue([self.heard]),
            peer="client:0",
            closed=self._count,
        )
        self.relays.append(relay)
        relay.client.begin(client, reactor)

    def _count(self, relay: Relay) -> None:
        self.gone += 1

    async def client(self, context: ssl.SSLContext | None = None) -> tuple[Reader, Writer]:
        host = "localhost" if context else None
        return await asyncio.open_connection(
            "127.0.0.1", self.port, ssl=context, server_hostname=host
        )


TLS = self_signed(["localhost", "127.0.0.1"]).own
TRUSTING = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
TRUSTING.check_hostname = False
TRUSTING.verify_mode = ssl.CERT_NONE


@asynccontextmanager
async def relayed(
    serve: Serve,
    way: UpstreamSecurity = UpstreamSecurity.PLAIN,
    front: ClientSecurity = ClientSecurity.PASSED,
) -> AsyncIterator[Relayed]:
    """serve: the server's side of a connection."""
    context = TLS.context if way is UpstreamSecurity.TLS else None
    tasks: list[asyncio.Task[None]] = []

    async def served(reader: Reader, writer: Writer) -> None:
        tasks.append(asyncio.current_task())  # type: ignore[arg-type]
        try:
            with suppress(asyncio.CancelledError):
                await serve(reader, writer)
        finally:
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    server = await asyncio.start_server(served, "127.0.0.1", 0, ssl=context)
    upstream = Upstream("127.0.0.1", server.sockets[0].getsockname()[1], way, TRUSTING)
    relayed = Relayed(upstream, front, TLS)
    try:
        with serving(relayed.serve) as relayed.port:
            yield relayed
    finally:
        for relay in relayed.relays:
            relay.stop()
        server.close()
        if tasks:  # clients may all have gone before the server knew of them
            await asyncio.wait(tasks, timeout=0.1)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def run(test: Awaitable[None]) -> None:
    """Within a time that is never needed."""
    run_loop(within(test))


async def within(test: Awaitable[None]) -> None:
    await asyncio.wait_for(test, SECONDS)


def descriptors() -> int:
    """How many are open."""
    return len(os.listdir("/proc/self/fd"))


async def until(holds: Callable[[], bool]) -> None:
    """Let the loop turn until it holds."""
    while not holds():
        await asyncio.sleep(0.001)


def hung_up(writer: Writer) -> None:
    """Close it, whatever is left to be sent."""
    writer.transport.abort()
