"""Passwords as they stand in a users file: `{SCHEME}hash`, as Dovecot writes them.

PLAIN, CLEAR, CLEARTEXT          in clear
SCRAM-SHA-1, SCRAM-SHA-256       iterations,salt,stored key,server key
ARGON2I, ARGON2ID                the extra `argon2`
CRYPT, MD5-CRYPT, SHA256-CRYPT, SHA512-CRYPT, BLF-CRYPT    the extra `crypt`
SHA, SHA1, SHA256, SHA512, SSHA, SSHA256, SSHA512, SMD5, LDAP-MD5, PLAIN-MD5, PBKDF2
                                 the standard library; `.B64` or `.HEX` behind the name: so encoded
"""

import os
import re
from collections.abc import Callable

from pop3lab.auth.crypts import argon2, bcrypt, crypt, family_crypt, make_crypt
from pop3lab.auth.digests import DIGESTS, decoded, digest, pbkdf2
from pop3lab.auth.preparation import prepared
from pop3lab.auth.scram_keys import derive, write_keys
from pop3lab.auth.stored import Stored, locked, plain, scram
from pop3lab.core.errors import ConfigError

_FORM = re.compile(r"\{([A-Za-z0-9-]+)(?:\.([A-Za-z0-9]+))?\}(.*)", re.DOTALL)
_LOCKED = {"", "*", "!", "!!"}  # as in shadow(5)
_ITERATIONS = 100_000  # RFC 7677 section 4: as many as one can bear, each client pays them too


def _plain(scheme: str, text: str, encoding: str) -> Stored:
    return plain(decoded(text, encoding).decode() if encoding else text)


def _scram(scheme: str, text: str, encoding: str) -> Stored:
    if encoding:
        raise ValueError("keys of SCRAM have no encoding")
    return scram(scheme, text)


_READERS: dict[str, Callable[[str, str, str], Stored]] = {
    **dict.fromkeys(("PLAIN", "CLEAR", "CLEARTEXT"), _plain),
    **dict.fromkeys(("SCRAM-SHA-256", "SCRAM-SHA-1"), _scram),
    **dict.fromkeys(("ARGON2ID", "ARGON2I"), argon2),
    **dict.fromkeys(("SHA512-CRYPT", "SHA256-CRYPT", "MD5-CRYPT"), family_crypt),
    "BLF-CRYPT": bcrypt,
    "CRYPT": crypt,
    "PBKDF2": pbkdf2,
    **dict.fromkeys(DIGESTS, digest),
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


def read_password(field: str) -> Stored:
    """The password that a field of a users file holds.

    Raises ValueError, whose text does not show the field, and ConfigError for a missing library.
    """
    if field in _LOCKED:
        return locked()
    if field.startswith("$"):  # as in shadow(5)
        field = "{CRYPT}" + field
    form = _FORM.fullmatch(field)
    if not form:
        raise ValueError("no {SCHEME} before the password; {PLAIN} is for one in clear")
    scheme, encoding, text = form[1].upper(), (form[2] or "").upper(), form[3]
    if scheme not in _READERS:
        raise ValueError(f"a scheme that is none of {' '.join(SCHEMES)}")
    if not text:
        raise ValueError(f"nothing behind {{{scheme}}}")
    try:
        return _READERS[scheme](scheme, text, encoding)
    except ValueError:
        # Not from the libraries' errors, which may show the hash.
        raise ValueError(f"this is not in the form of {{{scheme}}}") from None


def write_password(password: str, scheme: str) -> str:
    """`{SCHEME}hash` of a password; scheme: one of SCHEMES_TO_MAKE. Raises ConfigError."""
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
        return write_keys(derive(scheme, password, os.urandom(16), _ITERATIONS))
    try:
        return make_crypt(scheme, prepared(password).encode())
    except ValueError as error:
        raise ConfigError(str(error)) from error
