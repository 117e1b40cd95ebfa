"""The replies that one session may give without looking further."""

import re
from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate, chain

from pop3lab.core.cached_replies import ALL, CachedReply
from pop3lab.core.command import CommandSpec
from pop3lab.core.hooks import Hooks
from pop3lab.core.maildrop import Snapshot
from pop3lab.core.reply import Reply
from pop3lab.core.request import Request, parse_line
from pop3lab.core.state import SessionState
from pop3lab.core.text import MessageText

MOST_AT_ONCE = 65_536  # octets of replies, about
_MANY = 256  # lines that are looked up at once

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

# What is said to a line, by part, and how many octets that are.
_Row = tuple[CachedReply, MessageText | None, Sequence[bytes], int]
_Answered = tuple[Sequence[CachedReply], Sequence[MessageText], int]


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
        "_verbs",
    )

    def __init__(
        self,
        snapshot: Snapshot,
        state: SessionState,
        commands: Mapping[str, CommandSpec],
        hooks: Hooks,
        *,
        ascii_only: bool,
    ) -> None:
        """state: in TRANSACTION. ascii_only: messages with UTF-8 headers are withheld."""
        self._snapshot = snapshot
        self._utf8_headers = snapshot.utf8_headers
        self._messages = state.messages
        self._hooks = hooks
        self._verbs = state.verbs
        self._ascii_only = ascii_only
        self._revision = -1
        self._asked = _AskedNumbers(hooks, commands)

    def answer(self, lines: Sequence[bytes], place: int, pieces: list[bytes]) -> _Answered:
        """Answer lines from this place on until one is not known, or there are many.

        Put the octets behind the pieces. Return the replies, the texts of those that have one, and
        how many octets they are.
        """
        if self._revision != self._hooks.revision:
            self._renew()
        if len(lines) - place > 1 and lines[place] in self._cached.by_line:
            return self._answer_all(lines[place : place + _MANY], pieces)
        row = self._row(lines[place])
        if row is None:
            return (), (), 0
        reply, text, said, octets = row
        pieces += said
        self._count(reply.verb, 1, len(text.stuffed) if text else 0)
        return (reply,), (text,) if text else (), octets

    def _answer_all(self, lines: Sequence[bytes], pieces: list[bytes]) -> _Answered:
        """Look each of these lines up once, however often it comes."""
        times: dict[bytes, int] = {}
        for line in lines:
            times[line] = times.get(line, 0) + 1
        rows: dict[bytes, _Row] = {}
        octets = 0
        for line in times:
            row = self._row(line)
            if row is None or (rows and octets + row[3] > MOST_AT_ONCE):
                known = lines[: lines.index(line)]
                return self._answer_all(known, pieces) if known else ((), (), 0)
            rows[line] = row
            octets += row[3]
        in_order = list(map(rows.__getitem__, lines))
        replies, texts, said, sizes = zip(*in_order, strict=True)
        if len(times) < len(lines):
            octets = sum(sizes)
            if octets > MOST_AT_ONCE:
                fitting = bisect_right(list(accumulate(sizes)), MOST_AT_ONCE)
                return self._answer_all(lines[: fitting or 1], pieces)
        self._count_all(rows, times)
        pieces.extend(chain.from_iterable(said))
        return replies, tuple(filter(None, texts)), octets

    def _count_all(self, rows: Mapping[bytes, _Row], times: Mapping[bytes, int]) -> None:
        verbs: dict[str, int] = {}
        octets: dict[str, int] = {}
        for line, (reply, text, said, _) in rows.items():
            verb, often = reply.verb, times[line]
            verbs[verb] = verbs.get(verb, 0) + often
            if text:
                octets[verb] = octets.get(verb, 0) + len(said[1]) * often
        for verb, often in verbs.items():
            self._count(verb, often, octets.get(verb, 0))

    def _row(self, line: bytes) -> _Row | None:
        """Return what this line is answered with; None if that takes looking further."""
        reply = self._cached.by_line.get(line)
        if reply is None:
            return None
        number, asked = reply.number, self._asked[reply.verb]
        if asked is None or number in asked:
            return None
        if number is not None and not self._messages.is_as_at_login(number):
            return None
        if reply.text is None:
            return reply, None, (reply.head,), len(reply.head)
        text = reply.text()
        if text is None:
            return None  # nobody keeps it any more
        head, stuffed, end = reply.head, text.stuffed, reply.end
        return reply, text, (head, stuffed, end), len(head) + len(stuffed) + len(end)

    def _count(self, verb: str, times: int, octets: int) -> None:
        """Count a verb, and the octets of bodies that are sent for it."""
        self._verbs.add(verb, times)
        if octets:
            sent = self._messages.octets_sent
            sent[verb] = sent.get(verb, 0) + octets

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
