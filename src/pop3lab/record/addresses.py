"""Mail addresses and IP addresses, masked by as many other octets."""

import re
from hashlib import sha256
from ipaddress import IPv6Address

_ATOM = rb"A-Za-z0-9.!#$%&'*+/=?^_`{|}~-"
_MAIL = re.compile(rb"(?<![%b])[%b]++@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*" % (_ATOM, _ATOM))
_IPV4 = re.compile(rb"(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9.])")
_IPV6 = re.compile(rb"(?<![\w:])(?=[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:]{2,39}(?![\w:])")
_LETTERS = b"abcdefghijklmnopqrstuvwxyz"


def mask_addresses(octets: bytes) -> bytes:
    """The octets with mail addresses and IP addresses masked.

    A mail address becomes the same letters wherever it comes again.
    """
    octets = _MAIL.sub(_letters, octets)
    octets = _IPV4.sub(lambda match: re.sub(rb"[0-9]", b"0", match[0]), octets)
    return _IPV6.sub(_zeros, octets)


def _zeros(match: re.Match[bytes]) -> bytes:
    try:
        IPv6Address(match[0].decode("ascii"))
    except ValueError:
        return match[0]  # 09:12:44
    return re.sub(rb"[0-9A-Fa-f]", b"0", match[0])


def _letters(match: re.Match[bytes]) -> bytes:
    address = match[0]
    stream = sha256(address).digest() * (len(address) // 32 + 1)
    return bytes(
        octet if octet in b"@." else _LETTERS[drawn % 26]
        for octet, drawn in zip(address, stream, strict=False)
    )
