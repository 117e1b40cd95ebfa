"""Login throttling: a minimum time between logins of a user, and delays after failed ones."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from pop3lab.auth.shared_counters import SharedCounters
from pop3lab.core.errors import TooEarly

# The minimum time between logins of a user (LOGIN-DELAY, RFC 2449 section 6.5).

_MOST = 131_072  # users


class LoginDelay:
    """Refuses a user who logged in too short a time ago."""

    def __init__(
        self,
        seconds: int,
        clock: Callable[[], float],
        lock: AbstractContextManager[None] | None = None,
    ) -> None:
        """seconds: between two logins. clock: seconds, never going back.

        lock: shared by several processes, see SharedCounters.
        """
        self._seconds = seconds
        self._users = SharedCounters(seconds, clock, _MOST, lock)

    def __len__(self) -> int:
        return len(self._users)

    def admit(self, user: str) -> None:
        """Record a login, unless it raises TooEarly (RFC 2449 section 8.1.1)."""
        if self._seconds and not self._users.note_first(user):
            raise TooEarly(f"less than {self._seconds} seconds since the last login")


# Delays after failed logins, by address.

_STEPS = (1.0, 2.0, 4.0, 8.0)  # seconds after the first, second, third and any further failure
_FORGOTTEN = 900.0  # seconds after the last failure
_PREFIX = 56  # prefix bits of a household's IPv6 network (RIPE-690)


class FailedLoginDelay:
    """Delays answers to failed logins, longer after each failure: per IPv4 address or IPv6 /56.

    At most `most` addresses are remembered, those that failed last.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        most: int = 65_536,
        *,
        spare_loopback: bool = False,
        lock: AbstractContextManager[None] | None = None,
    ) -> None:
        """clock: seconds, never going back. spare_loopback: no delay for clients of this host.

        lock: shared by several processes, see SharedCounters.
        """
        self._spare_loopback = spare_loopback
        self._failures = SharedCounters(_FORGOTTEN, clock, most, lock)

    def __len__(self) -> int:
        return len(self._failures)

    def delay(self, address: str) -> float:
        """Return the seconds that the last failure cost, while it is remembered."""
        key = self._key(address)
        return 0.0 if key is None else _step(self._failures.count(key))

    def failed(self, address: str) -> float:
        """Record a failure. Return the seconds until it is answered."""
        key = self._key(address)
        return 0.0 if key is None else _step(self._failures.note(key))

    def succeeded(self, address: str) -> None:
        """Forget the failures of an address."""
        key = self._key(address)
        if key is not None:
            self._failures.forget(key)

    def _key(self, address: str) -> str | None:
        """Return what failures are counted by; None if they aren't."""
        key, is_loopback = _counted_as(address)
        return None if is_loopback and self._spare_loopback else key


def _step(failures: int) -> float:
    return _STEPS[min(failures, len(_STEPS)) - 1] if failures else 0.0


@lru_cache(maxsize=1024)
def _counted_as(address: str) -> tuple[str, bool]:
    """Return the address, or the network of an IPv6 address; and whether it is of this host."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address, False
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    own = str(parsed) if isinstance(parsed, IPv4Address) else _network(parsed)
    return own, parsed.is_loopback


def _network(address: IPv6Address) -> str:
    return f"{int(address) >> (128 - _PREFIX):x}/{_PREFIX}"


class TimedThrottle:
    """Throttles logins over time: core's `LoginThrottle`.

    shared: whether forked processes may use it at once.
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
        """clock: seconds, never going back. login_delay: seconds; 0 for none.

        most: addresses whose failures are remembered. lock: shared by forked processes.
        """
        self.shared = lock is not None
        self._failed_login_delay = FailedLoginDelay(
            clock, most, spare_loopback=spare_loopback, lock=lock
        )
        self._login_delay = LoginDelay(login_delay, clock, lock)

    def admit(self, user: str) -> None:
        """Admit a login. Raises TooEarly (RFC 2449 section 8.1.1)."""
        self._login_delay.admit(user)

    def succeeded(self, address: str) -> None:
        """Forget the failures of an address from which somebody has logged in."""
        self._failed_login_delay.succeeded(address)

    def failed(self, address: str) -> float:
        """Record a failure from an address. Return the seconds until it is answered."""
        return self._failed_login_delay.failed(address)
