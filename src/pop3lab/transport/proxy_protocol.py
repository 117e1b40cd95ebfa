"""The PROXY protocol, version 2: a proxy says whom it speaks for, before anything else is said.

https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt; sections are of that document. It is
believed from listed networks only: whoever may send it can say anything.
"""

import ipaddress
import struct
from collections.abc import Sequence
from typing import NamedTuple

from pop3lab.core.errors import Refused

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
_HEAD = len(_SIGNATURE) + 4  # octets: signature, version and command, family, length
_MOST = 4096  # octets behind the head; section 2.2 allows 65535, proxies send some hundreds
_LOCAL, _PROXY = 0x20, 0x21
_UNKNOWN, _TCP4, _TCP6 = 0x00, 0x11, 0x21


class NotProxied(Refused):
    """What came is no PROXY header of version 2: the connection is to be closed (section 2)."""


class Address(NamedTuple):
    """An IPv4 or IPv6 address and a port."""

    host: str
    port: int


class ProxyHeader(NamedTuple):
    """What a header says, or None in both where the connection is the proxy's own.

    source: the client. destination: where the client connected to.
    """

    source: Address | None = None
    destination: Address | None = None


class HeaderReader:
    """Takes octets, cut anywhere, until the header is whole."""

    def __init__(self) -> None:
        self._octets = b""

    @property
    def missing(self) -> int:
        """How many octets can be read before more is known of its length, or it is whole."""
        if len(self._octets) < _HEAD:
            return _HEAD - len(self._octets)
        return _HEAD + int.from_bytes(self._octets[_HEAD - 2 : _HEAD]) - len(self._octets)

    def feed(self, data: bytes) -> tuple[ProxyHeader, bytes] | None:
        """The header and what came behind it, or None as long as it is not whole.

        Raises NotProxied as soon as that is certain.
        """
        self._octets += data
        _check_signature(self._octets)
        if len(self._octets) < _HEAD:
            return None
        command, family, length = struct.unpack_from("!BBH", self._octets, len(_SIGNATURE))
        _check_head(command, length)
        end = _HEAD + length
        if len(self._octets) < end:
            return None
        header = _header(command, family, self._octets[_HEAD:end])
        return header, self._octets[end:]


def is_listed(peer: str, networks: Sequence[Network]) -> bool:
    """Whether an address is in one of the networks; an IPv4 address mapped into IPv6 is one."""
    address = ipaddress.ip_address(peer.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in network for network in networks)


def _check_signature(octets: bytes) -> None:
    if not _SIGNATURE.startswith(octets[: len(_SIGNATURE)]):
        raise NotProxied("this is no PROXY header of version 2")


def _check_head(command: int, length: int) -> None:
    if command not in (_LOCAL, _PROXY):
        raise NotProxied(f"version and command 0x{command:02X} are not known")
    if length > _MOST:
        raise NotProxied(f"a header of {length} octets is too long")


def _header(command: int, family: int, block: bytes) -> ProxyHeader:
    """block: addresses, then TLVs, which are skipped (section 2.2)."""
    if command == _LOCAL or family == _UNKNOWN:
        return ProxyHeader()
    if family not in (_TCP4, _TCP6):
        raise NotProxied(f"family and transport 0x{family:02X} are not TCP")
    wide = 4 if family == _TCP4 else 16
    if len(block) < 2 * wide + 4:
        raise NotProxied("the header is too short for its addresses")
    source, destination = block[:wide], block[wide : 2 * wide]
    source_port, destination_port = struct.unpack_from("!HH", block, 2 * wide)
    return ProxyHeader(
        Address(str(ipaddress.ip_address(source)), source_port),
        Address(str(ipaddress.ip_address(destination)), destination_port),
    )
