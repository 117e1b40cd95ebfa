"""Slow hashes of passwords, each by a library: crypt's, bcrypt and Argon2."""

import re
from typing import Any

from pop3lab.auth.extras import load
from pop3lab.auth.stored import Stored

# crypt(3)'s families: how a hash begins, and what libpass calls it.
_FAMILIES = {
    "MD5-CRYPT": ("$1$", "md5_crypt"),
    "SHA256-CRYPT": ("$5$", "sha256_crypt"),
    "SHA512-CRYPT": ("$6$", "sha512_crypt"),
}
_ROUNDS = 100_000  # 20 times crypt(3)'s own; some 50 ms
_BCRYPT = re.compile(r"\$2[aby]\$(0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{53}", re.ASCII)
_BCRYPT_READS = 72  # octets of a password; crypt(3) ignores the rest, the library refuses it
_ARGON2 = re.compile(
    r"\$(argon2id?|argon2d)\$v=(?:16|19)\$(m=\d{1,10},t=\d{1,10},p=\d{1,8})"
    r"\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{6,}",
    re.ASCII,
)

# Each is called with the scheme, the hash and an encoding, which these don't have.
# They raise ValueError for a hash in the wrong form, ConfigError where the library is missing.


def crypt(scheme: str, text: str, encoding: str) -> Stored:
    """Any family of hashes that the C library knows, told by how the hash begins."""
    if text.startswith("$2"):
        return bcrypt(scheme, text, encoding)
    for family, (prefix, _) in _FAMILIES.items():
        if text.startswith(prefix):
            return family_crypt(family, text, encoding)
    raise ValueError("a hash of crypt that is neither $1$, $2y$, $5$ nor $6$")


def family_crypt(scheme: str, text: str, encoding: str) -> Stored:
    """MD5-CRYPT, SHA256-CRYPT, SHA512-CRYPT."""
    from pop3lab.auth import c_crypt  # with ctypes, which few need

    prefix, name = _FAMILIES[scheme]
    handler = _handler(scheme, name)
    if encoding or not text.startswith(prefix):
        raise ValueError(f"a hash of {scheme} begins with {prefix}")
    parts = handler.from_string(text)
    if not parts.checksum:
        raise ValueError("the hash is cut off")

    def matches(given: bytes) -> bool:
        return c_crypt.matches(given, text, name)

    return Stored(scheme, matches, cost=str(getattr(parts, "rounds", "")))


def bcrypt(scheme: str, text: str, encoding: str) -> Stored:
    """BLF-CRYPT."""
    library = load("bcrypt", "BLF-CRYPT", "crypt")
    if encoding or not (form := _BCRYPT.fullmatch(text)):
        raise ValueError("not a hash of bcrypt")

    def matches(given: bytes) -> bool:
        return bool(library.checkpw(given[:_BCRYPT_READS], text.encode("ascii")))

    return Stored("BLF-CRYPT", matches, cost=form[1])


def argon2(scheme: str, text: str, encoding: str) -> Stored:
    """ARGON2I, ARGON2ID."""
    library = load("argon2", scheme, "argon2")
    form = _ARGON2.fullmatch(text)
    if encoding or not form or form[1] != scheme.lower():
        raise ValueError(f"not a hash of {scheme}")
    hasher = library.PasswordHasher()

    def matches(given: bytes) -> bool:
        try:
            return bool(hasher.verify(text, given))
        except (library.exceptions.VerifyMismatchError, library.exceptions.InvalidHashError):
            return False
        except library.exceptions.VerificationError as error:
            raise MemoryError(str(error)) from error  # or no thread of its own

    return Stored(scheme, matches, cost=form[2])


def make_crypt(scheme: str, password: bytes) -> str:
    """A new hash of a password. Raises ConfigError where the library is missing."""
    if scheme == "BLF-CRYPT":
        library = load("bcrypt", scheme, "crypt")
        if len(password) > _BCRYPT_READS:
            raise ValueError(f"{scheme} takes no more than {_BCRYPT_READS} octets")
        return str(library.hashpw(password, library.gensalt()).decode("ascii"))
    if scheme == "ARGON2ID":
        return str(load("argon2", scheme, "argon2").PasswordHasher().hash(password))
    handler = _handler(scheme, _FAMILIES[scheme][1])
    return str(handler.using(rounds=_ROUNDS).hash(password))


def _handler(scheme: str, name: str) -> Any:
    return getattr(load("passlib.hash", scheme, "crypt"), name)
