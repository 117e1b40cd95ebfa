"""Replies that sessions on the same messages give again and again, by the line that asks.

They are what the ordinary way has said before: nothing is worded here.
"""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple
from weakref import ref

from pop3lab.core.text import MessageText

_MOST = 4096  # replies that are kept
_MOST_OWN = 16_384  # octets of a text that nothing else keeps

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

    @property
    def retrieved(self) -> str:
        """The unique-id of the message that RETR sends with it; empty for all other verbs."""
        return self.uid if self.verb == "RETR" else ""


AnsweredLine = tuple[bytes, CachedReply, MessageText | None]  # and the text that was said


# Texts that nothing else keeps, of all maildrops of the process: the oldest go first.
_own_texts: deque[MessageText] = deque(maxlen=1024)


class CachedReplies:
    """Replies about the messages of one snapshot, by the line that asks, without its LF.

    Texts of messages live as long as the store keeps them, which has a bound for all of them;
    others have one in common for all snapshots, as there may be very many.
    """

    __slots__ = ("by_line",)

    def __init__(self) -> None:
        self.by_line: dict[bytes, CachedReply] = {}

    def add(self, line: bytes, reply: CachedReply) -> None:
        """Keep a reply, unless there are too many."""
        if len(self.by_line) < _MOST or line in self.by_line:
            self.by_line[line] = reply

    def add_text(self, line: bytes, reply: CachedReply, text: MessageText, *, own: bool) -> None:
        """Keep a reply with this text. own: nothing else keeps the text."""
        if own and len(text.octets) > _MOST_OWN:
            return
        if own:
            _own_texts.append(text)
        self.add(line, reply._replace(text=ref(text)))
