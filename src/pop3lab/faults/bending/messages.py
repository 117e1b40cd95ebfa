"""How whole messages are sent, and what follows from it."""

from collections.abc import Iterator

from pop3lab.core.actions import Action, Part, Send
from pop3lab.core.commands import TEXTS
from pop3lab.core.exchange import Exchange
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.reply import Body, End, Reply
from pop3lab.core.script import Script
from pop3lab.core.standing import Standing
from pop3lab.faults.bending.partings import Parting


def message(reply: Reply) -> Body | None:
    """What is sent for a message. -ERR has none, though a rule may put lines behind it."""
    return reply.body if reply.ok else None


class MessageEnd(Script):
    """Closes a message in another way than the book says; listings are left alone."""

    replies = frozenset(TEXTS)
    sends = ()

    def __init__(self, end: End) -> None:
        self._end = end

    def reply(self, exchange: Exchange, reply: Reply) -> Reply:
        body = message(reply)
        return reply if body is None else reply._replace(body=body._replace(end=self._end))


class Autodelete(Script):
    """A message that was sent whole is deleted at QUIT, as if DELE had been sent for it."""

    replies = ()
    sends = frozenset(TEXTS)

    def __init__(self) -> None:
        self._sent: set[str] = set()
        self._reading = ""

    def begin(self, session: Standing) -> Script:
        return Autodelete()

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        return Parting(maildrop, reads=self._reads, deletes=self._sent.union)

    def _reads(self, uid: str) -> None:
        self._reading = uid

    def actions(self, exchange: Exchange, actions: Iterator[Action]) -> Iterator[Action]:
        uid, self._reading = self._reading, ""
        whole = exchange.verb == "RETR" or len(exchange.arguments) == 1
        for action in actions:
            yield action
            if uid and whole and isinstance(action, Send) and action.part is Part.END:
                self._sent.add(uid)
