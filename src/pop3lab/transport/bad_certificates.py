"""TLS other than the server's own: certificates and versions that a client must not accept.

A certificate differs from the server's own in what its name says, and in nothing else, if the own
one was made at start. Beside one from a file, each is by a CA that no client knows.
"""

import ssl
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace

import trustme
from cryptography import x509

from pop3lab.core.errors import ConfigError
from pop3lab.transport.certificates import (
    CLIENT,
    Issuer,
    Leaf,
    alternative,
    issue_by_itself,
    subject,
)
from pop3lab.transport.tls import Tls

_ANOTHER = "another.example"
_ATTACKER = "attacker.example"
_ELSEWHERE = "192.0.2.1"
_HOSTILE = "\x1b]0;owned\x07\x1b[2J\x1b[31m\r\b%n%s\u00e9\u202e"  # OSC, BEL, CSI, CR, BS, 8-bit
_LONG = "A" * 5000

Make = Callable[[Tls, Issuer], Tls]


def make_variant(name: str, own: Tls) -> Tls:
    """The variant of this name. own: the server's TLS. Raises ConfigError."""
    if name not in VARIANTS:
        raise ConfigError(f"there is no certificate {name!r}: they are {', '.join(VARIANTS)}")
    return VARIANTS[name](own, own.issuer or _stranger(("localhost", "127.0.0.1")))


def _stranger(names: tuple[str, ...]) -> Issuer:
    return Issuer(trustme.CA(), names)


# Certificates


def _right(issuer: Issuer) -> Leaf:
    return Leaf(subject("localhost"), [alternative(name) for name in issuer.names])


def _valid(begin: int, end: int) -> Make:
    return lambda own, issuer: issuer.issue(replace(_right(issuer), days=(begin, end)))


def _wrong_host(own: Tls, issuer: Issuer) -> Tls:
    return issuer.issue(Leaf(subject(_ANOTHER), [alternative(_ANOTHER)]))


def _self_signed(own: Tls, issuer: Issuer) -> Tls:
    return issue_by_itself(_right(issuer))


def _unknown_ca(own: Tls, issuer: Issuer) -> Tls:
    return _stranger(tuple(issuer.names)).issue(_right(issuer))


def _nul(own: Tls, issuer: Issuer) -> Tls:
    names = [f"{name}\0.{_ATTACKER}" for name in issuer.names]
    return issuer.issue(Leaf(subject(names[0]), [x509.DNSName(name) for name in names]))


def _addresses(own: Tls, issuer: Issuer) -> Tls:
    """The host's addresses stand where names are, which no name is compared with."""
    addresses = [
        x509.DNSName(name) for name in issuer.names if isinstance(alternative(name), x509.IPAddress)
    ]
    return issuer.issue(Leaf(subject(_ELSEWHERE), [alternative(_ELSEWHERE), *addresses]))


def _no_server(own: Tls, issuer: Issuer) -> Tls:
    return issuer.issue(replace(_right(issuer), usage=CLIENT))


def _hostile_text(own: Tls, issuer: Issuer) -> Tls:
    return issuer.issue(Leaf(subject(_HOSTILE, _HOSTILE + _LONG), [alternative(_ANOTHER)]))


# Versions and names


def _only(version: ssl.TLSVersion) -> Make:
    def make(own: Tls, issuer: Issuer) -> Tls:
        tls = issuer.issue(_right(issuer))
        tls.context.set_ciphers("ALL:@SECLEVEL=0")  # else OpenSSL has no old versions
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of these versions, too
            tls.context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
            tls.context.maximum_version = version
            tls.context.minimum_version = version
        return tls

    return make


def _by_name(other: Make, unnamed: int | None) -> Make:
    """The server's own where the client names a host. unnamed: the alert if it does not."""

    def make(own: Tls, issuer: Issuer) -> Tls:
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


VARIANTS: Mapping[str, Make] = {
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
