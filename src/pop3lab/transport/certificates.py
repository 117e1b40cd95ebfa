"""A certificate made at start, for those who have none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from pop3lab.files.writing import write_whole
from pop3lab.transport.pem import certificates_in, read_pem
from pop3lab.transport.tls import Tls, tls_of

if TYPE_CHECKING:
    from trustme import CA


def self_signed(
    names: Iterable[str], ca_out: str | None = None, client_ca: str | None = None
) -> Tls:
    """A certificate for these host names and addresses, by a CA of its own.

    ca_out: where to write the CA's certificate, which clients are to trust. client_ca: as in
    make_tls. Raises ConfigError, OSError.
    """
    import trustme

    authority = trustme.CA()
    if ca_out:
        write_whole(ca_out, authority.cert_pem.bytes())
    return signed_by(authority, names, client_ca)


def signed_by(authority: "CA", names: Iterable[str], client_ca: str | None = None) -> Tls:
    """A certificate by this CA, of which nothing is ever on disk. Raises ConfigError."""
    from cryptography import x509

    hosts = tuple(names)
    leaf = authority.issue_cert(*hosts, common_name="localhost")  # fetchmail wants one
    chain = b"".join(each.bytes() for each in leaf.cert_chain_pems)
    tls = tls_of(
        chain,
        leaf.private_key_pem.bytes(),
        x509.load_pem_x509_certificate(chain),
        certificates_in(read_pem("client-ca", client_ca)) if client_ca else (),
    )
    return replace(tls, issuer=Issuer(authority, hosts))


# Making certificates, right ones and others.

SERVER = ExtendedKeyUsageOID.SERVER_AUTH
CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH


@dataclass(frozen=True)
class Leaf:
    """What a certificate says. days: from when to when it is valid, counted from now."""

    subject: x509.Name
    names: Sequence[x509.GeneralName]
    days: tuple[int, int] = (-1, 365)
    usage: ObjectIdentifier = SERVER


def subject(common_name: str, organization: str = "pop3lab") -> x509.Name:
    """Whose certificate it is."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def alternative(name: str) -> x509.GeneralName:
    """A host name or an address."""
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


class Issuer:
    """A CA, and the names of the host whose certificates it makes."""

    def __init__(self, authority: trustme.CA, names: Sequence[str]) -> None:
        self.names = names
        self._certificate = x509.load_pem_x509_certificate(authority.cert_pem.bytes())
        self._key = load_pem_private_key(authority.private_key_pem.bytes(), None)

    def issue(self, leaf: Leaf) -> Tls:
        """A certificate of this CA."""
        key = ec.generate_private_key(ec.SECP256R1())
        return _served(_signed(leaf, key, self._certificate.subject, self._key), key)


def issue_by_itself(leaf: Leaf) -> Tls:
    """A certificate that no CA has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    return _served(_signed(leaf, key, leaf.subject, key), key)


def _signed(
    leaf: Leaf, key: ec.EllipticCurvePrivateKey, issuer: x509.Name, by: object
) -> x509.Certificate:
    now = datetime.now(UTC)
    begin, end = (now + timedelta(days=days) for days in leaf.days)
    return (
        x509.CertificateBuilder()
        .subject_name(leaf.subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(leaf.names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([leaf.usage]), critical=False)
        .sign(by, SHA256())  # type: ignore[arg-type]
    )


def _served(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Tls:
    """Nothing of it is ever on disk."""
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return tls_of(certificate.public_bytes(Encoding.PEM), secret, certificate)
