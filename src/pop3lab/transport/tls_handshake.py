"""The TLS handshake of a client, whose first octets are looked at before TLS gets them."""

import re
from collections.abc import Callable

from pop3lab.core.command import COMMANDS
from pop3lab.transport.openssl import ssl
from pop3lab.transport.sockets import octets_have_come
from pop3lab.transport.stream import Stream
from pop3lab.transport.timeouts import RESPITE, Deadline
from pop3lab.transport.tls_engine import TlsEngine
from pop3lab.transport.tls_layer import TlsLayer
from pop3lab.transport.tls_records import TYPES

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


# Told once: TLS, or why there is none; what came with the handshake's end.
HandshakeDone = Callable[[TlsLayer | OSError, bytes], None]


class Handshake:
    """Looks at what comes first. If that is for TLS, it is the client's hello, or refused as one.

    Unless the client is gone, a handshake that fails leaves the stream to its owner, who is to
    close it: the alert is written, if there is one.
    """

    def __init__(
        self,
        stream: Stream,
        engine: TlsEngine,
        shaken: HandshakeDone,
        *,
        broke: Callable[[ssl.SSLError], None],
        named: bool,
    ) -> None:
        """broke: as of TlsLayer. named: what is no TLS is waited for until it can be named."""
        self._stream = stream
        self._owner = stream.owner
        self._layer = TlsLayer(stream, engine, broke)
        self._shaken = shaken
        self._named = named
        self._octets = b""
        self._between = b""
        self._limit: Deadline | None = None
        self._patience: Deadline | None = None

    def begin(self, early: bytes, seconds: float, between: bytes = b"") -> None:
        """early: what the client has sent already. seconds: that all may take; 0: any.

        between: octets that are sent in clear between two records of ours.
        """
        self._between = between
        stream = self._stream
        if seconds:
            deadlines, connection = stream.reactor.deadlines, stream.socket
            self._limit = Deadline(
                deadlines, seconds, stream.abort, lambda: octets_have_come(connection)
            )
        stream.receiver = self
        stream.resume_reading()
        if early:
            self.data_received(early)

    def data_received(self, data: bytes) -> None:
        """Look whether it is known now what they are."""
        self._octets += data
        if (tls := is_tls(self._octets)) is None:
            return
        if tls:
            self._layer.do_handshake(self._octets, self._told, self._between)
        elif not self._named or is_enough(self._octets):
            self._found_clear()
        elif not self._patience:
            deadlines = self._stream.reactor.deadlines
            self._patience = Deadline(deadlines, RESPITE, self._found_clear, lambda: False)

    def eof_received(self) -> None:
        """No more will come to tell them by."""
        if self._octets:
            self._found_clear()
            self._owner.eof_received()
        else:
            self._stream.close()

    def connection_lost(self, error: OSError | None) -> None:
        """It is gone."""
        self._told(error or ConnectionAbortedError(), b"")
        self._owner.connection_lost(error)

    def _found_clear(self) -> None:
        self._stream.pause_reading()
        self._stream.receiver = self._owner
        self._told(NotTls(name_of(self._octets)), b"")

    def _told(self, error: OSError | None, early: bytes) -> None:
        for deadline in (self._limit, self._patience):
            if deadline:
                deadline.cancel()
        self._shaken(error or self._layer, early)
