"""PROXY headers, cut at every octet."""

import ipaddress
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop3lab.transport.proxy_protocol import (
    Address,
    HeaderReader,
    NotProxied,
    ProxyHeader,
    is_listed,
)
from tests.cuts import every_cut

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
TLVS = b"\x04\0\x03pad" + b"\x02\0\x0bexample.org"


def header(command: int, family: int, block: bytes) -> bytes:
    return SIGNATURE + struct.pack("!BBH", command, family, len(block)) + block


def block(source: str, destination: str, *ports: int) -> bytes:
    addresses = [ipaddress.ip_address(text).packed for text in (source, destination)]
    return b"".join(addresses) + struct.pack("!HH", *ports)


V4 = block("192.0.2.7", "198.51.100.1", 40000, 110)
V6 = block("2001:db8::7", "2001:db8::1", 40000, 995)
FROM_V4 = ProxyHeader(Address("192.0.2.7", 40000), Address("198.51.100.1", 110))
FROM_V6 = ProxyHeader(Address("2001:db8::7", 40000), Address("2001:db8::1", 995))

GOOD = [
    (header(0x21, 0x11, V4), FROM_V4),
    (header(0x21, 0x21, V6), FROM_V6),
    (header(0x21, 0x11, V4 + TLVS), FROM_V4),
    (header(0x21, 0x21, V6 + TLVS), FROM_V6),
    (header(0x20, 0x00, b""), ProxyHeader()),
    (header(0x20, 0x11, V4), ProxyHeader()),
    (header(0x20, 0x00, TLVS), ProxyHeader()),
    (header(0x21, 0x00, b""), ProxyHeader()),
    (header(0x21, 0x11, V4 + bytes(4096 - len(V4))), FROM_V4),
]


@pytest.mark.parametrize(("octets", "said"), GOOD)
@pytest.mark.parametrize("rest", [b"", b"CAPA\r\n"])
def test_a_header_is_read_at_every_cut(octets: bytes, said: ProxyHeader, rest: bytes) -> None:
    for pieces in every_cut(octets + rest) if len(octets) < 100 else [[octets + rest]]:
        reader = HeaderReader()
        came = b""
        for nth, piece in enumerate(pieces):
            came += piece
            found = reader.feed(piece)
            assert (found is None) == (len(came) < len(octets))
            if found:
                assert found == (said, came[len(octets) :])
                assert came + b"".join(pieces[nth + 1 :]) == octets + rest
                break
        else:
            pytest.fail("no PROXY header of version 2")


BAD = [
    (b"PROXY TCP4 192.0.2.7 198.51.100.1 40000 110\r\n", "no PROXY header of version 2"),
    (b"USER ann\r\n", "no PROXY header of version 2"),
    (SIGNATURE[:-1] + b"\r", "no PROXY header of version 2"),
    (header(0x22, 0x11, V4), "version and command 0x22"),
    (header(0x11, 0x11, V4), "version and command 0x11"),
    (header(0x21, 0x12, V4), "0x12 are not TCP"),
    (header(0x21, 0x31, bytes(216)), "0x31 are not TCP"),
    (header(0x21, 0x41, V4), "0x41 are not TCP"),
    (header(0x21, 0x11, V4[:-1]), "too short for its addresses"),
    (header(0x21, 0x21, V4), "too short for its addresses"),
    (header(0x21, 0x11, V4 + bytes(4097 - len(V4))), "4097 octets is too long"),
]


@pytest.mark.parametrize(("octets", "complaint"), BAD)
def test_what_is_no_header_is_refused_at_every_cut(octets: bytes, complaint: str) -> None:
    for pieces in every_cut(octets) if len(octets) < 100 else [[octets]]:
        with pytest.raises(NotProxied, match=complaint):
            feed(pieces)


def feed(pieces: list[bytes]) -> None:
    """Until it is refused."""
    reader = HeaderReader()
    for piece in pieces:
        assert reader.feed(piece) is None


def test_it_is_refused_as_soon_as_that_is_certain() -> None:
    with pytest.raises(NotProxied):
        HeaderReader().feed(b"U")
    with pytest.raises(NotProxied, match="65535 octets is too long"):
        HeaderReader().feed(SIGNATURE + b"\x21\x11\xff\xff")


def test_no_octets_are_no_header_yet() -> None:
    assert HeaderReader().feed(b"") is None


@given(st.binary(max_size=100), st.booleans())
def test_any_octets_are_a_header_or_refused(octets: bytes, signed: bool) -> None:
    try:
        HeaderReader().feed(SIGNATURE + octets if signed else octets)
    except NotProxied:
        pass


def test_networks_are_matched_in_their_own_family() -> None:
    networks = [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fe80::/10")]
    assert is_listed("10.1.2.3", networks)
    assert is_listed("::ffff:10.1.2.3", networks)
    assert is_listed("fe80::1%eth0", networks)
    assert not is_listed("11.1.2.3", networks)
    assert not is_listed("::a01:203", networks)
    assert not is_listed("10.1.2.3", [])
