"""TLS other than the server's own: certificates and versions that a client must not accept.

A certificate differs from the server's own in what its name says, and in nothing else, if the own
one was made at start. Beside one from a file, each is by a CA that no client knows.
"""

import ssl
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

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

from pop3lab.core.errors import ConfigError
from pop3lab.transport.tls import Tls, tls_of

_ANOTHER = "another.example"
_ATTACKER = "attacker.example"
_ELSEWHERE = "192.0.2.1"
_HOSTILE = "\x1b]0;owned\x07\x1b[2J\x1b[31m\r\b%n%s\u00e9\u202e"  # OSC, BEL, CSI, CR, BS, 8-bit
_LONG = "A" * 5000


# Making certificates, right ones and others.

_SERVER = ExtendedKeyUsageOID.SERVER_AUTH
_CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH


@dataclass(frozen=True)
class _Leaf:
    """What a certificate says. days: from when to when it is valid, counted from now."""

    subject: x509.Name
    names: Sequence[x509.GeneralName]
    days: tuple[int, int] = (-1, 365)
    usage: ObjectIdentifier = _SERVER


def _subject(common_name: str, organization: str = "pop3lab") -> x509.Name:
    """Whose certificate it is."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _alternative(name: str) -> x509.GeneralName:
    """A host name or an address."""
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


class _Issuer:
    """A CA, and the names of the host whose certificates it makes."""

    def __init__(self, authority: trustme.CA, names: Sequence[str]) -> None:
        self.names = names
        self._certificate = x509.load_pem_x509_certificate(authority.cert_pem.bytes())
        self._key = load_pem_private_key(authority.private_key_pem.bytes(), None)

    def issue(self, leaf: _Leaf) -> Tls:
        """A certificate of this CA."""
        key = ec.generate_private_key(ec.SECP256R1())
        return _tls_with(_signed(leaf, key, self._certificate.subject, self._key), key)


def _issue_by_itself(leaf: _Leaf) -> Tls:
    """A certificate that no CA has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    return _tls_with(_signed(leaf, key, leaf.subject, key), key)


def _signed(
    leaf: _Leaf, key: ec.EllipticCurvePrivateKey, issuer: x509.Name, by: object
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


def _tls_with(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Tls:
    """Nothing of it is ever on disk."""
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return tls_of(certificate.public_bytes(Encoding.PEM), secret, certificate)


_Make = Callable[[Tls, _Issuer], Tls]


def make_variant(name: str, own: Tls, authority: trustme.CA | None, names: Sequence[str]) -> Tls:
    """Make the variant of this name. Raises ConfigError.

    own: the server's TLS. authority: who made it, None if that is not known. names: its hosts.
    """
    if name not in VARIANTS:
        raise ConfigError(
            f"unknown certificate {name!r}: the certificates are {', '.join(VARIANTS)}"
        )
    return VARIANTS[name](own, _Issuer(authority or trustme.CA(), names))


# Certificates that are wrong.


def _right(issuer: _Issuer) -> _Leaf:
    return _Leaf(_subject("localhost"), [_alternative(name) for name in issuer.names])


def _valid(begin: int, end: int) -> _Make:
    return lambda own, issuer: issuer.issue(replace(_right(issuer), days=(begin, end)))


def _wrong_host(own: Tls, issuer: _Issuer) -> Tls:
    return issuer.issue(_Leaf(_subject(_ANOTHER), [_alternative(_ANOTHER)]))


def _self_signed(own: Tls, issuer: _Issuer) -> Tls:
    return _issue_by_itself(_right(issuer))


def _unknown_ca(own: Tls, issuer: _Issuer) -> Tls:
    return _Issuer(trustme.CA(), issuer.names).issue(_right(issuer))


def _nul(own: Tls, issuer: _Issuer) -> Tls:
    names = [f"{name}\0.{_ATTACKER}" for name in issuer.names]
    return issuer.issue(_Leaf(_subject(names[0]), [x509.DNSName(name) for name in names]))


def _addresses(own: Tls, issuer: _Issuer) -> Tls:
    """The host's addresses stand where names are, which no name is compared with."""
    addresses = [
        x509.DNSName(name)
        for name in issuer.names
        if isinstance(_alternative(name), x509.IPAddress)
    ]
    return issuer.issue(_Leaf(_subject(_ELSEWHERE), [_alternative(_ELSEWHERE), *addresses]))


def _no_server(own: Tls, issuer: _Issuer) -> Tls:
    return issuer.issue(replace(_right(issuer), usage=_CLIENT))


def _hostile_text(own: Tls, issuer: _Issuer) -> Tls:
    return issuer.issue(_Leaf(_subject(_HOSTILE, _HOSTILE + _LONG), [_alternative(_ANOTHER)]))


# Versions that are old, and names that matter.


def _only(version: ssl.TLSVersion) -> _Make:
    def make(own: Tls, issuer: _Issuer) -> Tls:
        tls = issuer.issue(_right(issuer))
        tls.context.set_ciphers("ALL:@SECLEVEL=0")  # else OpenSSL has no old versions
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of these versions, too
            tls.context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
            tls.context.maximum_version = version
            tls.context.minimum_version = version
        return tls

    return make


def _by_name(other: _Make, unnamed: int | None) -> _Make:
    """The server's own where the client names a host. unnamed: the alert if it does not."""

    def make(own: Tls, issuer: _Issuer) -> Tls:
        def choose(
            connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, context: ssl.SSLContext
        ) -> int | None:
            if name is None:
                return unnamed
            connection.context = own.context
            return None

        tls = other(own, issuer)
        tls.context.sni_callback = choose
        return tls

    return make


VARIANTS: Mapping[str, _Make] = {
    "expired": _valid(-60, -30),
    "not-yet-valid": _valid(30, 60),
    "wrong-host": _wrong_host,
    "self-signed": _self_signed,
    "unknown-ca": _unknown_ca,
    "nul-cn": _nul,
    "ip-san": _addresses,
    "no-eku": _no_server,
    "hostile-text": _hostile_text,
    "tls-1.0": _only(ssl.TLSVersion.TLSv1),
    "tls-1.1": _only(ssl.TLSVersion.TLSv1_1),
    "tls-1.2": _only(ssl.TLSVersion.TLSv1_2),
    "tls-1.3": _only(ssl.TLSVersion.TLSv1_3),
    "sni-or-wrong-host": _by_name(_wrong_host, None),
    "sni-or-alert": _by_name(_wrong_host, ssl.ALERT_DESCRIPTION_HANDSHAKE_FAILURE),
}
