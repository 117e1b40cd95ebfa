"""TLS for a server: its context, and what a session may know of a connection under it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import new as new_hash
from typing import TYPE_CHECKING, Any

from pop3lab.core.errors import ConfigError
from pop3lab.core.sasl import Channel
from pop3lab.transport.openssl import require_ssl, ssl
from pop3lab.transport.pem import anonymous_file, certificates_in, check_pair, read_pem

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_EXPORTER = "tls-exporter"
_LABEL = b"EXPORTER-Channel-Binding"  # RFC 9266 section 2
_EXPORTED = 32  # octets of it
_UNIQUE = "tls-unique"
_END_POINT = "tls-server-end-point"

Certificates = Callable[[str], "Tls"]  # by the name of a variant; empty for the server's own


def no_certificates(name: str) -> "Tls":
    """Of a server without TLS."""
    raise LookupError(name)


@dataclass(frozen=True, slots=True)
class Tls:
    """A certificate with its key, ready to serve.

    end_point: its hash (RFC 5929 section 4). at_once: octets that are taken of a connection at
    once, and decrypted.
    """

    context: ssl.SSLContext
    end_point: bytes
    at_once: int = 16_384


def make_tls(certificate: str, key: str, client_ca: str | None = None) -> Tls:
    """Paths of PEM files: the certificate with its chain, its key, and who signs clients' ones.

    Each is read once. Raises ConfigError, one sentence for whatever is wrong with them.
    """
    chain, secret = read_pem("cert", certificate), read_pem("key", key)
    leaf = check_pair(chain, secret)
    trusted = certificates_in(read_pem("client-ca", client_ca)) if client_ca else ()
    try:
        return tls_of(chain.octets, secret.octets, leaf, trusted)
    except (OSError, ValueError) as error:  # ssl.SSLError is one
        reason = getattr(error, "reason", None) or error
        raise ConfigError(f"{chain.name} with {secret.name} can't be used: {reason}") from error


def tls_of(
    chain: bytes, key: bytes, leaf: "Certificate", trusted: "Iterable[Certificate]" = ()
) -> Tls:
    """The same of PEM that is at hand already. leaf: the first certificate of the chain.

    trusted: who signs clients' certificates. Raises OSError, ValueError.
    """
    require_ssl()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # RFC 8997
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_TICKET
    context.num_tickets = 0
    with anonymous_file(chain) as chain_path, anonymous_file(key) as key_path:
        context.load_cert_chain(chain_path, key_path, password=_nobody_is_asked)
    if issuers := b"".join(each.public_bytes(_der()) for each in trusted):
        context.verify_mode = ssl.CERT_OPTIONAL  # asked for only where it can log in, RFC 8314
        context.load_verify_locations(cadata=issuers)
    return Tls(context, end_point(leaf))


def _nobody_is_asked() -> str:
    raise ValueError("the private key is encrypted")


def end_point(leaf: "Certificate") -> bytes:
    """The tls-server-end-point binding of a certificate (RFC 5929 section 4.1)."""
    algorithm = leaf.signature_hash_algorithm
    name = algorithm.name if algorithm else "sha256"
    digest = new_hash("sha256" if name in ("md5", "sha1") else name)
    digest.update(leaf.public_bytes(_der()))
    return digest.digest()


def _der() -> Any:
    from cryptography.hazmat.primitives.serialization import Encoding

    return Encoding.DER


def channel_under_tls(channel: Channel, connection: ssl.SSLObject, tls: Tls) -> Channel:
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
    """The data of tls-exporter, from a Python that has it: none of 3.11 to 3.13 has."""
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


def reason_of(error: ssl.SSLError) -> str:
    """What OpenSSL says of a failure, in words: ours to tell, or what the client's alert told."""
    reason = str(getattr(error, "reason", None) or error.strerror or error)
    words = reason.lower().replace("_", " ")
    _, alert, name = words.partition(" alert ")
    return f"the client's alert says {name}" if alert else words
