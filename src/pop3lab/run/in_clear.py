"""What comes where a TLS handshake should: whether it is one, and else its name."""

import re

from pop3lab.core.commands import COMMANDS
from pop3lab.run.tls_records import TYPES

_OLD = 0x80  # in the first octet of a hello as SSL 2 had it: RFC 5246 appendix E.2
_OLD_HELLO = 1  # its third octet
_LONG = 512  # octets without a line end, by which it is known what they are
_PROXY = b"\r\n\r\n\0\r\nQUIT\n"  # what a PROXY header of version 2 begins with

_KINDS = (
    (rb"(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|CONNECT|TRACE|PATCH|PRI) ", "an HTTP request"),
    (b"PROXY |" + re.escape(_PROXY), "a PROXY header"),
    (rb"SSH-", "an SSH client"),
    (rb"(?i:EHLO|HELO|MAIL FROM:)\b", "an SMTP command"),
    (rb"(?i)\S+ (?:CAPABILITY|LOGIN|AUTHENTICATE|STARTTLS|ID|NOOP|LOGOUT)\b", "an IMAP command"),
)


def is_tls(octets: bytes) -> bool | None:
    """Whether these, one or more, are for TLS, which may refuse them; None: more must come."""
    if octets[0] & _OLD:
        return octets[2] == _OLD_HELLO if len(octets) > 2 else None
    return octets[0] in TYPES


def is_enough(octets: bytes) -> bool:
    """Whether these, which are no TLS, can be named."""
    if _PROXY.startswith(octets):
        return octets == _PROXY
    is_text = 0x20 <= octets[0] < 0x7F or octets[0] in b"\r\n\t"
    return not is_text or b"\n" in octets or len(octets) >= _LONG


def name_of(octets: bytes) -> str:
    """What a client has sent to a port that begins with TLS. Nothing of it is in the name."""
    for pattern, name in _KINDS:
        if re.match(pattern, octets):
            return f"{name} on the TLS port"
    verb = octets.split(maxsplit=1)[:1]
    if verb and verb[0].decode("latin-1").upper() in COMMANDS:
        return "a POP3 command in clear"
    line = octets.partition(b"\n")[0].rstrip(b"\r")
    if all(0x20 <= octet < 0x7F or octet == 0x09 for octet in line):
        return "text in clear on the TLS port"
    return "octets on the TLS port that are no TLS"
