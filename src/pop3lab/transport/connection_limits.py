"""How many may be connected at once, and who has to go where there are too many."""

from collections import Counter, OrderedDict, defaultdict
from typing import Protocol


class LimitedConnection(Protocol):
    """A connection that may have to go for another."""

    @property
    def is_protected(self) -> bool:
        """Whether it may not be evicted: it is logged in, or about to end, and stays so."""

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
        self._from: Counter[str] = Counter()  # those who come from somewhere
        self._evictable = _Queue()  # all but those seen to be protected, the first one first
        self._evictable_from: defaultdict[str, _Queue] = defaultdict(_Queue)

    def enter(self, connection: LimitedConnection, host: str = "") -> str:
        """Count a connection, and evict others to have room; return why there is none, or nothing.

        host: where it comes from; those from nowhere are not counted by it.
        """
        full = 0 < self._most <= len(self._hosts)
        refusal = self._refusal(host) if host or full else ""
        self._hosts[connection] = host
        self._evictable[connection] = None
        if host:
            self._from[host] += 1
            self._evictable_from[host][connection] = None
        return refusal

    def _refusal(self, host: str) -> str:
        while host and 0 < self._most_from_host <= self._from[host]:
            if not self._evict_first(self._evictable_from[host]):
                return "too many connections from this address"
        while 0 < self._most <= len(self._hosts):
            if not self.make_room():
                return "too many connections"
        return ""

    def make_room(self) -> bool:
        """Evict one, if there is one that may be."""
        return self._evict_first(self._evictable)

    def _evict_first(self, queue: _Queue) -> bool:
        while queue:
            connection = next(iter(queue))
            if not connection.is_protected:
                self.leave(connection)
                connection.evict()
                return True
            self._protect(connection)
        return False

    def leave(self, connection: LimitedConnection) -> None:
        """Count it no more; it may have left already."""
        if connection not in self._hosts:
            return
        self._protect(connection)
        if host := self._hosts.pop(connection):
            self._from[host] -= 1
            if not self._from[host]:
                del self._from[host]

    def _protect(self, connection: LimitedConnection) -> None:
        """Evict it no more."""
        if connection not in self._evictable:
            return
        del self._evictable[connection]
        if host := self._hosts[connection]:
            queue = self._evictable_from[host]
            del queue[connection]
            if not queue:
                del self._evictable_from[host]


def is_this_machine(host: str) -> bool:
    """Whether a client with this address is on loopback."""
    return host.startswith("127.") or host in ("::1", "::ffff:127.0.0.1")


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
