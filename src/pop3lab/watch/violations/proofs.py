"""Who a SASL response says it is from, and what it proves that with."""

import re
from base64 import b64decode
from typing import NamedTuple

_BASE64 = re.compile(rb"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_SCRAM = re.compile(rb"[^,]*,[^,]*,n=([^,]*),")  # RFC 5802 section 7
_OAUTH = re.compile(rb"(?:user=|n,a=)([^\x01,]*)")  # RFC 7628 section 3.1, and XOAUTH2


class Attempt(NamedTuple):
    """secret: a hash of the proof; None where each proof is another, whatever the secret."""

    user: str
    secret: int | None = None


def useless_after(code: str, attempt: Attempt) -> Attempt | None:
    """What is of no use any more once this was refused with this code; without a secret: any.

    RFC 3206: [AUTH] is about the credentials, [SYS/PERM] about the user.
    """
    if code == "SYS/PERM":
        return Attempt(attempt.user)
    return attempt if code == "AUTH" and attempt.secret is not None else None


def is_base64(response: bytes) -> bool:
    """Whether it is, with its padding and nothing else (RFC 4648 section 4)."""
    return _BASE64.fullmatch(response) is not None


def attempt_in(mechanism: str, nth: int, response: bytes) -> Attempt | None:
    """What the nth response of an exchange says; None if it names nobody."""
    if nth != 1 or not is_base64(response):
        return None
    octets = b64decode(response)
    if mechanism == "PLAIN":
        return _plain(octets)
    user = _named(mechanism, octets)
    return Attempt(user.decode("utf-8", "replace")) if user else None


def _plain(octets: bytes) -> Attempt | None:
    """RFC 4616 section 2: authzid NUL authcid NUL password."""
    parts = octets.split(b"\0")
    return Attempt(parts[1].decode("utf-8", "replace"), hash(parts[2])) if len(parts) == 3 else None


def _named(mechanism: str, octets: bytes) -> bytes:
    if mechanism == "LOGIN":
        return octets
    if mechanism == "CRAM-MD5":
        return octets.rpartition(b" ")[0]
    if mechanism.startswith("SCRAM-"):
        found = _SCRAM.match(octets)
    else:
        found = _OAUTH.match(octets) if mechanism in ("XOAUTH2", "OAUTHBEARER") else None
    return found[1] if found else b""
