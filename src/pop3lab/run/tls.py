"""TLS for a server: its context, and what a session may know of a connection under it."""

import asyncio.sslproto
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import new as new_hash
from typing import TYPE_CHECKING, Any

from pop3lab.core.errors import ConfigError
from pop3lab.core.sasl import Channel

if TYPE_CHECKING:
    from pop3lab.run.issuing import Issuer

_EXPORTER = "tls-exporter"
_LABEL = b"EXPORTER-Channel-Binding"  # RFC 9266 section 2
_EXPORTED = 32  # octets of it
_UNIQUE = "tls-unique"
_END_POINT = "tls-server-end-point"
_NO_CERTIFICATE = "NO_CERTIFICATE_OR_CRL_FOUND"  # as OpenSSL has it
_NOTHING_TO_TRUST = "there is no certificate in it: give those of who signs clients' ones, in PEM"

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
        trust(context, client_ca)
    return Tls(context, end_point(certificate))


def _load(context: ssl.SSLContext, certificate: str, key: str) -> None:
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"certificate {certificate!r} with key {key!r}: {error}") from error


def trust(context: ssl.SSLContext, client_ca: str) -> None:
    """Take who signs clients' certificates from a PEM file. Raises ConfigError."""
    try:
        context.load_verify_locations(client_ca)
    except ssl.SSLError as error:
        why = f" ({error.reason})" if error.reason != _NO_CERTIFICATE else ""
        raise ConfigError(f"client-ca {client_ca!r}: {_NOTHING_TO_TRUST}{why}") from error
    except OSError as error:
        raise ConfigError(f"client-ca {client_ca!r}: {error.strerror}") from error
    if not context.cert_store_stats()["x509"]:  # lists of revoked ones only
        raise ConfigError(f"client-ca {client_ca!r}: {_NOTHING_TO_TRUST}")


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
        bindings=_bindings(connection, tls.end_point),
        end_point=tls.end_point,
        certificate_names=_names(connection),
        version=connection.version() or "",
    )


def _bindings(connection: ssl.SSLObject, end_point: bytes) -> dict[str, bytes]:
    """The mandatory binding of this version of TLS and the end point; without the one, none."""
    if connection.version() == "TLSv1.3":
        name, octets = _EXPORTER, _exported(connection)  # RFC 9266 section 3
    else:
        name, octets = _UNIQUE, connection.get_channel_binding(_UNIQUE)  # RFC 5802 section 6.1
    return {name: octets, _END_POINT: end_point} if octets else {}


def _exported(connection: ssl.SSLObject) -> bytes | None:
    """The data of tls-exporter, from a Python that has it: none has until 3.14."""
    export = getattr(connection, "export_keying_material", None)
    return export(_LABEL, _EXPORTED, b"") if export else None


def _names(connection: ssl.SSLObject) -> tuple[str, ...]:
    """Whom a verified certificate names: each address for mail, then each common name, as it is."""
    certificate: Mapping[str, Any] = connection.getpeercert() or {}
    alternatives = certificate.get("subjectAltName", ())
    subject = [pair for part in certificate.get("subject", ()) for pair in part]
    names = [value for kind, value in alternatives if kind == "email"]
    names += [value for kind, value in subject if kind == "commonName"]
    return tuple(dict.fromkeys(names))


def spare_memory(octets: int) -> bool:
    """Make sessions under TLS take so many for reading, not 256 KiB, in all of this process."""
    protocol = getattr(asyncio.sslproto, "SSLProtocol", None)
    if not isinstance(getattr(protocol, "max_size", None), int):
        return False
    protocol.max_size = octets  # type: ignore[union-attr]
    return True
