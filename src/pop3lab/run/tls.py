"""TLS for a server: its context, and what a session may know of a connection under it."""

import asyncio.sslproto
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import new as new_hash
from typing import TYPE_CHECKING, Any

from pop3lab.core.errors import ConfigError
from pop3lab.core.sasl import Channel
from pop3lab.files.reading import WRITTEN, check_readable

if TYPE_CHECKING:
    from pop3lab.run.issuing import Issuer

_EXPORTER = "tls-exporter"
_LABEL = b"EXPORTER-Channel-Binding"  # RFC 9266 section 2


_IN_CLEAR = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST"})  # as OpenSSL has it

Certificates = Callable[[str], "Tls"]  # by the name of a variant; empty for the server's own


def no_certificates(name: str) -> "Tls":
    """Of a server without TLS."""
    raise LookupError(name)


@dataclass(frozen=True, slots=True)
class Tls:
    """A certificate with its key, ready to serve.

    end_point: its hash (RFC 5929 section 4). issuer: who made it, if it was made at start.
    """

    context: ssl.SSLContext
    end_point: bytes
    issuer: "Issuer | None" = None

    def load(self, certificate: str, key: str) -> "Tls":
        """The same context with another certificate: for handshakes to come. Raises ConfigError."""
        _load(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), certificate, key)  # it may well fail
        _load(self.context, certificate, key)
        return Tls(self.context, end_point(certificate))


def make_tls(certificate: str, key: str, client_ca: str | None = None) -> Tls:
    """Paths of PEM files: the certificate with its chain, its key, and who signs clients' ones.

    Raises ConfigError.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # RFC 8997
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_TICKET
    context.num_tickets = 0
    _load(context, certificate, key)
    if client_ca:
        context.verify_mode = ssl.CERT_OPTIONAL  # asked for only where it can log in, RFC 8314
        _trust(context, client_ca)
    return Tls(context, end_point(certificate))


def _load(context: ssl.SSLContext, certificate: str, key: str) -> None:
    try:
        check_readable(certificate, WRITTEN)
        check_readable(key, WRITTEN)
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"certificate {certificate!r} with key {key!r}: {error}") from error


def _trust(context: ssl.SSLContext, client_ca: str) -> None:
    try:
        check_readable(client_ca, WRITTEN)
        context.load_verify_locations(client_ca)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"certificates of client CAs {client_ca!r}: {error}") from error


def end_point(certificate: str) -> bytes:
    """The tls-server-end-point binding of a PEM file: of its first certificate (RFC 5929 s 4.1)."""
    from cryptography import x509

    with open(certificate, "rb") as file:
        leaf = x509.load_pem_x509_certificates(file.read())[0]
    algorithm = leaf.signature_hash_algorithm
    name = algorithm.name if algorithm else "sha256"
    digest = new_hash("sha256" if name in ("md5", "sha1") else name)
    digest.update(leaf.public_bytes(_der()))
    return digest.digest()


def _der() -> Any:
    from cryptography.hazmat.primitives.serialization import Encoding

    return Encoding.DER


def secured(channel: Channel, connection: ssl.SSLObject, tls: Tls) -> Channel:
    """The channel under TLS. channel: the same connection without it."""
    return channel._replace(
        secure=True,
        clear=True,
        bindings=_bindings(connection, tls),
        certificate_name=_name(connection.getpeercert()),
        version=connection.version() or "",
    )


def is_in_clear(error: OSError) -> bool:
    """Whether a handshake failed on octets that are no TLS at all."""
    return isinstance(error, ssl.SSLError) and error.reason in _IN_CLEAR


def _bindings(connection: ssl.SSLObject, tls: Tls) -> dict[str, bytes]:
    bindings = {"tls-server-end-point": tls.end_point}
    if connection.version() == "TLSv1.2":
        bindings["tls-unique"] = connection.get_channel_binding("tls-unique") or b""
    if export := getattr(connection, "export_keying_material", None):
        bindings[_EXPORTER] = export(_LABEL, 32, b"")
    return {name: octets for name, octets in bindings.items() if octets}


def _name(certificate: Any) -> str | None:
    """Whom a verified certificate names: its address for mail, else its common name."""
    if not certificate:
        return None
    for kind, value in certificate.get("subjectAltName", ()):
        if kind == "email":
            return str(value)
    subject = {kind: value for part in certificate.get("subject", ()) for kind, value in part}
    return subject.get("commonName")


def spare_memory(octets: int) -> bool:
    """Make sessions under TLS take so many for reading, not 256 KiB, in all of this process."""
    protocol = getattr(asyncio.sslproto, "SSLProtocol", None)
    if not isinstance(getattr(protocol, "max_size", None), int):
        return False
    protocol.max_size = octets  # type: ignore[union-attr]
    return True
