"""Replies that sessions on the same messages give again and again, by the line that asks.

They are what the ordinary way has said before: nothing is worded here.
"""

from collections.abc import Callable
from typing import NamedTuple
from weakref import ref

from pop3lab.core.text import MessageText

_MOST = 4096  # replies that are kept
_MOST_OCTETS = 1_048_576  # of texts that nothing else keeps
_MOST_OWN = 16_384  # octets of one of those

ALL = 0  # a reply about all messages


class CachedReply(NamedTuple):
    """A positive reply, the same in each session that still has what it is about.

    number: of the message that it is about; ALL for all of them, None for none. text: the text, for
    as long as somebody keeps it; None where there is only the status line. uid: of the message that
    is read for it.
    """

    verb: str
    number: int | None
    head: bytes
    text: Callable[[], MessageText | None] | None = None
    end: bytes = b""
    uid: str = ""


AnsweredLine = tuple[bytes, CachedReply, MessageText | None]  # and the text that was said


class CachedReplies:
    """Replies about the messages of one snapshot, by the line that asks, without its LF.

    Texts of messages live as long as the store keeps them, which has a bound for all of them; what
    is kept here besides is bounded, too.
    """

    __slots__ = ("_octets", "by_line")

    def __init__(self) -> None:
        self.by_line: dict[bytes, CachedReply] = {}
        self._octets = 0

    def add(self, line: bytes, reply: CachedReply) -> None:
        """Keep a reply, unless there are too many."""
        if len(self.by_line) < _MOST or line in self.by_line:
            self.by_line[line] = reply

    def add_text(self, line: bytes, reply: CachedReply, text: MessageText, *, own: bool) -> None:
        """Keep a reply with this text. own: nothing else keeps the text."""
        if not own:
            self.add(line, reply._replace(text=ref(text)))
        elif len(text.octets) <= _MOST_OWN and self._octets <= _MOST_OCTETS:
            self._octets += len(text.octets)
            self.add(line, reply._replace(text=lambda: text))
