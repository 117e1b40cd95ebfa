"""The least time between two logins of a user (LOGIN-DELAY, RFC 2449 section 6.5)."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from pop3lab.auth.ledger import Ledger
from pop3lab.core.errors import TooEarly

_MOST = 131_072  # users


class LoginDelay:
    """Remembers when users were let in, no longer than needed."""

    def __init__(
        self,
        seconds: int,
        clock: Callable[[], float],
        lock: AbstractContextManager[None] | None = None,
    ) -> None:
        """seconds: between two logins. clock: seconds, never going back.

        lock: of several processes, see Ledger.
        """
        self._seconds = seconds
        self._users = Ledger(seconds, clock, _MOST, lock)

    def __len__(self) -> int:
        return len(self._users)

    def admit(self, user: str) -> None:
        """Note a login. Raises TooEarly (RFC 2449 section 8.1.1); a refused one does not count."""
        if self._seconds and not self._users.note_first(user):
            raise TooEarly(f"less than {self._seconds} seconds since the last login")
