"""What addresses are one client's."""

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
