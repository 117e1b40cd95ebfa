"""Lines of LIST and UIDL: parsed, changed, and written again."""

import re
from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from pop3lab.core.command import LISTINGS
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Body, End, Reply
from pop3lab.core.request import Request
from pop3lab.core.text import MessageText
from pop3lab.effects.maildrop_views import MessageSelector
from pop3lab.rules.session_hooks import PerSessionHooks

NO_END = End(b"", b"", b"")

_CRLF = b"\r\n"
_ITEM = re.compile(rb"(.*?)(?<!\d)(\d++)([ \t]+)(.*)", re.DOTALL)


class Item(NamedTuple):
    """A line of a listing in parts, so that several quirks can each change one.

    before: the text before the number. value: a size or a unique-id.
    """

    before: bytes
    number: bytes
    gap: bytes
    value: bytes

    @property
    def octets(self) -> bytes:
        """Return the line, without line end."""
        return b"".join(self)


def parse_item(line: bytes) -> Item | None:
    """Parse a line; return None unless it has a number and something after it."""
    match = _ITEM.fullmatch(line)
    return Item(*match.groups()) if match else None


def raw_body(*octets: bytes) -> Body:
    """Return a body of these octets, with nothing added."""
    return Body(octets, NO_END, stuffed=False)


def body_lines(body: Body) -> list[bytes]:
    """Return the lines of a body, without line ends."""
    octets = b"".join(body.chunks)
    return octets.removesuffix(_CRLF).split(_CRLF) if octets else []


def with_lines(reply: Reply, body: Body, lines: Iterable[bytes]) -> Reply:
    """Return the reply with these lines in place of its own."""
    octets = b"".join([line + _CRLF for line in lines])
    return reply._replace(body=body._replace(chunks=MessageText(octets)))


class ListingHook(Hooks):
    """Hooks that change the lines of LIST, UIDL, or both, in listings of all messages."""

    sends: Collection[str] | None = ()

    def __init__(
        self,
        change: Callable[[list[bytes]], Iterable[bytes]],
        verbs: Collection[str] = LISTINGS,
    ) -> None:
        self._change = change
        self.replies: Collection[str] | None = verbs

    def reply(self, request: Request, reply: Reply) -> Reply:
        if not reply.ok or reply.body is None:
            return reply
        return with_lines(reply, reply.body, self._change(body_lines(reply.body)))


class ItemHook(PerSessionHooks):
    """Hooks that change the lines of LIST and UIDL for all messages, or for some.

    change: gets the item, and its index in numbers, or among all messages without numbers.
    """

    def __init__(
        self,
        change: Callable[[Item, int], Item],
        verbs: Collection[str] = LISTINGS,
        numbers: Collection[int] = (),
    ) -> None:
        self._change = change
        self._chosen = MessageSelector(*numbers) if numbers else None
        self.replies: Collection[str] | None = verbs

    def reply(self, request: Request, reply: Reply) -> Reply:
        if not reply.ok:
            return reply
        if reply.body is None:
            line = self._line(reply.text.encode("utf-8", "surrogateescape"))
            return reply._replace(text=line.decode("utf-8", "surrogateescape"))
        return with_lines(reply, reply.body, map(self._line, body_lines(reply.body)))

    def _line(self, line: bytes) -> bytes:
        item = parse_item(line)
        place = None if item is None else self._place(int(item.number))
        return line if item is None or place is None else self._change(item, place).octets

    def _place(self, number: int) -> int | None:
        if self._chosen is None:
            return number - 1
        return self._chosen.numbers(self.session).get(number)
