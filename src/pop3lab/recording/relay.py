"""A session relayed between a client and a server."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import NamedTuple

from pop3lab.core.actions import StartTLS
from pop3lab.core.events import EventSink
from pop3lab.core.request import verb_of
from pop3lab.recording.recorder import Recorder
from pop3lab.recording.relay_connection import Hold, RelayConnection, connect
from pop3lab.transport.tls import Tls
from pop3lab.transport.tls_engine import TlsEngine
from pop3lab.transport.tls_layer import start_tls

# STLS answered by the relay itself, whether or not the server supports it.

_LINE = 65_536  # octets of an unfinished line after which it is forwarded


class StlsInterceptor:
    """Forwards whole lines of the client until it sends STLS; long lines in pieces.

    asked: it has sent STLS. Plaintext after that is dropped (RFC 2595 section 4).
    """

    def __init__(self) -> None:
        self.asked = False
        self._rest = b""
        self._begun = False  # the start of this line was forwarded

    def client(self, data: bytes) -> bytes:
        """Take octets of the client; return those for the server."""
        if self.asked:
            return b""
        *lines, self._rest = (self._rest + data).split(b"\n")
        through = b"".join(line + b"\n" for line in lines if self._passes(line, ended=True))
        if self._begun or len(self._rest) > _LINE:
            rest, self._rest = self._rest, b""
            through += rest if self._passes(rest, ended=False) else b""
        return through

    def _passes(self, line: bytes, *, ended: bool) -> bool:
        """Whether a line, or a piece of it, is for the server."""
        if not self._begun and verb_of(line[:_LINE]) == b"STLS":
            self.asked = True
        self._begun = not ended
        return not self.asked


_SECONDS = 30.0  # seconds for connecting, and for a handshake
_LINGER = 600.0  # seconds of silence after one side has finished (RFC 1939 section 3)
_ANSWER = 65_536  # octets of the reply to our own STLS


class UpstreamSecurity(Enum):
    """How the relay connects to the server."""

    PLAIN = "plain"  # STLS of the client is passed on
    STLS = "stls"  # TLS after STLS, whatever the client does
    TLS = "tls"  # from the first octet


class ClientSecurity(Enum):
    """How the client connects to the relay."""

    PASSED = "passed"  # STLS is passed on, if the server supports it
    STLS = "stls"  # the relay offers STLS, whatever the server does
    TLS = "tls"  # from the first octet


class Upstream(NamedTuple):
    """The real server. context: for TLS."""

    host: str
    port: int
    security: UpstreamSecurity
    context: ssl.SSLContext


class Relay:
    """Relays one client. tls: for its side.

    peer: recorded as the client's address. closed: called when both sides are closed.
    """

    def __init__(
        self,
        number: int,
        upstream: Upstream,
        tls: Tls,
        *,
        client_security: ClientSecurity,
        sink: EventSink,
        peer: str,
        closed: Callable[["Relay"], None],
    ) -> None:
        self._upstream = upstream
        self._tls = tls
        self._client_security = client_security
        self._closed = closed
        self.client = RelayConnection(
            self._client_made, self._client_said, self._client_gone, self._client_over
        )
        self._server = RelayConnection(
            self._server_made, self._server_said, self._server_gone, self._server_over
        )
        self.client.other, self._server.other = self._server, self.client
        self._offer = StlsInterceptor() if client_security is ClientSecurity.STLS else None
        self._recorder = Recorder(number, sink, peer, offers=client_security is ClientSecurity.STLS)
        self._asked = False  # the relay has sent STLS itself
        self._shaking = False  # with the server
        self._answer = b""  # to the server
        self._task: asyncio.Task[None] | None = None
        self._linger: asyncio.TimerHandle | None = None

    @property
    def is_owed(self) -> bool:
        """Return False: nobody waits for unread input here."""
        return False

    def stop(self) -> None:
        """Reset both sides."""
        self.client.close(reset=True)

    def reset(self, how: str) -> None:
        """Reset both sides."""
        self.stop()

    def _begin(self, task: Awaitable[None]) -> None:
        self._task = asyncio.ensure_future(self._bounded(task))

    async def _bounded(self, task: Awaitable[None]) -> None:
        try:
            await asyncio.wait_for(task, _SECONDS)
        except (OSError, TimeoutError) as error:
            self._recorder.failed(str(error) or "no answer in time")
            self.client.close()
            self._server.close()

    # Data from both sides

    def _client_made(self, side: RelayConnection) -> None:
        if self._task is None:
            side.hold(Hold.CONNECTING)
            self._begin(self._connect())

    def _server_made(self, side: RelayConnection) -> None:
        if self._upstream.security is UpstreamSecurity.TLS:
            side.hold(Hold.STLS)  # no plaintext is a valid reply

    def _client_said(self, side: RelayConnection, data: bytes) -> None:
        if self._recorder.client(data):
            side.hold(Hold.STLS)  # until the server has replied
        if self._recorder.enough:
            side.hold(Hold.AHEAD)  # until the server sends anything
        self._server.write(self._offer.client(data) if self._offer else data)
        self._answer_stls()
        self._stay()

    def _client_over(self) -> bool:
        """Whether replies may come, though the server can't be told that the client is done."""
        self._stay()
        return self._recorder.awaits

    def _client_gone(self, side: RelayConnection, reset: bool) -> None:
        if self._task:
            self._task.cancel()
        if self._linger:
            self._linger.cancel()
        self._recorder.client_gone(reset)
        self._server.close(reset)
        self._closed(self)

    def _server_said(self, side: RelayConnection, data: bytes) -> None:
        if self._asked:
            self._answered_us(data)
            return
        octets, answers = self._recorder.server(data)
        self.client.write(octets)
        self.client.release(Hold.AHEAD)
        self._answer_stls()
        self._stay()
        if self.client.over and not self._recorder.awaits and not side.ended:
            side.close()  # under TLS there is no half-close
        for verb, ok in answers:
            if not verb:
                self._ask_for_tls()
            elif verb == b"STLS":
                self._answered_stls(ok)

    def _server_over(self) -> bool:
        self.client.write(self._recorder.withheld)
        if not self.client.over:
            self._recorder.server_over()
        self._stay()
        return False

    def _stay(self) -> None:
        """Note activity. A relay with a finished or blocked side does not live forever."""
        if self._linger:
            self._linger.cancel()
        limited = self.client.over or self._server.over or self._recorder.enough
        if limited and not self.client.lost:
            self._linger = asyncio.get_running_loop().call_later(_LINGER, self.stop)

    def _server_gone(self, side: RelayConnection, reset: bool) -> None:
        if self._shaking:
            return  # reports a failure
        if not self.client.over:
            self._recorder.server_over(reset)
        self.client.close(reset)

    # Connections and TLS

    async def _connect(self) -> None:
        if self._client_security is ClientSecurity.TLS:
            self._recorder.emit_action(StartTLS())
            await self._secure_client()
        host, port, security, _ = self._upstream
        assert self.client.stream
        reactor = self.client.stream.reactor
        self._server.begin(await connect(host, port), reactor)
        if security is UpstreamSecurity.TLS:
            await self._secure_server()
        if security is not UpstreamSecurity.STLS:
            self.client.release(Hold.CONNECTING)

    def _ask_for_tls(self) -> None:
        """Send STLS after the greeting, if the relay does so. The client waits."""
        if self._upstream.security is UpstreamSecurity.STLS:
            self._asked = True
            self._server.write(b"STLS\r\n")

    def _answered_us(self, data: bytes) -> None:
        self._answer += data
        if b"\n" in self._answer or len(self._answer) > _ANSWER:
            self._asked = False
            self._begin(self._upgrade_server())

    async def _upgrade_server(self) -> None:
        if not self._answer.startswith(b"+OK"):
            raise ConnectionError("the server refuses STLS")
        await self._secure_server()
        self.client.release(Hold.CONNECTING)

    def _answered_stls(self, ok: bool) -> None:
        if ok:
            self._recorder.emit_action(StartTLS())
            self._begin(self._upgrade_both())
        else:
            self.client.release(Hold.STLS)

    def _answer_stls(self) -> None:
        """Start TLS with the client alone, when its turn has come."""
        if self._offer and self._recorder.awaits_tls:
            self._offer = None
            self.client.hold(Hold.STLS)
            self.client.write(self._recorder.server(b"+OK begin TLS\r\n").octets)
            self._recorder.emit_action(StartTLS())
            self._begin(self._secure_client())

    async def _upgrade_both(self) -> None:
        await self._secure_server()
        await self._secure_client()

    async def _secure_server(self) -> None:
        engine = TlsEngine(self._upstream.context, server=False, host=self._upstream.host)
        assert self._server.stream
        self._shaking = True
        try:
            await start_tls(self._server.stream, engine)
        finally:
            self._shaking = False
        self._server.release(Hold.STLS)

    async def _secure_client(self) -> None:
        engine = TlsEngine(self._tls.context)
        assert self.client.stream
        await start_tls(self.client.stream, engine)
        self._recorder.secured(engine.connection.version() or "")
        self.client.release(Hold.STLS)
