"""The TLS handshake of a client, whose first octets are looked at before TLS gets them."""

import asyncio
import re
from asyncio import Future, Protocol, Transport
from collections.abc import Callable

from pop3lab.core.command import COMMANDS
from pop3lab.transport.openssl import ssl
from pop3lab.transport.sockets import octets_have_come
from pop3lab.transport.timeouts import RESPITE, Deadline
from pop3lab.transport.tls_engine import TYPES, TlsEngine
from pop3lab.transport.tls_transport import TlsTransport

# What comes where a TLS handshake should: whether it is one, and else its name.

_OLD = 0x80  # in the first octet of a hello as SSL 2 had it: RFC 5246 appendix E.2
_OLD_HELLO = 1  # its third octet
_LONG = 512  # octets without a line end, by which it is known what they are
_PROXY = b"\r\n\r\n\0\r\nQUIT\n"  # what a PROXY header of version 2 begins with

_KINDS = (
    (rb"(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|CONNECT|TRACE|PATCH|PRI) ", "an HTTP request"),
    (b"PROXY |" + re.escape(_PROXY), "a PROXY header"),
    (rb"SSH-", "an SSH client"),
    (rb"(?i:EHLO|HELO|MAIL FROM:)\b", "an SMTP command"),
    (rb"(?i)\S+ (?:CAPABILITY|LOGIN|AUTHENTICATE|STARTTLS|ID|NOOP|LOGOUT)\b", "an IMAP command"),
)


def is_tls(octets: bytes) -> bool | None:
    """Whether these, one or more, are for TLS, which may refuse them; None: more must come."""
    if octets[0] & _OLD:
        return octets[2] == _OLD_HELLO if len(octets) > 2 else None
    return octets[0] in TYPES


def is_enough(octets: bytes) -> bool:
    """Whether these, which are no TLS, can be named."""
    if _PROXY.startswith(octets):
        return octets == _PROXY
    is_text = 0x20 <= octets[0] < 0x7F or octets[0] in b"\r\n\t"
    return not is_text or b"\n" in octets or len(octets) >= _LONG


def name_of(octets: bytes) -> str:
    """What a client has sent to a port that begins with TLS. Nothing of it is in the name."""
    for pattern, name in _KINDS:
        if re.match(pattern, octets):
            return f"{name} on the TLS port"
    verb = octets.split(maxsplit=1)[:1]
    if verb and verb[0].decode("latin-1").upper() in COMMANDS:
        return "a POP3 command in clear"
    line = octets.partition(b"\n")[0].rstrip(b"\r")
    if all(0x20 <= octet < 0x7F or octet == 0x09 for octet in line):
        return "text in clear on the TLS port"
    return "octets on the TLS port that are not TLS"


class NotTls(ConnectionError):
    """What the client has sent is no TLS; as text, what it is."""


# Told once: the transport under TLS, or why there is none; what came with the handshake's end.
HandshakeDone = Callable[[TlsTransport | OSError, bytes], None]


class Handshake(Protocol):
    """Looks at what comes first. If that is for TLS, it is the client's hello, or refused as one.

    Unless the client is gone, a handshake that fails leaves the transport to the protocol, which
    is to close it: the alert is written, if there is one.
    """

    def __init__(
        self,
        transport: Transport,
        protocol: Protocol,
        engine: TlsEngine,
        shaken: HandshakeDone,
        *,
        broke: Callable[[ssl.SSLError], None],
        named: bool,
    ) -> None:
        """protocol: is told of what is said under TLS. broke: as of TlsTransport.

        named: what is no TLS is waited for until it can be named.
        """
        self._transport = transport
        self._protocol = protocol
        self._secure = TlsTransport(transport, protocol, engine, broke)
        self._shaken = shaken
        self._named = named
        self._octets = b""
        self._between = b""
        self._limit: Deadline | None = None
        self._patience: asyncio.TimerHandle | None = None

    def begin(self, early: bytes, seconds: float, between: bytes = b"") -> None:
        """early: what the client has sent already. seconds: that all may take; 0: any.

        between: octets that are sent in clear between two records of ours.
        """
        self._between = between
        if seconds:
            connection = self._transport.get_extra_info("socket")
            self._limit = Deadline(
                seconds, self._transport.abort, lambda: octets_have_come(connection)
            )
        self._transport.set_protocol(self)
        self._transport.resume_reading()
        if early:
            self.data_received(early)

    def data_received(self, data: bytes) -> None:
        """Look whether it is known now what they are."""
        self._octets += data
        if (tls := is_tls(self._octets)) is None:
            return
        if tls:
            self._secure.do_handshake(self._octets, self._told, self._between)
        elif not self._named or is_enough(self._octets):
            self._found_clear()
        elif not self._patience:
            loop = asyncio.get_running_loop()
            self._patience = loop.call_later(RESPITE, self._found_clear)

    def eof_received(self) -> bool:
        """No more will come to tell them by."""
        if not self._octets:
            return False
        self._found_clear()
        return bool(self._protocol.eof_received())

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._told(exc if isinstance(exc, OSError) else ConnectionAbortedError(), b"")
        self._protocol.connection_lost(exc)

    def _found_clear(self) -> None:
        self._transport.pause_reading()
        self._transport.set_protocol(self._protocol)
        self._told(NotTls(name_of(self._octets)), b"")

    def _told(self, error: OSError | None, early: bytes) -> None:
        if self._limit:
            self._limit.cancel()
        if self._patience:
            self._patience.cancel()
        self._shaken(error or self._secure, early)


# TLS on either side of a connection, for whoever waits for it.


async def secure(transport: Transport, protocol: Protocol, engine: TlsEngine) -> TlsTransport:
    """The transport under TLS; what comes then is the protocol's, and may come before this is back.

    Raises OSError. The transport is then the protocol's as before, and has the alert, if there is
    one: it is to be closed.
    """
    secured = TlsTransport(transport, protocol, engine)
    done: Future[None] = asyncio.get_running_loop().create_future()

    def shaken(error: OSError | None, early: bytes) -> None:
        if done.done():
            return  # nobody waits any more
        if error:
            done.set_exception(error)
            return
        protocol.resume_writing()  # whoever shakes hands has read all that was before
        if early:
            protocol.data_received(early)
        done.set_result(None)

    secured.do_handshake(b"", shaken)
    await done
    return secured
