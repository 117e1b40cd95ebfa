"""The TLS handshake of a client, whose first octets are looked at before TLS gets them."""

import asyncio
import ssl
from asyncio import BaseTransport, BufferedProtocol, Protocol, Transport
from functools import partial
from typing import cast

from pop3lab.run.patience import RESPITE, Limit
from pop3lab.run.sockets import octets_have_come

_HANDSHAKE = b"\x16"  # the type of the record that each begins with, RFC 8446 section 5.1
_NEVER = 1e9  # seconds; asyncio wants a number


class InClear(Exception):
    """What the client has sent is no TLS. The transport is as it was, but has no protocol."""


async def shake_hands(
    transport: Transport,
    protocol: Protocol,
    context: ssl.SSLContext,
    seconds: float,
    early: bytes,
) -> Transport | None:
    """The transport under TLS, or None if the connection has been lost. Raises OSError, InClear.

    protocol: is told of what is said under TLS. seconds: that it may take; 0: any. early: what the
    client has sent already.
    """
    loop = asyncio.get_running_loop()
    limit = _limit(transport, seconds)
    try:
        hello = early or await _hello(transport)
        if not hello.startswith(_HANDSHAKE):
            raise InClear
        # After asyncio has told its protocol of the transport, and before that reads more.
        loop.call_soon(loop.call_soon, partial(_hand_over, transport, hello))
        return await loop.start_tls(
            transport,
            protocol,
            context,
            server_side=True,
            ssl_handshake_timeout=seconds + 2 * RESPITE if seconds else _NEVER,
        )
    finally:
        if limit:
            limit.cancel()


def _limit(transport: Transport, seconds: float) -> Limit | None:
    connection = transport.get_extra_info("socket")
    if not seconds:
        return None
    return Limit(seconds, transport.abort, lambda: octets_have_come(connection))


class _Hello(Protocol):
    """Takes the first octets that come."""

    def __init__(self, transport: Transport) -> None:
        self.octets: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._transport.pause_reading()
        if not self.octets.done():
            self.octets.set_result(data)

    def eof_received(self) -> None:
        self._fail()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail()

    def _fail(self) -> None:
        if not self.octets.done():
            self.octets.set_exception(ConnectionAbortedError("the client has left"))


async def _hello(transport: Transport) -> bytes:
    hello = _Hello(transport)
    transport.set_protocol(hello)
    transport.resume_reading()
    return await hello.octets


def _hand_over(transport: BaseTransport, octets: bytes) -> None:
    """Give octets to the transport's protocol as if they had just come."""
    protocol = cast(Transport, transport).get_protocol()
    if not isinstance(protocol, BufferedProtocol):
        return  # the connection has been lost meanwhile
    while octets:
        room = memoryview(protocol.get_buffer(len(octets)))
        taken = min(len(room), len(octets))
        room[:taken] = octets[:taken]
        protocol.buffer_updated(taken)
        octets = octets[taken:]
