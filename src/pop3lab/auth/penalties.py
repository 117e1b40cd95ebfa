"""Delays for those who fail to log in, by address."""

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

_STEPS = (1.0, 2.0, 4.0, 8.0)  # seconds after the first, second, third and any further failure
_FORGOTTEN = 900.0  # seconds after the last failure
_PREFIX = 56  # bits of an IPv6 address that one household has; RIPE-690


class _Record(NamedTuple):
    failures: int
    last: float


class Penalties:
    """Counts failed logins: per IPv4 address, per /56 of IPv6.

    No more than `most` addresses are remembered, those that failed last.
    """

    def __init__(
        self, clock: Callable[[], float], most: int = 65_536, *, spare_loopback: bool = False
    ) -> None:
        """clock: seconds, never going back. spare_loopback: no delay for clients of this host."""
        self._clock = clock
        self._most = most
        self._spare_loopback = spare_loopback
        self._records: OrderedDict[str, _Record] = OrderedDict()  # oldest failure first

    def __len__(self) -> int:
        return len(self._records)

    def delay(self, address: str) -> float:
        """The seconds that the last failure cost, as long as it is remembered."""
        key = self._key(address)
        record = self._records.get(key) if key is not None else None
        if record is None or self._clock() - record.last >= _FORGOTTEN:
            return 0.0
        return _STEPS[min(record.failures, len(_STEPS)) - 1]

    def failed(self, address: str) -> float:
        """Note a failure; the seconds until its answer."""
        key = self._key(address)
        if key is None:
            return 0.0
        now = self._clock()
        self._forget(now)
        before = self._records.pop(key, None)
        self._records[key] = _Record(before.failures + 1 if before else 1, now)
        if len(self._records) > self._most:
            self._records.popitem(last=False)
        return self.delay(address)

    def succeeded(self, address: str) -> None:
        """Forget the failures of an address."""
        key = self._key(address)
        if key is not None:
            self._records.pop(key, None)

    def _forget(self, now: float) -> None:
        while self._records:
            oldest = next(iter(self._records.values()))
            if now - oldest.last < _FORGOTTEN:
                return
            self._records.popitem(last=False)

    def _key(self, address: str) -> str | None:
        """What failures are counted by; None where they aren't."""
        try:
            parsed = ip_address(address.partition("%")[0])
        except ValueError:
            return address
        if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
            parsed = parsed.ipv4_mapped
        if parsed.is_loopback and self._spare_loopback:
            return None
        return str(parsed) if isinstance(parsed, IPv4Address) else _network(parsed)


def _network(address: IPv6Address) -> str:
    return f"{int(address) >> (128 - _PREFIX):x}/{_PREFIX}"
