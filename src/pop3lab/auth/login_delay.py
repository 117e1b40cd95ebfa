"""The least time between two logins of a user (LOGIN-DELAY, RFC 2449 section 6.5)."""

from collections import OrderedDict
from collections.abc import Callable

from pop3lab.core.errors import TooEarly


class LoginDelay:
    """Remembers when users were let in, no longer than needed."""

    def __init__(self, seconds: int, clock: Callable[[], float]) -> None:
        """seconds: between two logins. clock: seconds, never going back."""
        self._seconds = seconds
        self._clock = clock
        self._last: OrderedDict[str, float] = OrderedDict()  # the oldest first

    def __len__(self) -> int:
        return len(self._last)

    def admit(self, user: str) -> None:
        """Note a login. Raises TooEarly (RFC 2449 section 8.1.1); a refused one does not count."""
        if not self._seconds:
            return
        now = self._clock()
        self._forget(now)
        if user in self._last:
            raise TooEarly(f"less than {self._seconds} seconds since the last login")
        self._last[user] = now

    def _forget(self, now: float) -> None:
        while self._last:
            user, last = next(iter(self._last.items()))
            if now - last < self._seconds:
                return
            del self._last[user]
