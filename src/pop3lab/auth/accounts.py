"""Accounts: names with their passwords."""

import hmac
from collections.abc import Mapping, Sequence
from hashlib import md5

from pop3lab.core.errors import LoginFailed
from pop3lab.core.sasl import Channel, Mechanism

_NOBODYS = "no account has this password, it is only compared with"


class Accounts:
    """Users known by name and password in clear, as APOP needs it (RFC 1939 section 7)."""

    def __init__(self, passwords: Mapping[str, str]) -> None:
        self._passwords = passwords

    def login(self, name: str, password: str) -> str:
        """The user, or raises LoginFailed; it takes the same work for an unknown name."""
        return self._proved(name, password, self._passwords.get(name, _NOBODYS))

    def apop(self, name: str, timestamp: str, digest: str) -> str:
        """The user, or raises LoginFailed. digest: 32 lower-case hexadecimal digits."""
        secret = timestamp + self._passwords.get(name, _NOBODYS)
        wanted = md5(secret.encode(), usedforsecurity=False).hexdigest()
        return self._proved(name, digest, wanted)

    def mechanisms(self, channel: Channel) -> Sequence[Mechanism]:
        """None yet."""
        return ()

    def _proved(self, name: str, given: str, wanted: str) -> str:
        right = hmac.compare_digest(given.encode(), wanted.encode())
        if not right or name not in self._passwords:
            raise LoginFailed("login failed")
        return name
