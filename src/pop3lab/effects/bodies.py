"""Bodies of replies: their octets, as messages and as sent. Chunks are cut anywhere."""

from collections.abc import Callable, Iterable, Iterator

from pop3lab.core.command import TEXTS
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Body, End, Reply
from pop3lab.core.request import Request
from pop3lab.core.text import stuff


def message_body(reply: Reply) -> Body | None:
    """Return the body of a message; None for -ERR, though a rule may put lines behind that."""
    return reply.body if reply.ok else None


class BodyHook(Hooks):
    """Changes the bodies of messages in replies to these verbs, or to RETR and TOP; no listings."""

    sends = ()

    def __init__(self, change: Callable[[Body], Body], *verbs: str) -> None:
        self._change = change
        self.replies = frozenset(verbs or TEXTS)

    def reply(self, request: Request, reply: Reply) -> Reply:
        body = message_body(reply)
        return reply if body is None else reply._replace(body=self._change(body))


class MessageEnd(BodyHook):
    """Ends messages in a nonstandard way; listings are left alone."""

    steady = True

    def __init__(self, end: End) -> None:
        super().__init__(lambda body: body._replace(end=end))


CRLF = b"\r\n"


def as_sent(body: Body) -> Iterable[bytes]:
    """Return the octets as they are sent, with dots doubled where that is due."""
    return stuff(body.chunks) if body.stuffed else body.chunks


def truncate(chunks: Iterable[bytes], octets: int) -> Iterator[bytes]:
    """Yield this many octets, and read no more than necessary."""
    left = octets
    if left <= 0:
        return
    for chunk in chunks:
        yield chunk[:left]
        left -= len(chunk)
        if left <= 0:
            return


def with_final_crlf(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the octets, and a CRLF unless they are empty or end in one."""
    last = b""
    for chunk in chunks:
        last = (last + chunk[-2:])[-2:]
        yield chunk
    if last and last != CRLF:
        yield CRLF


def without_final_crlf(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the octets without the last CRLF."""
    held = b""
    for chunk in chunks:
        octets = held + chunk
        yield octets[:-2]
        held = octets[-2:]
    if held != CRLF:
        yield held


def stuff_after_crlf(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the octets with dots doubled after CRLF, but not after LF alone."""
    before = CRLF
    for chunk in chunks:
        octets = before + chunk
        yield octets.replace(b"\r\n.", b"\r\n..")[len(before) :]
        before = octets[-2:]


def insert_after_line(chunks: Iterable[bytes], lines: int, more: bytes) -> Iterator[bytes]:
    """Yield the octets with more after this many lines; unchanged if there are fewer lines."""
    left = lines
    if not left:
        yield more
    for chunk in chunks:
        count = chunk.count(b"\n") if left else 0
        if left and left <= count:
            at = _after_lines(chunk, left)
            yield from (chunk[:at], more, chunk[at:])
        else:
            yield chunk
        left = max(0, left - count)


def _after_lines(chunk: bytes, lines: int) -> int:
    at = 0
    for _ in range(lines):
        at = chunk.index(b"\n", at) + 1
    return at
