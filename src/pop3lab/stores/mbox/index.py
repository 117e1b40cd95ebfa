"""The index of an mbox file: where its messages are, found by their From_ lines."""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from hashlib import blake2b, sha256
from itertools import chain
from typing import NamedTuple

from pop3lab.core.errors import StoreFailed
from pop3lab.files.reading import READ_SIZE
from pop3lab.stores.line_endings import crlf_octets
from pop3lab.stores.long_work import checkpoint

# From_ lines: `From `, perhaps a sender, a date.

MAX_FROM_LINE = 1000  # octets of a From_ line: a longer one is text

_DAY = rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_TIME = rb"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?"
_ZONE_INSIDE = rb"(?: +[A-Za-z(+-][A-Za-z0-9:()+-]*){0,4}"  # as in `MET DST`
_ZONE_BEHIND = (
    rb"(?: +(?:(?-i:[A-Z]{1,5})(?:[+-][0-9:]{1,5})?"
    rb"|[+-][0-9]{2}:?[0-9]{2}|\((?-i:[A-Z]{1,5})\))){0,3}"
)
_REMOTE = rb"(?: +remote from .*)?"
_BLANK = rb"[ \t]+"


def _date(day: bytes, year: bytes) -> bytes:
    asctime = rb"%b,? +%b +[0-9]{1,2} +%b%b +%b" % (day, _MONTH, _TIME, _ZONE_INSIDE, year)
    header = rb"%b,? +[0-9]{1,2}[ -]+%b[ -]+%b +%b" % (day, _MONTH, year, _TIME)
    return rb"(?:%b|%b)" % (asctime, header)


_ENDS_IN_DATE = re.compile(
    rb"From (?:.*[ \t])?%b%b%b[ \t\r]*\Z"
    % (_date(_DAY, rb"[0-9]{2}(?:[0-9]{2})?"), _ZONE_BEHIND, _REMOTE),
    re.IGNORECASE,
)
_HAS_DATE = re.compile(
    rb'From (?:"[^"]*"[^ \t]*|[^ \t"]+)?%b%b(?![0-9A-Za-z])'
    % (_BLANK, _date(rb"[A-Za-z]{3}", rb"[0-9]{4}")),
    re.IGNORECASE,
)


def is_from_line(line: bytes) -> bool:
    """Tell whether this line, without its LF, begins a message."""
    return (
        line.startswith(b"From ")
        and len(line) <= MAX_FROM_LINE
        and bool(_HAS_DATE.match(line) or _ENDS_IN_DATE.match(line))
    )


# Fields that mail readers add to messages, which do not count for the key.
_READERS = re.compile(
    rb"^(?:Status|X-Status|X-Keywords|X-UID|X-IMAP|X-IMAPbase|Content-Length|Lines"
    rb"|X-Mozilla-Status2?|X-Mozilla-Keys):[^\n]*\n(?:[ \t][^\n]*\n)*",
    re.MULTILINE | re.IGNORECASE,
)


# The first message of a file, if the University of Washington's mail programs keep their own data
# in it. X-IMAP alone marks it, too, but any sender can write that: it has to be from the program.
_FROM_PROGRAM = b"From MAILER-DAEMON "
_INTERNAL = re.compile(
    rb"^(?:X-IMAP:[ \t]*[0-9]"
    rb"|Subject:[ \t]*DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA[ \t\r]*$)",
    re.MULTILINE | re.IGNORECASE,
)


class Region(NamedTuple):
    """A message in the file, with what belongs to it; offsets in octets."""

    start: int  # of the From_ line
    text: int  # where the message begins
    stop: int  # where it ends: the blank line behind it is not its own
    end: int  # where the next From_ line begins
    octets: int  # that RETR sends
    digest: bytes  # of all from start to end
    key: str  # a digest of the message that does not change when it is read
    internal: bool = False  # data of a mail program, no message


def message_starts(chunks: Iterable[bytes]) -> Iterator[int]:
    """Yield where messages begin in a file that begins with one. chunks: the file, cut anywhere.

    Each From_ line begins one, with an empty line before it or without. Content-Length, which any
    sender can write, is ignored.
    """
    yield 0
    buffer, offset = b"", 0
    for chunk in chain(chunks, (b"\n",)):
        buffer += chunk
        checkpoint()
        at = 0
        while (at := buffer.find(b"\nFrom ", at)) >= 0:
            end = buffer.find(b"\n", at + 1)
            if end < 0 and len(buffer) - at <= MAX_FROM_LINE:
                break
            if end >= 0 and is_from_line(buffer[at + 1 : min(end, at + MAX_FROM_LINE + 2)]):
                yield offset + at + 1
            at += 1
        done = max(0, at if at >= 0 else len(buffer) - len(b"\nFrom"))
        buffer, offset = buffer[done:], offset + done


def index_mbox(descriptor: int, size: int) -> list[Region]:
    """Index a file of so many octets. Raises StoreFailed, OSError."""
    first = _first(descriptor, size)
    if first == size:
        return []
    if os.pread(descriptor, 5, first) != b"From ":
        raise StoreFailed("the maildrop is not an mbox file")
    begins = [first + at for at in message_starts(read_span(descriptor, first, size))]
    ends = [*begins[1:], size]
    regions = [_region(descriptor, *ends_of) for ends_of in zip(begins, ends, strict=True)]
    regions[0] = regions[0]._replace(internal=_is_internal(descriptor, regions[0]))
    return regions


def _first(descriptor: int, size: int) -> int:
    """Return where the first line that is not empty begins; the size if there is none."""
    at = 0
    for piece in read_span(descriptor, 0, size):
        rest = piece.lstrip(b"\r\n")
        at += len(piece) - len(rest)
        if rest:
            break
    return at


def _is_internal(descriptor: int, region: Region) -> bool:
    if os.pread(descriptor, len(_FROM_PROGRAM), region.start) != _FROM_PROGRAM:
        return False
    piece = next(iter(read_span(descriptor, region.text, region.stop)), b"")
    return bool(_INTERNAL.search(piece[: _end_of_header(piece)]))


def read_span(descriptor: int, start: int, end: int) -> Iterator[bytes]:
    """Yield what is between two offsets. Raises StoreFailed if it is no longer there, OSError."""
    while start < end:
        piece = os.pread(descriptor, min(READ_SIZE, end - start), start)
        if not piece:
            raise StoreFailed("the maildrop has been shortened")
        yield piece
        start += len(piece)


def digest_of(chunks: Iterable[bytes]) -> bytes:
    """Return the digest of a region. Raises what the chunks raise."""
    digest = blake2b(digest_size=16)
    for chunk in chunks:
        digest.update(chunk)
    return digest.digest()


def _region(descriptor: int, start: int, end: int) -> Region:
    read = _reader(descriptor, start, end)
    first = next(iter(read(start, end)))
    text = start + (first.find(b"\n") + 1 or len(first))
    stop = _stop(b"".join(read(max(text - 1, end - 3), end)), end)
    octets = crlf_octets(read(text, stop))
    kept, line_end = _last_line_end(first, b"".join(read(max(start, stop - 2), stop)))
    body = chain(read(start, stop - kept), (line_end,))
    key = _key((b"".join(body),) if end - start <= READ_SIZE else body)
    return Region(start, text, stop, end, octets, digest_of(read(start, end)), key)


def _reader(descriptor: int, start: int, end: int) -> Callable[[int, int], Iterable[bytes]]:
    """Return a reader for parts of a region; a small one is read into memory."""
    if end - start > READ_SIZE:
        return partial(read_span, descriptor)
    data = b"".join(read_span(descriptor, start, end))
    return lambda first, last: (data[first - start : last - start],)


def _stop(last: bytes, end: int) -> int:
    """Return where the blank line that ends a message begins; the end if there is none.

    It may directly follow the From_ line, if the message is empty.
    """
    if last.endswith(b"\n\n"):
        return end - 1
    return end - 2 if last.endswith(b"\n\r\n") else end


def _last_line_end(first: bytes, last: bytes) -> tuple[int, bytes]:
    """Return how many octets at the end to leave out of the key, and what to put in their place.

    A later delivery ends a line that had no end, and by LF even if the file's lines end in CRLF.
    The message must have the same key before and after.
    first: octets of the message with its From_ line. last: the last two.
    """
    if not first[: first.find(b"\n") + 1].endswith(b"\r\n"):
        return 0, b"" if last.endswith(b"\n") else b"\n"
    if last.endswith(b"\r\n"):
        return 0, b""
    if last.endswith(b"\n"):
        return 1, b"\r\n"
    return 0, b"\n" if last.endswith(b"\r") else b"\r\n"


def _key(chunks: Iterable[bytes]) -> str:
    digest = sha256()
    for number, chunk in enumerate(chunks):
        digest.update(chunk if number else _without_readers_fields(chunk))
    return digest.hexdigest()[:40]


def _without_readers_fields(piece: bytes) -> bytes:
    end = _end_of_header(piece)
    return _READERS.sub(b"", piece[:end]) + piece[end:]


def _end_of_header(piece: bytes) -> int:
    """Return where the empty line after the header begins; the end if there is none."""
    blank = re.search(rb"\n\r?\n", piece)
    return blank.start() + 1 if blank else len(piece)
