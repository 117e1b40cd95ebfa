"""The text of messages on its way: byte-stuffing and TOP, right at every cut of the input."""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Protocol

_LF = 0x0A
_DOT = 0x2E
_LONG = 65_536  # octets: so many are worth importing what searches them faster
_MANY = 100  # dots of a text: their places would take more time and memory than to replace them


def stuff(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Double the dot that begins a line (RFC 1939 section 3); the first octet begins one, too."""
    if isinstance(chunks, MessageText):
        yield chunks.stuffed
    elif isinstance(chunks, LongText):
        yield from chunks.stuffed()
    else:
        at_start = True
        for chunk in chunks:
            if chunk:
                yield _stuff(chunk, at_start)
                at_start = chunk[-1] == _LF


def _stuff(chunk: bytes, at_start: bool) -> bytes:
    if b"." not in chunk:  # of one octet: ten times as fast as to look for two
        return chunk
    if len(chunk) >= _LONG and len(dots := _dots(chunk, at_start, _MANY)) < _MANY:
        return _doubled(chunk, dots)
    stuffed = chunk.replace(b"\n.", b"\n..")
    return b"." + stuffed if at_start and chunk[0] == _DOT else stuffed


def _dots(chunk: bytes, at_start: bool, most: int | None = None) -> list[int]:
    """Return the places of the dots that begin lines, or about so many of them.

    Where there are few, it is three times as fast as to replace them.
    """
    if b"." not in chunk:
        return []
    import re  # not without need

    places = [match.end() - 1 for match in islice(re.finditer(rb"\n\.", chunk), most)]
    return [0, *places] if at_start and chunk[0] == _DOT else places


def _doubled(chunk: bytes, dots: Sequence[int], before: int = 0) -> bytes:
    """Double dots. before: what is to be subtracted from their places."""
    if not dots:
        return chunk
    view = memoryview(chunk)
    parts, at = [], 0
    for dot in dots:
        parts.append(view[at : dot - before + 1])
        at = dot - before
    parts.append(view[at:])
    return b"".join(parts)


class DottedLines:
    """Where lines of a long text begin with a dot, so that it need not be searched again.

    places: in octets from the beginning. They are not kept if they would take more memory than an
    eighth of the text.
    """

    __slots__ = ("complete", "places")

    def __init__(self) -> None:
        self.places = array("Q")
        self.complete = False

    @property
    def octets(self) -> int:
        """The memory that they take."""
        return len(self.places) * self.places.itemsize

    def record(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the chunks, stuffed, and note the places."""
        at, at_start, kept = 0, True, True
        for chunk in chunks:
            dots = _dots(chunk, at_start)
            if kept:
                self.places.extend([at + dot for dot in dots])
            at += len(chunk)
            if kept and self.octets > at // 8:
                kept, self.places = False, array("Q")
            at_start = chunk.endswith(b"\n") if chunk else at_start
            yield _doubled(chunk, dots)
        self.complete = kept

    def apply(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the chunks of the same text, stuffed. They may be cut at other places."""
        at, first, places = 0, 0, self.places
        for chunk in chunks:
            behind = bisect_left(places, at + len(chunk), first)
            yield _doubled(chunk, places[first:behind], at)
            at, first = at + len(chunk), behind


class StuffedFile(Protocol):
    """A text, stuffed, in a file whose content nobody changes.

    octets: of the file, without the last octets of the text.
    """

    octets: int
    last: bytes

    def fileno(self) -> int:
        """Its descriptor, which is open as long as this object is there."""

    def __iter__(self) -> Iterator[bytes]:
        """Read the whole text, in chunks."""


_Pass = Callable[[Iterator[bytes]], Iterator[bytes]]


class LongText:
    """Text that is read in chunks, once.

    stuffed_file: has it stuffed already. on_stuffed: else, all that stuffed() yields is passed
    through it. dotted: is used, if complete, or else recorded.
    """

    def __init__(
        self,
        chunks: Iterator[bytes],
        dotted: DottedLines,
        *,
        stuffed_file: StuffedFile | None = None,
        on_stuffed: _Pass = iter,
    ) -> None:
        self.stuffed_file = stuffed_file
        self._chunks = chunks
        self._dotted = dotted
        self._on_stuffed = on_stuffed

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks

    def __next__(self) -> bytes:
        return next(self._chunks)

    def put_back(self, chunks: Iterable[bytes]) -> None:
        """Have these read again, before the rest."""
        self._chunks = chain(chunks, self._chunks)

    def stuffed(self) -> Iterator[bytes]:
        """Yield the chunks with the dots at line starts doubled. To be called at the beginning."""
        if self.stuffed_file:
            return iter(self.stuffed_file)
        stuff = self._dotted.apply if self._dotted.complete else self._dotted.record
        return self._on_stuffed(stuff(self._chunks))


class MessageText:
    """Text that is in memory as a whole; its stuffed form is made once and kept."""

    __slots__ = ("__weakref__", "_stuffed", "octets")

    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self._stuffed: bytes | None = None

    def __iter__(self) -> Iterator[bytes]:
        yield self.octets

    @property
    def stuffed(self) -> bytes:
        """The octets with the dots at line starts doubled."""
        if self._stuffed is None:
            self._stuffed = _stuff(self.octets, at_start=True)
        return self._stuffed


def cut_top(chunks: Iterable[bytes], lines: int) -> Iterator[bytes]:
    """The header, the blank line, and the first so many lines of the body (RFC 1939 section 7).

    chunks: octets cut anywhere, lines ended by CRLF or LF. Not more of them is read than needed.
    """
    header = _Header()
    left = lines
    for chunk in chunks:
        at = header.end(chunk) if not header.over else 0
        if not header.over:
            yield chunk
            continue
        count = chunk.count(b"\n", at)
        if count < left:
            left -= count
            yield chunk
            continue
        yield chunk[: _after_lines(chunk, at, left)]
        return


def _after_lines(chunk: bytes, at: int, lines: int) -> int:
    for _ in range(lines):
        at = chunk.index(b"\n", at) + 1
    return at


class _Header:
    """Looks for the blank line that ends a header, in chunks cut anywhere."""

    __slots__ = ("_line", "over")

    def __init__(self) -> None:
        self._line = b""  # the first octets of the line at hand: two tell whether it is blank
        self.over = False

    def end(self, chunk: bytes) -> int:
        """The place behind the blank line, once over is true."""
        at = 0
        while (lf := chunk.find(b"\n", at)) >= 0:
            line = (self._line + chunk[at : min(lf, at + 2)])[:2]
            self._line = b""
            at = lf + 1
            if line in (b"", b"\r"):
                self.over = True
                return at
        self._line = (self._line + chunk[at : at + 2])[:2]
        return at
