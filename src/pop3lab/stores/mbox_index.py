"""Where the messages of an mbox file are: found by their From_ lines, in pieces of any size."""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from hashlib import blake2b, sha256
from itertools import chain
from typing import NamedTuple

from pop3lab.core.errors import StoreFailed
from pop3lab.stores.breathing import breathe
from pop3lab.stores.crlf import crlf_octets
from pop3lab.stores.regular import PIECE

_LONGEST = 1000  # octets of a From_ line: a longer one is text
_FROM = re.compile(
    rb"From .*\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
    rb" +(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +[0-9]{1,2} +[0-9]{1,2}:[0-9]{2}"
    rb"(?::[0-9]{2})?(?: +[A-Za-z+-][A-Za-z0-9+-]*)* +[0-9]{4}\b"
)
# Fields that mail readers write into messages: a message is the same with them and without.
_READERS = re.compile(
    rb"^(?:Status|X-Status|X-Keywords|X-UID|X-IMAP|X-IMAPbase|Content-Length|Lines"
    rb"|X-Mozilla-Status2?|X-Mozilla-Keys):[^\n]*\n(?:[ \t][^\n]*\n)*",
    re.MULTILINE | re.IGNORECASE,
)


class Region(NamedTuple):
    """A message in the file, with what belongs to it; offsets in octets."""

    start: int  # of the From_ line
    text: int  # where the message begins
    stop: int  # where it ends: the blank line behind it is not its own
    end: int  # where the next From_ line begins
    octets: int  # what RETR sends
    digest: bytes  # of all from start to end
    key: str  # a digest of the message that does not change when it is read


def starts(chunks: Iterable[bytes]) -> Iterator[int]:
    """Where messages begin in a file that begins with one; chunks: the file, cut anywhere.

    A From_ line comes after a blank line and has a date (mbox(5)); Content-Length is not trusted.
    """
    yield 0
    buffer, offset = b"", 0
    for chunk in chain(chunks, (b"\n",)):
        buffer += chunk
        breathe()
        at = 0
        while (at := buffer.find(b"\nFrom ", at)) >= 0:
            end = buffer.find(b"\n", at + 1)
            if end < 0 and len(buffer) - at <= _LONGEST:
                break
            if end >= 0 and _is_start(buffer, at, end):
                yield offset + at + 1
            at += 1
        done = max(0, (at if at >= 0 else len(buffer)) - len(b"\n\r\nFrom"))
        buffer, offset = buffer[done:], offset + done


def _is_start(buffer: bytes, at: int, end: int) -> bool:
    """Whether the line behind the LF at this place, which ends at `end`, is a From_ line."""
    blank_before = buffer.endswith((b"\n", b"\n\r"), 0, at)
    return blank_before and end - at <= _LONGEST and bool(_FROM.match(buffer, at + 1, end))


def index_of(descriptor: int, size: int) -> list[Region]:
    """The messages of a file of so many octets. Raises StoreFailed, OSError."""
    if size == 0:
        return []
    if os.pread(descriptor, 5, 0) != b"From ":
        raise StoreFailed("the maildrop is no mbox file")
    begins = list(starts(pieces(descriptor, 0, size)))
    ends = [*begins[1:], size]
    return [_region(descriptor, *ends_of) for ends_of in zip(begins, ends, strict=True)]


def pieces(descriptor: int, start: int, end: int) -> Iterator[bytes]:
    """What is between two offsets. Raises StoreFailed if it is not there any more, OSError."""
    while start < end:
        piece = os.pread(descriptor, min(PIECE, end - start), start)
        if not piece:
            raise StoreFailed("the maildrop has been shortened")
        yield piece
        start += len(piece)


def digest_of(chunks: Iterable[bytes]) -> bytes:
    """The digest of a region. Raises what the chunks do."""
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
    return Region(
        start, text, stop, end, octets, digest_of(read(start, end)), _key(read(start, stop))
    )


def _reader(descriptor: int, start: int, end: int) -> Callable[[int, int], Iterable[bytes]]:
    """Reads parts of a region; of a small one from memory."""
    if end - start > PIECE:
        return partial(pieces, descriptor)
    data = b"".join(pieces(descriptor, start, end))
    return lambda first, last: (data[first - start : last - start],)


def _stop(last: bytes, end: int) -> int:
    """Where the blank line before the next From_ line, or before the end, begins, if there is one.

    It may follow the From_ line at once, when the message has no octets.
    """
    if last.endswith(b"\n\n"):
        return end - 1
    return end - 2 if last.endswith(b"\n\r\n") else end


def _key(chunks: Iterable[bytes]) -> str:
    digest = sha256()
    for number, chunk in enumerate(chunks):
        digest.update(chunk if number else _without_readers_fields(chunk))
    return digest.hexdigest()[:40]


def _without_readers_fields(piece: bytes) -> bytes:
    blank = re.search(rb"\n\r?\n", piece)
    end = blank.start() + 1 if blank else len(piece)
    return _READERS.sub(b"", piece[:end]) + piece[end:]
