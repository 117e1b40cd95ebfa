"""Certificates and keys as nobody should give them to a server."""

from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)


@dataclass
class Pair:
    """PEM, the certificate with its chain."""

    chain: bytes
    key: bytes

    def write(self, folder: Path) -> tuple[str, str]:
        """Where they are now: cert.pem, key.pem."""
        (folder / "cert.pem").write_bytes(self.chain)
        (folder / "key.pem").write_bytes(self.key)
        (folder / "key.pem").chmod(0o600)
        return str(folder / "cert.pem"), str(folder / "key.pem")


ROOT = trustme.CA()
MIDDLE = ROOT.create_child_ca()


def issued(authority: trustme.CA = ROOT) -> Pair:
    leaf = authority.issue_cert("localhost", "127.0.0.1")
    chain = b"".join(each.bytes() for each in leaf.cert_chain_pems)
    return Pair(chain, leaf.private_key_pem.bytes())


RIGHT = issued()
LONG = issued(MIDDLE)
TRUSTED = RIGHT.chain.replace(b" CERTIFICATE-", b" TRUSTED CERTIFICATE-")
DAMAGED = RIGHT.chain.replace(b"M", b"_", 1)


def _private(key: bytes) -> ec.EllipticCurvePrivateKey:
    found = load_pem_private_key(key, None)
    assert isinstance(found, ec.EllipticCurvePrivateKey)
    return found


ENCRYPTED = _private(RIGHT.key).private_bytes(
    Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"phrase")
)
ENCRYPTED_OLD = _private(RIGHT.key).private_bytes(
    Encoding.PEM, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(b"phrase")
)
NOT_FOR_TLS = x25519.X25519PrivateKey.generate().private_bytes(
    Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
)
DER_KEY = _private(RIGHT.key).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
DER = x509.load_pem_x509_certificate(RIGHT.chain).public_bytes(Encoding.DER)


def blocks(pem: bytes) -> list[bytes]:
    """Each certificate of a chain."""
    end = b"-----END CERTIFICATE-----\n"
    return [block + end for block in pem.split(end) if block]


def crlf(pem: bytes) -> bytes:
    return pem.replace(b"\n", b"\r\n")


SWAPPED = "holds a private key and no certificate: has it changed places with another file?"

# What is wrong with a certificate, and how that begins behind its name.
CERTIFICATES = {
    "empty": (b"", "is empty: a certificate in PEM is wanted"),
    "blank": (b" \r\n", "is empty"),
    "key": (RIGHT.key, SWAPPED),
    "der": (DER, "is DER or PKCS #12"),
    "text": (b"certificate", "holds no certificate in PEM"),
    "trusted": (TRUSTED, "holds a TRUSTED CERTIFICATE: write it anew with openssl x509 "),
    "trusted-behind": (LONG.chain + TRUSTED, "holds a TRUSTED CERTIFICATE"),
    "damaged": (DAMAGED, "is damaged"),
    "cut-off": (RIGHT.chain[:-100], "is damaged"),
}
KEYS = {
    "empty": (b"", "is empty: a private key in PEM is wanted"),
    "certificate": (
        RIGHT.chain,
        "holds a certificate and no private key: has it changed places with another file?",
    ),
    "der": (DER_KEY, "is DER or PKCS #12"),
    "text": (b"key", "holds no private key in PEM"),
    "encrypted": (ENCRYPTED, "is encrypted, and nobody is asked for its passphrase: decrypt"),
    "encrypted-old": (ENCRYPTED_OLD, "is encrypted"),
    "two": (RIGHT.key + LONG.key, "holds 2 private keys: leave that of the certificate"),
    "damaged": (RIGHT.key.replace(b"\nM", b"\n_", 1), "is damaged"),
    "cut-off": (RIGHT.key[:-60], "holds no private key in PEM"),
}
