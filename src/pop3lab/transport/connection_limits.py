"""How many may be connected at once, and who has to go where there are too many."""

from collections import Counter, OrderedDict, defaultdict
from typing import Protocol


class LimitedConnection(Protocol):
    """A connection."""

    @property
    def stays(self) -> bool:
        """Whether it is logged in, or is about to end by itself: from then on it always is."""

    def evict(self) -> None:
        """End it at once."""


_Queue = OrderedDict[LimitedConnection, None]


class ConnectionLimits:
    """All who are connected. Where there are too many, those longest without login go first.

    most, most_from_host: how many at once, and how many from one host, 0 for any number.
    """

    def __init__(self, most: int = 0, most_from_host: int = 0) -> None:
        self._most = most
        self._most_from_host = most_from_host
        self._hosts: dict[LimitedConnection, str] = {}
        self._from: Counter[str] = Counter()
        self._strangers = _Queue()  # all but those who were seen to stay, the first one first
        self._strangers_from: defaultdict[str, _Queue] = defaultdict(_Queue)

    def enter(self, guest: LimitedConnection, host: str = "") -> str:
        """Count a guest, and evict others to have room; why there is none all the same, or nothing.

        host: where it comes from; those from nowhere are not counted by it.
        """
        refusal = self._refusal(host)
        self._hosts[guest] = host
        self._from[host] += 1
        self._strangers[guest] = None
        self._strangers_from[host][guest] = None
        return refusal

    def _refusal(self, host: str) -> str:
        while host and 0 < self._most_from_host <= self._from[host]:
            if not self._evict_first(self._strangers_from[host]):
                return "too many connections from this address"
        while 0 < self._most <= len(self._hosts):
            if not self.make_room():
                return "too many connections"
        return ""

    def make_room(self) -> bool:
        """Evict one, if there is one that may be."""
        return self._evict_first(self._strangers)

    def _evict_first(self, queue: _Queue) -> bool:
        while queue:
            guest = next(iter(queue))
            if not guest.stays:
                self.leave(guest)
                guest.evict()
                return True
            self._know(guest)
        return False

    def leave(self, guest: LimitedConnection) -> None:
        """Count it no more; it may have left already."""
        if guest not in self._hosts:
            return
        self._know(guest)
        host = self._hosts.pop(guest)
        self._from[host] -= 1
        if not self._from[host]:
            del self._from[host]

    def _know(self, guest: LimitedConnection) -> None:
        """It is no stranger."""
        if guest not in self._strangers:
            return
        del self._strangers[guest]
        queue = self._strangers_from[host := self._hosts[guest]]
        del queue[guest]
        if not queue:
            del self._strangers_from[host]


# What addresses are one client's.

_PREFIX = 64  # bits of an IPv6 address that one customer has at least; RFC 6177


def network_of(host: str) -> str:
    """An IPv4 address is a client's own, of IPv6 a network of 64 bits is. Other text is as it is.

    An IPv4 address may be written as one of IPv6 (RFC 4291 section 2.5.5.2).
    """
    if ":" not in host:
        return host
    from ipaddress import IPv6Address, ip_address, ip_network  # not for the many without

    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    assert isinstance(address, IPv6Address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((address, _PREFIX), strict=False))
