"""Scripts made of functions, for what needs no class of its own."""

from collections.abc import Callable, Collection, Iterator, Mapping

from pop3lab.core.actions import Action
from pop3lab.core.commands import Command
from pop3lab.core.exchange import Exchange
from pop3lab.core.reply import Reply
from pop3lab.core.standing import Standing
from pop3lab.faults.bending.maildrops import InSession
from pop3lab.faults.bending.tables import Change

Say = Callable[[Standing, Exchange, Reply], Reply]
Do = Callable[[Standing, Exchange, Iterator[Action]], Iterator[Action]]


class Says(InSession):
    """Changes what is said to these verbs, or to any if none is given."""

    replies: Collection[str] | None = None
    sends: Collection[str] | None = ()

    def __init__(self, say: Say, *verbs: str) -> None:
        self._say = say
        self.replies = frozenset(verbs) if verbs else None

    def reply(self, exchange: Exchange, reply: Reply) -> Reply:
        return self._say(self.session, exchange, reply)


class Bends(Says):
    """Changes what exists, and what is said to these verbs."""

    def __init__(self, change: Change, say: Say, *verbs: str) -> None:
        super().__init__(say, *verbs)
        self._change = change

    def commands(self, table: Mapping[str, Command]) -> Mapping[str, Command]:
        changed = dict(table)
        self._change(changed)
        return changed


class Does(InSession):
    """Changes how what is said to these verbs is sent."""

    replies: Collection[str] | None = ()
    sends: Collection[str] | None = None

    def __init__(self, do: Do, *verbs: str) -> None:
        self._do = do
        self.sends = frozenset(verbs) if verbs else None

    def actions(self, exchange: Exchange, actions: Iterator[Action]) -> Iterator[Action]:
        return self._do(self.session, exchange, actions)
