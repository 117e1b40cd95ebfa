"""The text of messages on its way: byte-stuffing and TOP, right at every cut of the input."""

from collections.abc import Iterable, Iterator

_LF = 0x0A
_DOT = 0x2E


def stuff(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Double the dot that begins a line (RFC 1939 section 3); the first octet begins one, too."""
    if isinstance(chunks, MessageText):
        yield chunks.stuffed
        return
    at_start = True
    for chunk in chunks:
        if chunk:
            yield _stuff(chunk, at_start)
            at_start = chunk[-1] == _LF


def _stuff(chunk: bytes, at_start: bool) -> bytes:
    if b"." not in chunk:  # of one octet: ten times as fast as to look for two
        return chunk
    stuffed = chunk.replace(b"\n.", b"\n..")
    return b"." + stuffed if at_start and chunk[0] == _DOT else stuffed


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
