r"""Tokens of rules: quoted and named words, with their places.

Words are separated by white space. Quotes keep white space: `text="-ERR no"`; within quotes, \r \n
\t \" \\ and \x00 are escapes. `name=value` is a named word.
"""

import re
from typing import NamedTuple

from pop3lab.core.errors import ConfigError

_WORD = re.compile(r'\s*(?:([a-z][a-z0-9-]*)=)?("(?:[^"\\]|\\.)*"|[^\s"]+)(?=\s|$)', re.DOTALL)
_ESCAPE = re.compile(rb'\\(x[0-9a-fA-F]{2}|["\\rnt])|\\')
_ESCAPES = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b'"': b'"', b"\\": b"\\"}
_SHOWN = {octet: escape for escape, octet in _ESCAPES.items()}
_SPECIAL = re.compile(rb"[^\x20\x21\x23-\x5b\x5d-\x7e]")
_MOST_DIGITS = 40  # size-huge has 39
_MOST_SHOWN = 80
_BARE = re.compile(rb"[^\s\"=>()\\]+")


class RuleToken(NamedTuple):
    """A word: its name, if any, its octets, and the place of its first character."""

    name: str
    octets: bytes
    place: int
    quoted: bool

    @property
    def text(self) -> str:
        """The octets, decoded as UTF-8."""
        return self.octets.decode("utf-8", "surrogateescape")


def split(text: str) -> list[RuleToken]:
    """Return the words of a text. Raises ConfigError."""
    words = []
    place = 0
    while text[place:].strip():
        match = _WORD.match(text, place)
        if not match:
            start = place + len(text[place:]) - len(text[place:].lstrip())
            raise wrong(text, start, 'a word with quotes ends with them: name="value"')
        name, value = match[1] or "", match[2]
        quoted = value.startswith('"')
        start = match.start(1) if name else match.start(2)
        octets = _unquoted(text, value, match.start(2)) if quoted else _utf8(value)
        words.append(RuleToken(name, octets, start, quoted))
        place = match.end()
    return words


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _unquoted(text: str, value: str, place: int) -> bytes:
    def unescape(match: re.Match[bytes]) -> bytes:
        if match[1] is None:
            raise wrong(text, place, r"after a backslash comes one of r n t \ x00 or a quote")
        hexadecimal = match[1].startswith(b"x")
        return bytes([int(match[1][1:], 16)]) if hexadecimal else _ESCAPES[match[1]]

    return _ESCAPE.sub(unescape, _utf8(value[1:-1]))


def shown(octets: bytes) -> str:
    """Return the octets as a word that parses back to them."""
    if _BARE.fullmatch(octets) and octets.isascii() and not _SPECIAL.search(octets):
        return octets.decode("ascii")
    return f'"{_SPECIAL.sub(_escape, octets).decode("ascii")}"'


def _escape(match: re.Match[bytes]) -> bytes:
    short = _SHOWN.get(match[0])
    return b"\\" + short if short else b"\\x%02x" % match[0][0]


def wrong(text: str, place: int, why: str) -> ConfigError:
    """Return an error of one line that shows its place in a text."""
    before, after = text[:place].strip(), text[place:].strip()
    if len(after) > _MOST_SHOWN:
        after = f"{after[:_MOST_SHOWN]}..."
    there = f"at the end of {before!r}" if not after else f"at {after!r}"
    return ConfigError(f"{there}: {why}")


def whole(text: str) -> int:
    """Parse a whole number. Raises ValueError, also for an unreasonably long one."""
    if len(text) > _MOST_DIGITS:
        raise ValueError(f"a number has at most {_MOST_DIGITS} digits")
    return int(text)
