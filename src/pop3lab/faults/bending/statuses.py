"""Status lines: their octets, and their texts."""

from collections.abc import Callable, Iterator

from pop3lab.core.actions import Action, Part, Send
from pop3lab.core.commands import INFORMING
from pop3lab.core.exchange import Exchange
from pop3lab.core.reply import Reply
from pop3lab.core.standing import Standing
from pop3lab.faults.bending.maildrops import InSession
from pop3lab.faults.telling import Telling


def is_prose(exchange: Exchange, reply: Reply) -> bool:
    """Whether the text of its status line is for people only."""
    if reply.ok is None:
        return False
    return not reply.ok or reply.body is not None or exchange.verb not in INFORMING


class Statuses(InSession, Telling):
    """Sends the status lines that a function makes of those without their line end.

    It takes effect where they differ. end: what follows them.
    """

    sends = None

    def __init__(self, change: Callable[[bytes], bytes], end: bytes = b"\r\n") -> None:
        self._change = change
        self._end = end

    def actions(self, exchange: Exchange, actions: Iterator[Action]) -> Iterator[Action]:
        for action in actions:
            if isinstance(action, Send) and action.part is Part.HEAD:
                yield self._changed(action)
            else:
                yield action

    def _changed(self, head: Send) -> Send:
        data = self._change(head.data.removesuffix(b"\r\n")) + self._end
        return Send(data, head.part) if data != head.data and self.fire() else head


class Refusals(InSession, Telling):
    """Says what a function makes of each refusal, or None to leave it."""

    replies = None
    shows = True

    def __init__(
        self, change: Callable[[Standing, Exchange, Reply], Reply | None], *verbs: str
    ) -> None:
        self._change = change
        self.replies = frozenset(verbs) if verbs else None

    def reply(self, exchange: Exchange, reply: Reply) -> Reply:
        changed = self._change(self.session, exchange, reply) if reply.ok is False else None
        return changed if changed and self.fire() else reply
