"""The replies that one session may give without looking further."""

from collections.abc import Collection, Mapping, Sequence

from pop3lab.core.cached_replies import ALL, Answered, CachedReplies, CachedReply
from pop3lab.core.command import COMMANDS, CommandSpec
from pop3lab.core.hooks import Hooks
from pop3lab.core.maildrop_wrappers import has_utf8_header
from pop3lab.core.reply import Reply
from pop3lab.core.request import Request
from pop3lab.core.state import SessionMessages
from pop3lab.core.text import MessageText

_OF_TEXTS = frozenset({"RETR", "TOP"})
_NUMBERED = frozenset({"LIST", "UIDL", *_OF_TEXTS})
_ABOUT_ALL = frozenset({"STAT", "LIST", "UIDL"})
_VERBS = ("NOOP", *sorted(_NUMBERED | _ABOUT_ALL))
_LONGEST = 40  # octets of a line, which each limit allows


class ReplyTable:
    """Finds replies by whole lines, and keeps those that come the ordinary way.

    A row is left out where hooks are asked about its verb and message, or have another command in
    its place. Lines are kept as they are sent by the book: nothing can be said against them.
    """

    __slots__ = (
        "_ascii_only",
        "_cached",
        "_commands",
        "_hooks",
        "_messages",
        "_revision",
        "_verbs",
    )

    def __init__(
        self,
        cached: CachedReplies,
        messages: SessionMessages,
        commands: Mapping[str, CommandSpec],
        hooks: Hooks,
        *,
        ascii_only: bool,
    ) -> None:
        """cached: those of the snapshot. ascii_only: texts with UTF-8 headers are withheld."""
        self._cached = cached
        self._messages = messages
        self._commands = commands
        self._hooks = hooks
        self._ascii_only = ascii_only
        self._revision = -1
        self._verbs: dict[str, Collection[int]] = {}

    def answer(self, lines: Sequence[bytes], place: int, octets: int) -> tuple[list[Answered], int]:
        """Answer the lines from this place on, until one is not known, or so many octets are.

        Return the lines with their answers, and how many octets these have.
        """
        by_line, messages = self._cached.by_line, self._messages
        verbs = self._verbs if self._revision == self._hooks.revision else self._renewed()
        answered: list[Answered] = []
        said = 0
        while place < len(lines) and said < octets:
            line = lines[place]
            answer = by_line.get(line)
            if answer is None:
                break
            verb, number, head, text_of, end, _ = answer
            asked = verbs.get(verb)
            if asked is None or number in asked:
                break
            if number is not None and not messages.is_as_at_login(number):
                break
            text = None
            if text_of is not None:
                text = text_of()
                if text is None:
                    break  # nobody keeps it any more
                said += len(text.stuffed) + len(end)
            said += len(head)
            answered.append((line, answer, text))
            place += 1
        return answered, said

    def _holds(self, answer: CachedReply) -> bool:
        verbs = self._verbs if self._revision == self._hooks.revision else self._renewed()
        asked = verbs.get(answer.verb)
        left = asked is not None and answer.number not in asked
        return left and self._messages.is_as_at_login(answer.number)

    def _renewed(self) -> Mapping[str, Collection[int]]:
        """Look anew which verbs are by the book, and for which messages they are not."""
        hooks, commands = self._hooks, self._commands
        self._revision = hooks.revision
        self._verbs = {}
        for verb in _VERBS:
            asked = hooks.asked_numbers(verb)
            if asked is not None and commands.get(verb) is COMMANDS[verb]:
                self._verbs[verb] = asked
        return self._verbs

    def add(self, line: bytes, request: Request, reply: Reply, parts: tuple[bytes, ...]) -> None:
        """Keep what was said to this line, if it may be said again."""
        verb, words = request.verb, request.arguments
        if verb not in _VERBS or not reply.ok or not _is_by_the_book(line, verb, words):
            return
        number = int(words[0]) if words else ALL if verb in _ABOUT_ALL else None
        head, *rest = parts
        answer = CachedReply(verb, number, head)
        if not self._holds(answer):
            return
        text = None
        if rest:
            assert reply.body is not None
            assert isinstance(reply.body.chunks, MessageText)  # else there would be no parts
            text = reply.body.chunks
            answer = answer._replace(end=rest[1])
        if verb in _OF_TEXTS:
            if self._ascii_only and text and has_utf8_header(text):
                return
            answer = answer._replace(uid=self._messages.entry(int(words[0])).uid)
        self._cached.add(line, answer, text, own=verb == "TOP")


def _is_by_the_book(line: bytes, verb: str, words: list[str]) -> bool:
    """Whether the line is just this verb and these numbers, spelled in the one way."""
    if len(line) > _LONGEST or line != f"{' '.join((verb, *words))}\r".encode():
        return False
    return all(word.isdecimal() and word == str(int(word)) for word in words)
