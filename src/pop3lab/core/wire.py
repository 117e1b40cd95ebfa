"""Octets to lines, replies to octets."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from pop3lab.core.actions import Action, Part, Send, SendFile
from pop3lab.core.reply import Body, End, Reply
from pop3lab.core.text import LongText, MessageText, stuff

TLS_HANDSHAKE = b"\x16"  # the type of the record that TLS begins with, RFC 8446 section 5.1


def tls_hello_at(data: bytes, begun: bool) -> int:
    """Where a TLS handshake begins in what a client sends in clear; -1 if none does.

    begun: the octets go on with a line. No command begins so, nor any other line of POP3.
    """
    if data.startswith(TLS_HANDSHAKE) and not begun:
        return 0
    return data.find(b"\n" + TLS_HANDSHAKE) + 1 or -1


class LineSplitter:
    """Cuts what comes in into lines. A line ends at LF; a CR before it is left to the reader."""

    __slots__ = ("_limit", "dropped", "tail")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.tail = b""  # what is there of a line that is not complete
        self.dropped = 0  # octets of the line at hand that were more than are kept

    @property
    def begun(self) -> bool:
        """Whether there are octets of a line that is not complete."""
        return bool(self.tail)

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that are complete now, without their LF.

        limit: octets of a line that are kept; of a longer one the rest is dropped as it comes,
        so that it is seen as too long, takes no memory, and no part of it becomes a line.
        """
        limit = self._limit
        octets = self.tail + data
        lines = octets.split(b"\n")
        tail = lines.pop()
        if lines:
            self.dropped = 0
            if len(octets) > limit:
                lines = [line[:limit] for line in lines]
        if len(tail) > limit:
            self.dropped += len(tail) - limit
            tail = tail[:limit]
        self.tail = tail
        return lines


def encode_whole(reply: Reply) -> tuple[bytes, ...]:
    """The octets of a reply, HEAD alone or with BODY and END, without what follows them.

    None if there are none, or they are not in memory.
    """
    if reply.ok is None:
        return ()
    if reply.body is None:
        return (_head(reply.ok, reply.text, reply.code),)
    chunks, end, stuffed = reply.body
    if not isinstance(chunks, MessageText):
        return ()
    octets = chunks.stuffed if stuffed else chunks.octets
    return _head(reply.ok, reply.text, reply.code), octets, terminator(end, octets[-2:])


def encode(reply: Reply, *, files: bool = False) -> Iterator[Action]:
    """The reply as actions: HEAD, BODY pieces and END if it has a body, then what follows it.

    files: instead of pieces, what is in a file is sent from there.
    """
    if reply.ok is not None:
        yield Send(_head(reply.ok, reply.text, reply.code), Part.HEAD)
    if reply.body is not None:
        yield from _encode_body(reply.body, files)
    if reply.then is not None:
        yield reply.then


@lru_cache(maxsize=256)
def _head(ok: bool, text: str, code: str) -> bytes:
    status = "+OK" if ok else "-ERR"
    if code:
        status = f"{status} [{code}]"
    line = f"{status} {text}\r\n" if text else f"{status}\r\n"
    return line.encode("utf-8", "surrogateescape")


def _encode_body(body: Body, files: bool) -> Iterator[Action]:
    last = b""
    pieces: Iterable[bytes] = stuff(body.chunks) if body.stuffed else body.chunks
    file = body.chunks.stuffed_file if isinstance(body.chunks, LongText) else None
    if files and file and body.stuffed:
        yield SendFile(file, file.octets)
        pieces = (file.last,)
    for piece in pieces:
        if piece:
            last = (last + piece[-2:])[-2:]
            yield Send(piece, Part.BODY)
    if end := terminator(body.end, last):
        yield Send(end, Part.END)


def terminator(end: End, last: bytes) -> bytes:
    """The octets that close a body whose last two octets, before stuffing or behind, are these."""
    if not last:
        return end.after_nothing
    return end.after_line if last == b"\r\n" else end.after_text
