"""What may keep a login waiting, or out."""

from typing import Protocol


class Guard(Protocol):
    """Remembers logins over sessions."""

    def admit(self, user: str) -> None:
        """The credentials are right. Raises TooEarly (RFC 2449 section 8.1.1)."""

    def succeeded(self, address: str) -> None:
        """Somebody at this address has logged in."""

    def failed(self, address: str) -> float:
        """Somebody at this address has not; the seconds until that is to be told."""


class _NoGuard:
    def admit(self, user: str) -> None:
        pass

    def succeeded(self, address: str) -> None:
        pass

    def failed(self, address: str) -> float:
        return 0.0


NO_GUARD: Guard = _NoGuard()
