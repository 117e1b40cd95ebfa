"""A password as it is stored: in clear, as a hash, or as keys of SCRAM."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field

from pop3lab.auth.preparation import prepared
from pop3lab.auth.scram_keys import Keys, derive, read_keys


@dataclass(frozen=True, slots=True)
class Stored:
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
    keys: Keys | None = field(default=None, repr=False)
    is_fast: bool = False


def plain(password: str) -> Stored:
    """A password in clear."""
    octets = prepared(password).encode()
    return Stored(
        "PLAIN", lambda given: hmac.compare_digest(given, octets), clear=password, is_fast=True
    )


def locked() -> Stored:
    """No password at all: the account is for tokens or certificates."""
    return Stored("", lambda given: False, is_fast=True)


def scram(mechanism: str, text: str) -> Stored:
    """Keys of SCRAM as Dovecot writes them. Raises ValueError."""
    keys = read_keys(mechanism, text)

    def matches(given: bytes) -> bool:
        again = derive(mechanism, given.decode(), keys.salt, keys.iterations)
        return hmac.compare_digest(again.stored, keys.stored)

    return Stored(mechanism, matches, cost=str(keys.iterations), keys=keys)
