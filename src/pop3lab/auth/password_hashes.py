"""Password fields of a users file: `{SCHEME}hash`, as Dovecot writes them.

PLAIN, CLEAR, CLEARTEXT          in clear
SCRAM-SHA-1, SCRAM-SHA-256       iterations,salt,stored key,server key
ARGON2I, ARGON2ID                the extra `argon2`
CRYPT, MD5-CRYPT, SHA256-CRYPT, SHA512-CRYPT, BLF-CRYPT    the extra `crypt`
SHA, SHA1, SHA256, SHA512, SSHA, SSHA256, SSHA512, SMD5, LDAP-MD5, PLAIN-MD5, PBKDF2
                                 the standard library; `.B64` or `.HEX` behind the name: so encoded
"""

import hashlib
import hmac
import os
import re
from base64 import b64decode
from collections.abc import Callable
from typing import Any, NamedTuple

from pop3lab.auth.credentials import (
    StoredPassword,
    clear_password,
    derive_scram_keys,
    format_scram_keys,
    no_password,
    saslprep,
    scram_password,
)
from pop3lab.core.errors import ConfigError
from pop3lab.core.optional_import import import_optional

# Digests and PBKDF2, by the standard library.

_MAX_ROUNDS = 10_000_000  # more is surely a mistake


class _Digest(NamedTuple):
    algorithm: str
    salted: bool = False  # the salt stands behind the digest
    encoding: str = "B64"


_DIGESTS = {
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


def _digest(scheme: str, text: str, encoding: str) -> StoredPassword:
    """Read one round of a digest. encoding: B64, HEX, or empty for the scheme's usual."""
    algorithm, salted, usual = _DIGESTS[scheme]
    octets = _decoded(text, encoding or usual)
    size = hashlib.new(algorithm).digest_size
    wanted, salt = octets[:size], octets[size:]
    if len(wanted) < size or bool(salt) != salted:
        raise ValueError("the digest has the wrong length")
    return StoredPassword(
        scheme,
        lambda given: hmac.compare_digest(hashlib.new(algorithm, given + salt).digest(), wanted),
        is_fast=True,
    )


def _pbkdf2(scheme: str, text: str, encoding: str) -> StoredPassword:
    """Read PBKDF2 with SHA-1: $1$salt$rounds$digest."""
    _, version, salt, rounds, wanted = text.split("$")
    count, octets = int(rounds), bytes.fromhex(wanted)
    if version != "1" or not 0 < count <= _MAX_ROUNDS or len(octets) != 20:
        raise ValueError("not $1$salt$rounds$digest")

    def matches(given: bytes) -> bool:
        again = hashlib.pbkdf2_hmac("sha1", given, salt.encode(), count)
        return hmac.compare_digest(again, octets)

    return StoredPassword(scheme, matches, cost=rounds)


def _decoded(text: str, encoding: str) -> bytes:
    """Decode B64, BASE64 or HEX. Raises ValueError."""
    if encoding in {"B64", "BASE64"}:
        return b64decode(text, validate=True)
    if encoding == "HEX":
        return bytes.fromhex(text)
    raise ValueError("unknown encoding: .B64 or .HEX is wanted")


# Slow hashes, each by a library: crypt(3), bcrypt and Argon2.

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

# Like all readers, these take the scheme, the hash and an encoding, of which they have none.
# They raise ValueError for a malformed hash, ConfigError if the library is missing.


def _crypt(scheme: str, text: str, encoding: str) -> StoredPassword:
    """Read a hash of any family that the C library knows, recognized by its prefix."""
    if text.startswith("$2"):
        return _bcrypt(scheme, text, encoding)
    for family, (prefix, _) in _FAMILIES.items():
        if text.startswith(prefix):
            return _family_crypt(family, text, encoding)
    raise ValueError("a hash of crypt that is neither $1$, $2y$, $5$ nor $6$")


def _family_crypt(scheme: str, text: str, encoding: str) -> StoredPassword:
    """Read MD5-CRYPT, SHA256-CRYPT, SHA512-CRYPT."""
    from pop3lab.auth import c_crypt

    prefix, name = _FAMILIES[scheme]
    handler = _handler(scheme, name)
    if encoding or not text.startswith(prefix):
        raise ValueError(f"a hash of {scheme} begins with {prefix}")
    parts = handler.from_string(text)
    if not parts.checksum:
        raise ValueError("the hash is cut off")

    def matches(given: bytes) -> bool:
        return c_crypt.matches(given, text, name)

    return StoredPassword(scheme, matches, cost=str(getattr(parts, "rounds", "")))


def _bcrypt(scheme: str, text: str, encoding: str) -> StoredPassword:
    """Read BLF-CRYPT."""
    library = import_optional("bcrypt", "BLF-CRYPT", "crypt")
    if encoding or not (form := _BCRYPT.fullmatch(text)):
        raise ValueError("not a hash of bcrypt")

    def matches(given: bytes) -> bool:
        return bool(library.checkpw(given[:_BCRYPT_READS], text.encode("ascii")))

    return StoredPassword("BLF-CRYPT", matches, cost=form[1])


def _argon2(scheme: str, text: str, encoding: str) -> StoredPassword:
    """Read ARGON2I, ARGON2ID."""
    library = import_optional("argon2", scheme, "argon2")
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
            raise MemoryError(str(error)) from error  # or it gets no thread

    return StoredPassword(scheme, matches, cost=form[2])


def _make_crypt(scheme: str, password: bytes) -> str:
    """Hash a password. Raises ConfigError for a missing library, ValueError for one too long."""
    if scheme == "BLF-CRYPT":
        library = import_optional("bcrypt", scheme, "crypt")
        if len(password) > _BCRYPT_READS:
            raise ValueError(f"{scheme} takes no more than {_BCRYPT_READS} octets")
        return str(library.hashpw(password, library.gensalt()).decode("ascii"))
    if scheme == "ARGON2ID":
        return str(import_optional("argon2", scheme, "argon2").PasswordHasher().hash(password))
    handler = _handler(scheme, _FAMILIES[scheme][1])
    return str(handler.using(rounds=_ROUNDS).hash(password))


def _handler(scheme: str, name: str) -> Any:
    return getattr(import_optional("passlib.hash", scheme, "crypt"), name)


_FORM = re.compile(r"\{([A-Za-z0-9-]+)(?:\.([A-Za-z0-9]+))?\}(.*)", re.DOTALL)
_LOCKED = {"", "*", "!", "!!"}  # as in shadow(5)
_ITERATIONS = 100_000  # RFC 7677 section 4: as many as practical; each client computes them, too


def _plain(scheme: str, text: str, encoding: str) -> StoredPassword:
    return clear_password(_decoded(text, encoding).decode() if encoding else text)


def _scram(scheme: str, text: str, encoding: str) -> StoredPassword:
    if encoding:
        raise ValueError("keys of SCRAM have no encoding")
    return scram_password(scheme, text)


_READERS: dict[str, Callable[[str, str, str], StoredPassword]] = {
    **dict.fromkeys(("PLAIN", "CLEAR", "CLEARTEXT"), _plain),
    **dict.fromkeys(("SCRAM-SHA-256", "SCRAM-SHA-1"), _scram),
    **dict.fromkeys(("ARGON2ID", "ARGON2I"), _argon2),
    **dict.fromkeys(("SHA512-CRYPT", "SHA256-CRYPT", "MD5-CRYPT"), _family_crypt),
    "BLF-CRYPT": _bcrypt,
    "CRYPT": _crypt,
    "PBKDF2": _pbkdf2,
    **dict.fromkeys(_DIGESTS, _digest),
}

SCHEMES = tuple(_READERS)
SCHEMES_TO_MAKE = (
    "SCRAM-SHA-256",
    "SCRAM-SHA-1",
    "ARGON2ID",
    "SHA512-CRYPT",
    "SHA256-CRYPT",
    "BLF-CRYPT",
    "PLAIN",
)


def read_password(field: str) -> StoredPassword:
    """Return the password that a field of a users file holds.

    Raises ValueError, which does not show the field, and ConfigError for a missing library.
    """
    if field in _LOCKED:
        return no_password()
    if field.startswith("$"):  # as in shadow(5)
        field = "{CRYPT}" + field
    form = _FORM.fullmatch(field)
    if not form:
        raise ValueError("no {SCHEME} before the password; {PLAIN} is for one in clear")
    scheme, encoding, text = form[1].upper(), (form[2] or "").upper(), form[3]
    if scheme not in _READERS:
        raise ValueError(f"the scheme is unknown: give one of {' '.join(SCHEMES)}")
    if not text:
        raise ValueError(f"nothing behind {{{scheme}}}")
    try:
        return _READERS[scheme](scheme, text, encoding)
    except ValueError:
        # Not from the libraries' errors, which may show the hash.
        raise ValueError(f"this is not in the form of {{{scheme}}}") from None


def write_password(password: str, scheme: str) -> str:
    """Return `{SCHEME}hash` of a password. scheme: one of SCHEMES_TO_MAKE. Raises ConfigError."""
    scheme = scheme.upper()
    if scheme not in SCHEMES_TO_MAKE:
        raise ConfigError(f"the scheme must be one of {' '.join(SCHEMES_TO_MAKE)}")
    if not password or not password.isprintable():
        raise ConfigError("a password is printable and has at least one character")
    return f"{{{scheme}}}{_hash(scheme, password)}"


def _hash(scheme: str, password: str) -> str:
    if scheme == "PLAIN":
        return password
    if scheme.startswith("SCRAM-"):
        return format_scram_keys(derive_scram_keys(scheme, password, os.urandom(16), _ITERATIONS))
    try:
        return _make_crypt(scheme, saslprep(password).encode())
    except ValueError as error:
        raise ConfigError(str(error)) from error
