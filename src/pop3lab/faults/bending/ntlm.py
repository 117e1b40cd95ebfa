"""The one message of NTLM that a server sends (MS-NLMP section 2.2.1.2)."""

import struct

_SIGNATURE = b"NTLMSSP\0"
_TYPE = 2
_FLAGS = 0x00028233  # Unicode, OEM, request target, NTLM, always sign, target type domain, info
_CHALLENGE = bytes(range(0x11, 0x19))


def type_2(name: bytes, field: tuple[int, int]) -> bytes:
    """A challenge whose target name has this length and offset, whatever is really there."""
    length, offset = field
    fields = struct.pack("<HHI", length & 0xFFFF, length & 0xFFFF, offset & 0xFFFFFFFF)
    head = _SIGNATURE + struct.pack("<I", _TYPE) + fields
    return head + struct.pack("<I", _FLAGS) + _CHALLENGE + bytes(8) + fields + name
