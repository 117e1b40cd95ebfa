"""The replies that one session may give without looking further."""

import re
from collections.abc import Collection, Mapping

from pop3lab.core.batch import Batch
from pop3lab.core.cached_replies import ALL, CachedReply
from pop3lab.core.command import CommandSpec
from pop3lab.core.hooks import Hooks
from pop3lab.core.maildrop import Snapshot
from pop3lab.core.reply import Reply
from pop3lab.core.request import Request, parse_line
from pop3lab.core.session_messages import SessionMessages
from pop3lab.core.text import MessageText

_OF_TEXTS = frozenset({"RETR", "TOP"})
_NUMBERED = frozenset({"LIST", "UIDL", *_OF_TEXTS})
_ABOUT_ALL = frozenset({"STAT", "LIST", "UIDL"})
_VERBS = _NUMBERED | _ABOUT_ALL | {"NOOP"}
# A line as the RFCs spell it, of a length that any limit allows. What hooks grant besides, in
# their sessions only, is none.
_BY_THE_BOOK = re.compile(
    rb"(?:NOOP|STAT|(?:LIST|UIDL)(?: ([1-9][0-9]{0,8}))?|RETR ([1-9][0-9]{0,8})"
    rb"|TOP ([1-9][0-9]{0,8}) (?:0|[1-9][0-9]{0,8}))\r"
)


class _AskedNumbers(dict[str, Collection[int] | None]):
    """By verb, once asked for: the messages whose replies may vary; None for all."""

    def __init__(self, hooks: Hooks, commands: Mapping[str, CommandSpec]) -> None:
        self._hooks = hooks
        self._commands = commands

    def __missing__(self, verb: str) -> Collection[int] | None:
        row = self._commands.get(verb)
        standard = row is not None and row.is_standard
        self[verb] = asked = self._hooks.varying_numbers(verb) if standard else None
        return asked


class ReplyTable:
    """Finds replies by whole lines, and keeps those that come the ordinary way.

    A row is left out where hooks may answer its verb and message otherwise each time, or have
    another command in its place. Lines are kept as they are sent by the book: nothing can be said
    against them.
    """

    __slots__ = (
        "_ascii_only",
        "_asked",
        "_cached",
        "_hooks",
        "_messages",
        "_revision",
        "_snapshot",
        "_utf8_headers",
    )

    def __init__(
        self,
        snapshot: Snapshot,
        messages: SessionMessages,
        commands: Mapping[str, CommandSpec],
        hooks: Hooks,
        *,
        ascii_only: bool,
    ) -> None:
        """ascii_only: messages with UTF-8 headers are withheld."""
        self._snapshot = snapshot
        self._utf8_headers = snapshot.utf8_headers
        self._messages = messages
        self._hooks = hooks
        self._ascii_only = ascii_only
        self._revision = -1
        self._asked = _AskedNumbers(hooks, commands)

    def answer(
        self, batch: Batch, pieces: list[bytes], most: int
    ) -> tuple[list[CachedReply], list[MessageText], int]:
        """Answer lines of the batch until one is not known, or there are so many octets.

        Put the octets behind the pieces. Return the replies, the texts of those that have one, and
        how many octets they are.
        """
        if self._revision != self._hooks.revision:
            self._renew()
        by_line, messages, asked_numbers = self._cached.by_line, self._messages, self._asked
        sent = messages.octets_sent
        lines = batch.lines[batch.place :] if batch.place else batch.lines
        replies: list[CachedReply] = []
        texts: list[MessageText] = []
        octets = 0
        for line in lines:
            reply = by_line.get(line)
            if reply is None or octets >= most:
                break
            number = reply.number
            asked = asked_numbers[reply.verb]
            if asked is None or number in asked:
                break
            if number is not None and not messages.is_as_at_login(number):
                break
            head = reply.head
            if reply.text is None:
                pieces.append(head)
                octets += len(head)
            elif text := reply.text():
                texts.append(text)
                stuffed, end = text.stuffed, reply.end
                pieces += (head, stuffed, end)
                octets += len(head) + len(stuffed) + len(end)
                sent[reply.verb] = sent.get(reply.verb, 0) + len(stuffed)
            else:
                break  # nobody keeps the text any more
            replies.append(reply)
        batch.place += len(replies)
        return replies, texts, octets

    def _holds(self, reply: CachedReply) -> bool:
        if self._revision != self._hooks.revision:
            self._renew()
        asked = self._asked[reply.verb]
        left = asked is not None and reply.number not in asked
        return left and self._messages.is_as_at_login(reply.number)

    def _renew(self) -> None:
        """Forget which verbs are by the book, and for which messages they are not."""
        hooks = self._hooks
        self._revision = hooks.revision
        self._cached = self._snapshot.replies((self._ascii_only, hooks.steady_hooks))
        self._asked.clear()

    def add(self, line: bytes, request: Request, reply: Reply, parts: tuple[bytes, ...]) -> None:
        """Keep the reply to this line, if it may be said again."""
        verb = request.verb
        if not (reply.ok and verb in _VERBS):
            return
        spelled = _BY_THE_BOOK.fullmatch(line)
        if spelled is None or request != parse_line(line).request:
            return
        about = spelled.lastindex
        number = int(spelled[about]) if about else ALL if verb in _ABOUT_ALL else None
        uid = self._messages.entry(number).uid if number and verb in _OF_TEXTS else ""
        cached = CachedReply(line, verb, number, parts[0], b"".join(parts[2:]), uid=uid)
        if not self._holds(cached):
            return
        if reply.body is None:
            self._cached.add(cached)
            return
        text = reply.body.chunks
        assert isinstance(text, MessageText)  # otherwise there are no parts
        if not (self._ascii_only and self._utf8_headers.get(uid)):
            self._cached.add_text(cached, text, own=verb == "TOP")
