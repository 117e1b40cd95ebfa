"""An account: a name, its password, and the ways in which it may log in."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

# SASLprep: names and passwords that look the same are the same (RFC 4013).


def prepared(text: str) -> str:
    """The text as it is compared; what SASLprep prohibits is left as it is, and ASCII always is."""
    if text.isascii():
        return text
    from scramp import ScramException  # type: ignore[import-untyped]
    from scramp.utils import saslprep  # type: ignore[import-untyped]

    try:
        return str(saslprep(text))
    except ScramException:
        return text


# What a server keeps of a password for SCRAM (RFC 5802 section 3), and how it is written.

DIGESTS = {"SCRAM-SHA-1": "sha1", "SCRAM-SHA-256": "sha256"}
LEAST_ITERATIONS = 4096  # RFC 5802 section 5.1, RFC 7677 section 4
MOST_ITERATIONS = 10_000_000  # of scramp; more is a slip of the pen
LEAST_SALT = 12  # octets; of scramp


class ScramKeys(NamedTuple):
    """The stored part of a password; with it one can check a proof, not make one."""

    salt: bytes
    stored: bytes
    server: bytes
    iterations: int


def digest_size(mechanism: str) -> int:
    """The octets of a key."""
    return hashlib.new(DIGESTS[mechanism]).digest_size


def derive(mechanism: str, password: str, salt: bytes, iterations: int) -> ScramKeys:
    """The keys of a password. mechanism: a key of DIGESTS."""
    digest = DIGESTS[mechanism]
    salted = hashlib.pbkdf2_hmac(digest, prepared(password).encode(), salt, iterations)
    client = hmac.digest(salted, b"Client Key", digest)
    server = hmac.digest(salted, b"Server Key", digest)
    return ScramKeys(salt, hashlib.new(digest, client).digest(), server, iterations)


def read_keys(mechanism: str, text: str) -> ScramKeys:
    """Keys as Dovecot writes them: iterations,salt,stored,server. Raises ValueError."""
    words = text.split(",")
    if len(words) != 4 or not (words[0].isascii() and words[0].isdigit()):
        raise ValueError("not iterations,salt,stored key,server key")
    iterations = int(words[0][:10])
    if not LEAST_ITERATIONS <= iterations <= MOST_ITERATIONS:
        raise ValueError(f"iterations outside {LEAST_ITERATIONS} to {MOST_ITERATIONS}")
    salt, stored, server = (b64decode(word, validate=True) for word in words[1:])
    size = digest_size(mechanism)
    if len(salt) < LEAST_SALT or len(stored) != size or len(server) != size:
        raise ValueError("a salt or key has the wrong length")
    return ScramKeys(salt, stored, server, iterations)


def write_keys(keys: ScramKeys) -> str:
    """The reverse of read_keys."""
    parts = (b64encode(part).decode("ascii") for part in (keys.salt, keys.stored, keys.server))
    return f"{keys.iterations},{','.join(parts)}"


# A password as it is stored: in clear, as a hash, or as keys of SCRAM.


@dataclass(frozen=True, slots=True)
class StoredPassword:
    """A password as it is stored; shown without its secrets.

    scheme, cost: to compare with another of the same scheme and cost takes the same work.
    matches: whether this is the password; it is given UTF-8 without NUL, prepared by SASLprep. It
    raises OSError and MemoryError where that can't be known.
    clear: the password, where it is known. keys: those of the SCRAM mechanism that scheme names.
    is_fast: to compare takes microseconds.
    """

    scheme: str
    matches: Callable[[bytes], bool] = field(repr=False)
    cost: str = ""
    clear: str | None = field(default=None, repr=False)
    keys: ScramKeys | None = field(default=None, repr=False)
    is_fast: bool = False


def plain(password: str) -> StoredPassword:
    """A password in clear."""
    octets = prepared(password).encode()
    return StoredPassword(
        "PLAIN", lambda given: hmac.compare_digest(given, octets), clear=password, is_fast=True
    )


def locked() -> StoredPassword:
    """No password at all: the account is for tokens or certificates."""
    return StoredPassword("", lambda given: False, is_fast=True)


def scram(mechanism: str, text: str) -> StoredPassword:
    """Keys of SCRAM as Dovecot writes them. Raises ValueError."""
    keys = read_keys(mechanism, text)

    def matches(given: bytes) -> bool:
        again = derive(mechanism, given.decode(), keys.salt, keys.iterations)
        return hmac.compare_digest(again.stored, keys.stored)

    return StoredPassword(mechanism, matches, cost=str(keys.iterations), keys=keys)


PASSWORD_WAYS = frozenset({"PASS", "PLAIN", "LOGIN"})  # the client sends the password
SECRET_WAYS = frozenset({"APOP", "CRAM-MD5", "NTLM"})  # the server has to know it in clear
OTHER_WAYS = frozenset({"OAUTHBEARER", "XOAUTH2", "EXTERNAL"})  # no password at all
WAYS = PASSWORD_WAYS | SECRET_WAYS | frozenset(DIGESTS) | OTHER_WAYS


class Account(NamedTuple):
    """A user. only: the ways in which to log in, some of WAYS; empty: all that are possible.

    SCRAM with channel binding is the same way as without.
    """

    name: str
    stored: StoredPassword
    only: frozenset[str] = frozenset()

    @property
    def ways(self) -> frozenset[str]:
        """The ways that this password can serve, and that the account allows."""
        possible = set(OTHER_WAYS)
        if self.stored.scheme:
            possible |= PASSWORD_WAYS
        if self.stored.clear is not None:
            possible |= SECRET_WAYS | set(DIGESTS)
        if self.stored.keys is not None:
            possible.add(self.stored.scheme)
        return frozenset(possible & self.only if self.only else possible)
