r"""Octets as printable ASCII, and back: \r, \n, \t, \\, and \x00 for other octets."""

import re

_UNPLAIN = re.compile(rb"[^\x20-\x5b\x5d-\x7e]")
_ESCAPE = re.compile(rb"\\(x[0-9A-Fa-f]{2}|.?)", re.DOTALL)
_SHORT = {0x0D: b"\\r", 0x0A: b"\\n", 0x09: b"\\t", 0x5C: b"\\\\"}
_LONG = {short[1:]: bytes([octet]) for octet, short in _SHORT.items()}


class BadEscape(ValueError):
    """A backslash that begins no escape. column: 1 for the first character."""

    def __init__(self, column: int, what: str) -> None:
        super().__init__(f"column {column}: {what}")
        self.column = column
        self.what = what


def escaped(octets: bytes) -> str:
    """Return the octets as printable ASCII."""
    return _UNPLAIN.sub(_escape, octets).decode("ascii")


def unescaped(text: str) -> bytes:
    """Return the octets that a text stands for; non-ASCII characters are encoded as UTF-8.

    Raises BadEscape.
    """
    return _ESCAPE.sub(_unescape, text.encode("utf-8", "surrogatepass"))


def _escape(match: re.Match[bytes]) -> bytes:
    octet = match[0][0]
    return _SHORT.get(octet) or b"\\x%02x" % octet


def _unescape(match: re.Match[bytes]) -> bytes:
    name = match[1]
    if len(name) == 3:
        return bytes.fromhex(name[1:].decode("ascii"))
    if name not in _LONG:
        raise BadEscape(len(_text(match.string[: match.start()])) + 1, _wrong(name))
    return _LONG[name]


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "surrogatepass")


def _wrong(name: bytes) -> str:
    if name == b"x":
        return "\\x is followed by two hexadecimal digits, as in \\x0a"
    begun = "\\" + (name.decode("ascii") if name.isalnum() else "")
    return f"{begun} is not an escape: the escapes are \\r \\n \\t \\x00, and \\\\ for a backslash"
