"""Replies that sessions on the same messages give again and again, by the line that asks.

They are what the ordinary way has said before: nothing is worded here.
"""

from collections import deque
from collections.abc import Callable
from weakref import ref

from pop3lab.core.text import MessageText

_MOST = 4096  # replies that are kept
_MOST_OWN = 16_384  # octets of a text that nothing else keeps

ALL = 0  # a reply about all messages


class CachedReply:
    """A positive reply, the same in each session that still has what it is about.

    number: of the message that it is about; ALL for all of them, None for none. head: the status
    line. text: the text, for as long as somebody keeps it; None where there is only the status
    line. end: what follows the text. uid: of the message that is read for it. line: the one that
    asks, without its LF.
    """

    __slots__ = ("end", "head", "line", "number", "text", "uid", "verb")

    def __init__(
        self,
        line: bytes,
        verb: str,
        number: int | None,
        head: bytes,
        end: bytes = b"",
        *,
        uid: str = "",
    ) -> None:
        self.line = line
        self.verb = verb
        self.number = number
        self.head = head
        self.end = end
        self.uid = uid
        self.text: Callable[[], MessageText | None] | None = None

    @property
    def retrieved(self) -> str:
        """The unique-id of the message that RETR sends with it; empty for all other verbs."""
        return self.uid if self.verb == "RETR" else ""


# Texts that nothing else keeps, of all maildrops of the process: the oldest go first.
_own_texts: deque[MessageText] = deque(maxlen=1024)


class CachedReplies:
    """Replies about the messages of one snapshot, by the line that asks.

    Texts of messages live as long as the store keeps them, which has a bound for all of them;
    others have one in common for all snapshots, as there may be very many.
    """

    __slots__ = ("by_line",)

    def __init__(self) -> None:
        self.by_line: dict[bytes, CachedReply] = {}

    def add(self, reply: CachedReply) -> None:
        """Keep a reply, unless there are too many."""
        if len(self.by_line) < _MOST or reply.line in self.by_line:
            self.by_line[reply.line] = reply

    def add_text(self, reply: CachedReply, text: MessageText, *, own: bool) -> None:
        """Keep a reply with this text. own: nothing else keeps the text."""
        if own and len(text.octets) > _MOST_OWN:
            return
        if own:
            _own_texts.append(text)
        reply.text = ref(text)
        self.add(reply)
