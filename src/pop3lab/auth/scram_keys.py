"""What a server keeps of a password for SCRAM (RFC 5802 section 3), and how it is written."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from typing import NamedTuple

from pop3lab.auth.preparation import prepared

DIGESTS = {"SCRAM-SHA-1": "sha1", "SCRAM-SHA-256": "sha256"}
LEAST_ITERATIONS = 4096  # RFC 5802 section 5.1, RFC 7677 section 4
MOST_ITERATIONS = 10_000_000  # of scramp; more is a slip of the pen
LEAST_SALT = 12  # octets; of scramp


class Keys(NamedTuple):
    """The stored part of a password; with it one can check a proof, not make one."""

    salt: bytes
    stored: bytes
    server: bytes
    iterations: int


def digest_size(mechanism: str) -> int:
    """The octets of a key."""
    return hashlib.new(DIGESTS[mechanism]).digest_size


def derive(mechanism: str, password: str, salt: bytes, iterations: int) -> Keys:
    """The keys of a password. mechanism: a key of DIGESTS."""
    digest = DIGESTS[mechanism]
    salted = hashlib.pbkdf2_hmac(digest, prepared(password).encode(), salt, iterations)
    client = hmac.digest(salted, b"Client Key", digest)
    server = hmac.digest(salted, b"Server Key", digest)
    return Keys(salt, hashlib.new(digest, client).digest(), server, iterations)


def read_keys(mechanism: str, text: str) -> Keys:
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
    return Keys(salt, stored, server, iterations)


def write_keys(keys: Keys) -> str:
    """The reverse of read_keys."""
    parts = (b64encode(part).decode("ascii") for part in (keys.salt, keys.stored, keys.server))
    return f"{keys.iterations},{','.join(parts)}"
