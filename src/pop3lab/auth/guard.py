"""What the session asks about logins over time: core's Guard, of delays and penalties."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from pop3lab.auth.login_delay import LoginDelay
from pop3lab.auth.penalties import Penalties


class Gate:
    """Delays for those who fail, and a least time between two logins of a user.

    shared: whether processes that are forked may use it at once.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        login_delay: int = 0,
        most: int = 65_536,
        spare_loopback: bool = True,
        lock: AbstractContextManager[None] | None = None,
    ) -> None:
        """clock: seconds, never going back. login_delay: seconds; 0 for no least time.

        most: addresses whose failures are remembered. lock: where forked processes have the same.
        """
        self.shared = lock is not None
        self._penalties = Penalties(clock, most, spare_loopback=spare_loopback, lock=lock)
        self._login_delay = LoginDelay(login_delay, clock, lock)

    def admit(self, user: str) -> None:
        """Raises TooEarly (RFC 2449 section 8.1.1)."""
        self._login_delay.admit(user)

    def succeeded(self, address: str) -> None:
        """Somebody at this address has logged in."""
        self._penalties.succeeded(address)

    def failed(self, address: str) -> float:
        """Somebody at this address has not; the seconds until that is to be told."""
        return self._penalties.failed(address)
