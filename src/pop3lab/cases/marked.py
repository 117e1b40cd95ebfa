"""Messages whose lines name them, so that any piece of a delivered text tells where it is from."""

import re
from enum import Enum
from hashlib import sha256
from typing import NamedTuple

from pop3lab.cases.case import MessageMaker

_MARK = re.compile(rb"([0-9a-f]{8})\.(\d+)\.(head|tail|\d+)")
LINES = 40  # of the body of a plain message


def token_of(case: str, seed: int) -> str:
    """The token of a case: eight hexadecimal digits, the same for the same seed."""
    return sha256(f"{seed} {case}".encode()).hexdigest()[:8]


def marked(
    token: str, number: int, body: bytes | None = None, *, header: bytes = b"", tail: bool = True
) -> bytes:
    """A message with a mark in its header and in its last line.

    body: lines with CRLF between the marks; None for lines that are marked, too. header: fields
    more, with CRLF. tail: whether the last line is there.
    """
    lines = body if body is not None else _lines(token, number)
    end = b"%s.%d.tail\r\n" % (token.encode(), number) if tail else b""
    return _header(token, number) + header + b"\r\n" + lines + end


def _header(token: str, number: int) -> bytes:
    return (
        b"X-Pop3lab: %s.%d.head\r\n" % (token.encode(), number)
        + b"From: Ann <ann@example.org>\r\nTo: Bob <bob@example.org>\r\n"
        + b"Date: Mon, 04 Jan 2027 10:00:0%d +0000\r\n" % (number % 10)
        + b"Subject: message %d\r\nMessage-ID: <%s.%d@example.org>\r\n"
        % (number, token.encode(), number)
    )


def _lines(token: str, number: int) -> bytes:
    lines = [
        b"%s.%d.%d a line of text that is long enough to be cut\r\n"
        % (token.encode(), number, line)
        for line in range(1, LINES + 1)
    ]
    return b"".join(lines) + b"From here on there is nothing but the mark\r\n"


def three(token: str) -> tuple[bytes, ...]:
    """Three plain messages."""
    return tuple(marked(token, number) for number in (1, 2, 3))


class Extent(Enum):
    """How much of a marked message a text has."""

    FOREIGN = "foreign"  # no mark of this case
    PART = "part"
    WHOLE = "whole"  # from the first mark to the last
    MIXED = "mixed"  # of several messages


class Scan(NamedTuple):
    """What marks tell of a text. number: of the first message in it; 0 for none."""

    number: int
    extent: Extent


def scan(token: str, octets: bytes) -> Scan:
    """Read the marks of a delivered text."""
    marks = [(int(m[2]), m[3]) for m in _MARK.finditer(octets) if m[1] == token.encode()]
    if not marks:
        return Scan(0, Extent.FOREIGN)
    number = marks[0][0]
    if len({each for each, _ in marks}) > 1:
        return Scan(number, Extent.MIXED)
    ends = {mark for _, mark in marks} & {b"head", b"tail"}
    return Scan(number, Extent.WHOLE if len(ends) == 2 else Extent.PART)


def small(token: str) -> tuple[bytes, ...]:
    """Three messages of some 300 octets."""
    return tuple(marked(token, number, b"short\r\n") for number in (1, 2, 3))


def with_dots(token: str) -> tuple[bytes, ...]:
    """Three messages with many lines that begin with dots."""
    body = b".\r\n..\r\n...x\r\n.text\r\n" * 8
    return tuple(marked(token, number, body) for number in (1, 2, 3))


def second_of(octets: int) -> MessageMaker:
    """Makes three messages, of which the second has more than so many octets."""

    def make(token: str) -> tuple[bytes, ...]:
        large = b"a line of a message that is large\r\n" * (octets // 35 + 1)
        return marked(token, 1), marked(token, 2, large), marked(token, 3)

    return make


second_large = second_of(16_384)


def single(octets: int) -> MessageMaker:
    """Makes one message of about so many octets."""
    return sized(1, octets)


def sized(number: int, octets: int) -> MessageMaker:
    """Makes so many messages of about so many octets each."""

    def make(token: str) -> tuple[bytes, ...]:
        body = b"a line of a message that is one of many, or large\r\n" * (octets // 51)
        return tuple(marked(token, each, body) for each in range(1, number + 1))

    return make


def many(number: int) -> MessageMaker:
    """Makes so many small messages."""
    return lambda token: tuple(marked(token, each, b"short\r\n") for each in range(1, number + 1))
