"""The text of generated messages: plausible, of an exact size, and the same on any machine.

Everything is chosen by SHAKE-256 of what it belongs to, not by Python's own generator, whose
choices may differ from version to version.
"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import shake_256
from itertools import count

_TEXT = """a about after all and any are as at back because been before but by can come could day
did do each find first for from get give go good great had has have he her here him his how if in
into is it just know letter like line look made mail make many may meeting more most much my new no
not now of on one only or other our out over part people place please plan regards report right said
see send she should sincerely small so some such take team than thank that the their them then there
these they thing think this time to today tomorrow two up us use very want was way we week well went
were what when which who will with word work would write year yes you your"""
_WORDS = _TEXT.split()
_FIRST = ["Ann", "Ben", "Chloe", "Daniel", "Eva", "Frank", "Grace", "Hugo", "Ines", "Jonas"]
_LAST = ["Adams", "Berger", "Costa", "Dubois", "Evans", "Fischer", "Garcia", "Hansen", "Ito"]
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
_POOL = 256  # lines, of which bodies are made: an octet chooses one
_AT_ONCE = 1024  # lines
_ENCODED = 78  # octets of a line of an attachment
_MIME = 1200  # octets: a smaller message has no parts

_Pieces = Iterator[bytes]  # in pieces

# What servers and clients stumble over: see tests/contract and the checklist's sections G and I.
_NASTY = [
    b".",
    b"..",
    b". a dot and a space",
    b".\tand a tab",
    b"From ann Thu Jan  1 00:00:00 1970",
    b">From the start",
    b"caf\xc3\xa9 in UTF-8, caf\xe9 in Latin-1",
    b"NUL \0, BEL \a, DEL \x7f and \xff",
    b"a CR \r in the line",
    b"   spaces at both ends   ",
    b"",
    b"x" * 998,
    b"y " * 2500,
    b"-ERR this is no reply",
    b"+OK nor is this",
    b"--",
]


class MessageWriter:
    """Writes the messages of a seed."""

    def __init__(self, seed: str) -> None:
        self._plain = [_line(seed, number) for number in range(_POOL)]
        nasty = [line + b"\r\n" for line in _NASTY]
        self._nasty = [*nasty * 3, *self._plain[3 * len(nasty) :]]
        self._encoded = [_encoded(seed, number) for number in range(_POOL)]

    def message(self, name: bytes, number: int, user: str, octets: int, *, nasty: bool) -> _Pieces:
        """Yield the pieces of a message of exactly so many octets, with CRLF line ends.

        name: decides all choices. number: of the message in the maildrop, which decides its date.
        octets: at least SMALLEST.
        """
        choices = shake_256(name).digest(64)
        header = _header(choices, number, user)
        pool = self._nasty if nasty else self._plain
        if octets < _MIME or choices[8] % 2:
            return self._single(name, header, octets, pool)
        return self._parts(name, header, octets, pool)

    def _single(self, name: bytes, header: bytes, octets: int, pool: Sequence[bytes]) -> _Pieces:
        header += b"Content-Type: text/plain; charset=us-ascii\r\n\r\n"
        yield header
        yield from _lines(name + b" text", octets - len(header), pool)

    def _parts(self, name: bytes, header: bytes, octets: int, pool: Sequence[bytes]) -> _Pieces:
        """A text, and as much attached to it."""
        boundary = b"=_" + shake_256(name + b" boundary").hexdigest(12).encode()
        header += b'Content-Type: multipart/mixed; boundary="%s"\r\n\r\n' % boundary
        text = b"--%s\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n" % boundary
        attachment = _attachment(boundary)
        end = b"--%s--\r\n" % boundary
        left = octets - len(header) - len(text) - len(attachment) - len(end)
        attached = left // 2 // _ENCODED * _ENCODED
        yield header + text
        yield from _lines(name + b" text", left - attached, pool)
        yield attachment
        yield from _lines(name + b" attached", attached, self._encoded)
        yield end


def _header(choices: bytes, number: int, user: str) -> bytes:
    """All but Content-Type and the blank line; less than 400 octets."""
    name = f"{_pick(_FIRST, choices[0])} {_pick(_LAST, choices[1])}"
    sender = name.replace(" ", ".").lower()
    subject = " ".join(_pick(_WORDS, choice) for choice in choices[2 : 5 + choices[7] % 4])
    date = _BEGINNING + timedelta(minutes=7 * number, seconds=choices[10] % 60)
    return (
        f"From: {name} <{sender}@example.org>\r\n"
        f"To: <{_local_part(user)}@example.com>\r\n"
        f"Subject: {subject.capitalize()}\r\n"
        f"Date: {_date(date)}\r\n"
        f"Message-ID: <{choices[16:32].hex()}@example.org>\r\n"
        "MIME-Version: 1.0\r\n"
    ).encode("ascii")


def _local_part(user: str) -> str:
    """The user's name, where it can stand in a header as it is."""
    plain = user.replace("-", "").replace("_", "").replace(".", "")
    return user if plain.isascii() and plain.isalnum() and len(user) <= 40 else "user"


def _date(date: datetime) -> str:
    """As RFC 5322 section 3.3 writes it, whatever the locale."""
    day = f"{_DAYS[date.weekday()]}, {date.day} {_MONTHS[date.month - 1]} {date.year}"
    return f"{day} {date:%H:%M:%S} +0000"


def _attachment(boundary: bytes) -> bytes:
    return (
        b"--%s\r\nContent-Type: application/octet-stream\r\n"
        b'Content-Disposition: attachment; filename="data.bin"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n" % boundary
    )


def _lines(name: bytes, octets: int, pool: Sequence[bytes]) -> _Pieces:
    """Pieces of lines from the pool, so many octets: none, or enough for a line end."""
    for number in count():
        choices = shake_256(b"%s %d" % (name, number)).digest(_AT_ONCE)
        lines = [pool[choice] for choice in choices]
        block = b"".join(lines)
        if not _fits(block, octets):
            break
        yield block
        octets -= len(block)
    yield b"".join(_fitted(lines, octets))


def _fits(lines: bytes, octets: int) -> bool:
    """Whether they leave room for nothing, or for at least a line end."""
    return len(lines) == octets or len(lines) + 2 <= octets


def _fitted(lines: Sequence[bytes], octets: int) -> Iterator[bytes]:
    """So many of the lines as fit, and one more that ends exactly there."""
    for line in lines:
        if not _fits(line, octets):
            break
        yield line
        octets -= len(line)
    if octets:
        yield (b"and so on " * (octets // 10 + 1))[: octets - 2] + b"\r\n"


def _line(seed: str, number: int) -> bytes:
    """A line of text; every 32nd begins with a dot, every 16th is blank."""
    choices = shake_256(f"{seed} line {number}".encode()).digest(16)
    if number % 16 == 7:
        return b"\r\n"
    words = " ".join(_pick(_WORDS, choice) for choice in choices[1 : 5 + choices[0] % 11])
    dot = "." if number % 32 == 0 else ""
    return f"{dot}{words}\r\n".encode("ascii")


def _encoded(seed: str, number: int) -> bytes:
    return b64encode(shake_256(f"{seed} data {number}".encode()).digest(57)) + b"\r\n"


def _pick(words: Sequence[str], choice: int) -> str:
    return words[choice % len(words)]
