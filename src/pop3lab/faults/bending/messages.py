"""How whole messages are sent, and what follows from it."""

from collections.abc import Collection, Iterator

from pop3lab.core.actions import Action, Part, Send
from pop3lab.core.arguments import number
from pop3lab.core.commands import TEXTS
from pop3lab.core.exchange import Exchange
from pop3lab.core.maildrop import Maildrop, Snapshot
from pop3lab.core.reply import End, Reply
from pop3lab.core.script import Script
from pop3lab.core.standing import Standing


class MessageEnd(Script):
    """Closes a message in another way than the book says; listings are left alone."""

    replies = frozenset(TEXTS)
    sends = ()

    def __init__(self, end: End) -> None:
        self._end = end

    def reply(self, exchange: Exchange, reply: Reply) -> Reply:
        ok, text, body, then, code = reply
        if body is None:
            return reply
        return Reply(ok, text, body._replace(end=self._end), then, code)


class Autodelete(Script):
    """A message that was sent whole is deleted at QUIT, as if DELE had been sent for it."""

    replies = ()
    sends = frozenset(TEXTS)

    def __init__(self) -> None:
        self._sent: set[str] = set()
        self._snapshot = Snapshot(())

    def begin(self, session: Standing) -> Script:
        return Autodelete()

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        self._snapshot = maildrop.snapshot
        return _DeletesMore(maildrop, self._sent)

    def actions(self, exchange: Exchange, actions: Iterator[Action]) -> Iterator[Action]:
        whole = exchange.verb == "RETR" or len(exchange.arguments) == 1
        for action in actions:
            yield action
            if whole and isinstance(action, Send) and action.part is Part.END:
                self._sent.add(self._snapshot.entries[number(exchange.arguments[0]) - 1].uid)


class _DeletesMore:
    """A maildrop that at QUIT deletes what is in a set besides."""

    def __init__(self, maildrop: Maildrop, uids: Collection[str]) -> None:
        self._maildrop = maildrop
        self._uids = uids
        self.snapshot = maildrop.snapshot
        self.read = maildrop.read
        self.read_waits = maildrop.read_waits
        self.close = maildrop.close

    def delete_waits(self, uids: Collection[str]) -> bool:
        return self._maildrop.delete_waits({*uids, *self._uids})

    def delete(self, uids: Collection[str]) -> None:
        self._maildrop.delete({*uids, *self._uids})
