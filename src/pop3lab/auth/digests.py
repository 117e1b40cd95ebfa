"""Hashes of passwords that the standard library makes, as Dovecot writes them."""

import hashlib
import hmac
from base64 import b64decode
from typing import NamedTuple

from pop3lab.auth.stored import Stored

MOST_ROUNDS = 10_000_000  # more is a slip of the pen


class _Digest(NamedTuple):
    algorithm: str
    salted: bool = False  # the salt stands behind the digest
    encoding: str = "B64"


DIGESTS = {
    "SHA": _Digest("sha1"),
    "SHA1": _Digest("sha1"),
    "SHA256": _Digest("sha256"),
    "SHA512": _Digest("sha512"),
    "SSHA": _Digest("sha1", salted=True),
    "SSHA256": _Digest("sha256", salted=True),
    "SSHA512": _Digest("sha512", salted=True),
    "SMD5": _Digest("md5", salted=True),
    "LDAP-MD5": _Digest("md5"),
    "PLAIN-MD5": _Digest("md5", encoding="HEX"),
}


def digest(scheme: str, text: str, encoding: str) -> Stored:
    """One round of a digest. encoding: B64, HEX, or empty for the usual. Raises ValueError."""
    algorithm, salted, usual = DIGESTS[scheme]
    octets = decoded(text, encoding or usual)
    size = hashlib.new(algorithm).digest_size
    wanted, salt = octets[:size], octets[size:]
    if len(wanted) < size or bool(salt) != salted:
        raise ValueError("the digest has the wrong length")
    return Stored(
        scheme,
        lambda given: hmac.compare_digest(hashlib.new(algorithm, given + salt).digest(), wanted),
        is_fast=True,
    )


def pbkdf2(scheme: str, text: str, encoding: str) -> Stored:
    """PBKDF2 with SHA-1 as Dovecot writes it: $1$salt$rounds$digest. Raises ValueError."""
    _, version, salt, rounds, wanted = text.split("$")
    count, octets = int(rounds), bytes.fromhex(wanted)
    if version != "1" or not 0 < count <= MOST_ROUNDS or len(octets) != 20:
        raise ValueError("not $1$salt$rounds$digest")

    def matches(given: bytes) -> bool:
        again = hashlib.pbkdf2_hmac("sha1", given, salt.encode(), count)
        return hmac.compare_digest(again, octets)

    return Stored(scheme, matches, cost=rounds)


def decoded(text: str, encoding: str) -> bytes:
    """The octets of a text in B64, BASE64 or HEX. Raises ValueError."""
    if encoding in {"B64", "BASE64"}:
        return b64decode(text, validate=True)
    if encoding == "HEX":
        return bytes.fromhex(text)
    raise ValueError("unknown encoding: .B64 or .HEX is wanted")
