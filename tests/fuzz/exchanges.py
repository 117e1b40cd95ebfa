"""Logins by SASL, from the client's side: whole exchanges as lines."""

import hmac
from base64 import b64encode
from collections.abc import Callable, Generator
from hashlib import md5

from tests.auth.exchanges import ScramClient
from tests.dialogue import TIMESTAMP
from tests.fuzz.grounds import CHALLENGE

# Yields lines without CRLF, is sent the challenges decoded.
Said = Generator[bytes, bytes, None]
Exchange = Callable[[str, str], Said]


def _encoded(octets: bytes) -> bytes:
    return b64encode(octets) or b"="


def digest(password: str) -> str:
    """Of APOP."""
    return md5((TIMESTAMP + password).encode(), usedforsecurity=False).hexdigest()


def plain_at_once(name: str, password: str) -> Said:
    yield b"AUTH PLAIN " + _encoded(f"\0{name}\0{password}".encode())


def plain(name: str, password: str) -> Said:
    yield b"auth plain"
    yield _encoded(f"\0{name}\0{password}".encode())


def login(name: str, password: str) -> Said:
    yield b"AUTH LOGIN"
    yield _encoded(name.encode())
    yield _encoded(password.encode())


def cram_md5(name: str, password: str) -> Said:
    yield b"AUTH CRAM-MD5"
    proof = hmac.new(password.encode(), CHALLENGE.encode(), "md5").hexdigest()
    yield _encoded(f"{name} {proof}".encode())


def scram(name: str, password: str) -> Said:
    client = ScramClient(password, name=name)
    challenge = yield b"AUTH SCRAM-SHA-256 " + _encoded(client.first(b""))
    challenge = yield _encoded(client.final(challenge))
    client.end(challenge)
    yield b""


EXCHANGES: tuple[Exchange, ...] = (plain_at_once, plain, login, cram_md5, scram)
UNFINISHED = (b"AUTH PLAIN", b"AUTH LOGIN", b"AUTH LOGIN YW5u", b"AUTH CRAM-MD5")
BAD_RESPONSES = (b"*", b"", b"!", b"AAA", b"QUIT", b"====", b"AA==AA==", b"A" * 321, b"\xff\0")
