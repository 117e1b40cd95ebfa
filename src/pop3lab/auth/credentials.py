"""Accounts: names, stored passwords, and the methods by which they may log in."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple


def saslprep(text: str) -> str:
    """Return the form in which names and passwords are compared (RFC 4013).

    ASCII, and text with characters that SASLprep prohibits, is returned unchanged.
    """
    if text.isascii():
        return text
    from scramp import ScramException  # type: ignore[import-untyped]
    from scramp.utils import saslprep as prepare  # type: ignore[import-untyped]

    try:
        return str(prepare(text))
    except ScramException:
        return text


# SCRAM keys: what a server stores instead of a password (RFC 5802 section 3).

SCRAM_HASHES = {"SCRAM-SHA-1": "sha1", "SCRAM-SHA-256": "sha256"}
MIN_ITERATIONS = 4096  # RFC 5802 section 5.1, RFC 7677 section 4
_MAX_ITERATIONS = 10_000_000  # scramp's limit; more is surely a mistake
_MIN_SALT = 12  # octets; scramp's limit


class ScramKeys(NamedTuple):
    """StoredKey and ServerKey of a password: enough to verify a proof, not to make one."""

    salt: bytes
    stored_key: bytes
    server_key: bytes
    iterations: int


def scram_hash_size(mechanism: str) -> int:
    """Return the size of a key, in octets."""
    return hashlib.new(SCRAM_HASHES[mechanism]).digest_size


def derive_scram_keys(mechanism: str, password: str, salt: bytes, iterations: int) -> ScramKeys:
    """Return the keys of a password. mechanism: a key of SCRAM_HASHES."""
    digest = SCRAM_HASHES[mechanism]
    salted = hashlib.pbkdf2_hmac(digest, saslprep(password).encode(), salt, iterations)
    client = hmac.digest(salted, b"Client Key", digest)
    server = hmac.digest(salted, b"Server Key", digest)
    return ScramKeys(salt, hashlib.new(digest, client).digest(), server, iterations)


def _parse_scram_keys(mechanism: str, text: str) -> ScramKeys:
    """Parse keys as Dovecot writes them: iterations,salt,stored,server. Raises ValueError."""
    words = text.split(",")
    if len(words) != 4 or not (words[0].isascii() and words[0].isdigit()):
        raise ValueError("not iterations,salt,stored key,server key")
    iterations = int(words[0][:10])
    if not MIN_ITERATIONS <= iterations <= _MAX_ITERATIONS:
        raise ValueError(f"iterations outside {MIN_ITERATIONS} to {_MAX_ITERATIONS}")
    salt, stored, server = (b64decode(word, validate=True) for word in words[1:])
    size = scram_hash_size(mechanism)
    if len(salt) < _MIN_SALT or len(stored) != size or len(server) != size:
        raise ValueError("a salt or key has the wrong length")
    return ScramKeys(salt, stored, server, iterations)


def format_scram_keys(keys: ScramKeys) -> str:
    """Return keys as `parse_scram_keys` reads them."""
    parts = (
        b64encode(part).decode("ascii") for part in (keys.salt, keys.stored_key, keys.server_key)
    )
    return f"{keys.iterations},{','.join(parts)}"


# Stored passwords: in clear, as a hash, or as SCRAM keys.


@dataclass(frozen=True, slots=True)
class StoredPassword:
    """A password as it is stored. Its repr shows no secret.

    scheme, cost: comparing passwords of equal scheme and cost takes equal work.
    matches: compares a password, given as UTF-8 without NUL and prepared by SASLprep. It raises
    OSError or MemoryError if the comparison cannot be made.
    clear: the password, if it is known. keys: those of the SCRAM mechanism that scheme names.
    is_fast: comparing takes microseconds.
    """

    scheme: str
    matches: Callable[[bytes], bool] = field(repr=False)
    cost: str = ""
    clear: str | None = field(default=None, repr=False)
    keys: ScramKeys | None = field(default=None, repr=False)
    is_fast: bool = False


def clear_password(password: str) -> StoredPassword:
    """Store a password in clear."""
    octets = saslprep(password).encode()
    return StoredPassword(
        "PLAIN", lambda given: hmac.compare_digest(given, octets), clear=password, is_fast=True
    )


def no_password() -> StoredPassword:
    """Return a password that nothing matches: the account is for tokens or certificates."""
    return StoredPassword("", lambda given: False, is_fast=True)


def scram_password(mechanism: str, text: str) -> StoredPassword:
    """Read SCRAM keys as Dovecot writes them. Raises ValueError."""
    keys = _parse_scram_keys(mechanism, text)

    def matches(given: bytes) -> bool:
        again = derive_scram_keys(mechanism, given.decode(), keys.salt, keys.iterations)
        return hmac.compare_digest(again.stored_key, keys.stored_key)

    return StoredPassword(mechanism, matches, cost=str(keys.iterations), keys=keys)


# Login methods: USER with PASS, APOP, and the SASL mechanisms by name.
_PASSWORD_METHODS = frozenset({"PASS", "PLAIN", "LOGIN"})  # the client sends the password
_SECRET_METHODS = frozenset({"APOP", "CRAM-MD5", "NTLM"})  # the server must know it in clear
_OTHER_METHODS = frozenset({"OAUTHBEARER", "XOAUTH2", "EXTERNAL"})  # no password at all
LOGIN_METHODS = _PASSWORD_METHODS | _SECRET_METHODS | frozenset(SCRAM_HASHES) | _OTHER_METHODS


class Account(NamedTuple):
    """A user.

    allowed: some of LOGIN_METHODS; if empty, all that the password supports. SCRAM with channel
    binding counts as the same method as without.
    """

    name: str
    password: StoredPassword
    allowed: frozenset[str] = frozenset()

    @property
    def methods(self) -> frozenset[str]:
        """The methods that the password supports and the account allows."""
        password = self.password
        keys = password.scheme if password.keys is not None else ""
        return _methods(bool(password.scheme), password.clear is not None, keys, self.allowed)


@lru_cache(maxsize=256)
def _methods(has_scheme: bool, clear: bool, keys: str, allowed: frozenset[str]) -> frozenset[str]:
    """Asked at each login, though few accounts differ in it. keys: SCRAM with the stored ones."""
    supported = set(_OTHER_METHODS)
    if has_scheme:
        supported |= _PASSWORD_METHODS
    if clear:
        supported |= _SECRET_METHODS | set(SCRAM_HASHES)
    if keys:
        supported.add(keys)
    return frozenset(supported & allowed if allowed else supported)
