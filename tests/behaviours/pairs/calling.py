"""A client on real sockets that notes what it saw: octets, how TLS began, and how it all ended.

What it says is lines, and these words:

    HELLO        the greeting is read             TLS, NAMED   TLS is begun, the second with a name
    WAIT         nothing is said for a while
"""

import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cryptography import x509

from pop3lab.testing.options import TlsMode
from pop3lab.testing.pop3_server import Pop3Server

QUIET = 0.3  # seconds without an octet after which nothing more is waited for

_STAMP = re.compile(rb"<[^<>]*@pop3lab>")
_SEVERAL = ("CAPA", "RETR", "LIST", "UIDL")
_KEYS = (x509.SubjectKeyIdentifier, x509.AuthorityKeyIdentifier)  # new ones each time
_MOST = 4096  # octets of an answer


class Call(NamedTuple):
    """What is said, to a server that begins with TLS or has STLS."""

    tls: TlsMode
    words: Sequence[str]


CALLS = (
    Call("starttls", ("HELLO", "CAPA", "XYZZY", "USER ann", "PASS secret", "RETR 1", "QUIT")),
    Call("starttls", ("HELLO", "STLS", "TLS", "CAPA", "USER ann", "PASS secret", "RETR 1", "QUIT")),
    Call("starttls", ("HELLO", "STLS", "TLS", "NOOP", "STLS", "QUIT")),
    Call("starttls", ("HELLO", "STLS", "STLS", "USER ann", "PASS secret", "STAT", "QUIT")),
    Call("implicit", ("TLS", "HELLO", "USER ann", "PASS secret", "RETR 1", "NOOP", "QUIT")),
    Call("starttls", ("HELLO", "USER ann", "PASS secret", "WAIT", "RETR 1", "WAIT")),
    Call("implicit", ("NAMED", "HELLO", "CAPA", "QUIT")),
)


class Seen(NamedTuple):
    """What came of a word. how: "more" may come, or the way in which it was over."""

    octets: bytes
    how: str

    @property
    def ends(self) -> bool:
        """Whether nothing can come behind it."""
        return self.how != "more"


Trace = tuple[Seen, ...]


def call(rules: Sequence[str], said: Call) -> Trace:
    """What a client sees under these rules. Raises ConfigError if they are refused."""
    with Pop3Server(
        [b"Subject: one\r\n\r\nhello\r\n.\r\n"],
        users={"ann": "secret"},
        tls=said.tls,
        quirks=rules,
        seed=1,
    ) as server:
        return tuple(_steps(server.port, said.words))


def _steps(port: int, words: Sequence[str]) -> Iterator[Seen]:
    try:
        client = socket.create_connection(("127.0.0.1", port), QUIET)
    except OSError as error:
        yield Seen(b"", type(error).__name__)
        return
    for word in words:
        client, seen = _step(client, word)
        yield seen
        if seen.ends:
            break
    client.close()


def _step(client: socket.socket, word: str) -> tuple[socket.socket, Seen]:
    octets = b""
    try:
        if word in ("TLS", "NAMED"):
            client, octets = _secured(client, "localhost" if word == "NAMED" else None)
            return client, Seen(octets, "more")
        if word not in ("HELLO", "WAIT"):
            client.sendall(f"{word}\r\n".encode())
        while not _is_whole(word, octets):
            piece = client.recv(_MOST)
            if not piece:
                return client, Seen(_settled(octets), "FIN")
            octets += piece
    except TimeoutError:
        return client, Seen(_settled(octets), "more" if word == "WAIT" else "quiet")
    except ssl.SSLError as error:
        return client, Seen(_settled(octets), error.reason or "no TLS")
    except OSError as error:
        return client, Seen(_settled(octets), type(error).__name__)
    return client, Seen(_settled(octets), "more")


def _settled(octets: bytes) -> bytes:
    return _STAMP.sub(b"<>", octets[:_MOST])


def _is_whole(word: str, octets: bytes) -> bool:
    if word == "WAIT":
        return False
    several = word.partition(" ")[0] in _SEVERAL and octets.startswith(b"+")
    return octets.endswith(b"\r\n.\r\n" if several else b"\r\n") or len(octets) >= _MOST


def _secured(client: socket.socket, name: str | None) -> tuple[socket.socket, bytes]:
    """The socket under TLS, and all that tells one handshake from another."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    secure = context.wrap_socket(client, server_hostname=name, suppress_ragged_eofs=False)
    der = secure.getpeercert(binary_form=True)
    assert der
    return secure, f"{secure.version()} {_told(x509.load_der_x509_certificate(der))}".encode()


def _told(certificate: x509.Certificate) -> str:
    """What it says, without what is new in each."""
    extensions = [
        str(extension.value)
        for extension in certificate.extensions
        if not isinstance(extension.value, _KEYS)
    ]
    days = certificate.not_valid_before_utc.date(), certificate.not_valid_after_utc.date()
    own = certificate.subject == certificate.issuer
    return f"{certificate.subject.rfc4514_string()} {own} {days} {extensions}"
