"""Octets to lines, replies to octets, byte-stuffing, TOP: right at every cut of the input."""

from collections.abc import Iterable, Iterator

from pop3lab.core.actions import Action, Part, Send
from pop3lab.core.reply import Body, End, Reply

_LF = 0x0A
_DOT = 0x2E


class Lines:
    """Cuts what comes in into lines. A line ends at LF; a CR before it is left to the reader."""

    __slots__ = ("_limit", "_tail")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._tail = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that are complete now, without their LF.

        limit: octets of a line that are kept; of a longer one the rest is dropped as it comes,
        so that it is seen as too long, takes no memory, and no part of it becomes a line.
        """
        *lines, tail = (self._tail + data).split(b"\n")
        self._tail = tail[: self._limit]
        return lines


def encode(reply: Reply) -> Iterator[Action]:
    """The reply as actions: HEAD, BODY pieces and END if it has a body, then what follows it."""
    if reply.ok is not None:
        status = "+OK" if reply.ok else "-ERR"
        head = f"{status} {reply.text}\r\n" if reply.text else f"{status}\r\n"
        yield Send(head.encode("ascii"), Part.HEAD)
    if reply.body is not None:
        yield from _encode_body(reply.body)
    if reply.then is not None:
        yield reply.then


def _encode_body(body: Body) -> Iterator[Send]:
    last = b""
    for piece in stuff(body.chunks) if body.stuffed else body.chunks:
        if piece:
            last = (last + piece[-2:])[-2:]
            yield Send(piece, Part.BODY)
    yield Send(_end(body.end, last), Part.END)


def _end(end: End, last: bytes) -> bytes:
    if not last:
        return end.after_nothing
    return end.after_line if last == b"\r\n" else end.after_text


def stuff(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Double the dot that begins a line (RFC 1939 section 3); the first octet begins one, too."""
    at_start = True
    for chunk in chunks:
        if not chunk:
            continue
        stuffed = chunk.replace(b"\n.", b"\n..")
        yield b"." + stuffed if at_start and chunk[0] == _DOT else stuffed
        at_start = chunk[-1] == _LF


def top(chunks: Iterable[bytes], lines: int) -> Iterator[bytes]:
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
