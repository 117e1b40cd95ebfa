"""Several scripts as one, asked in order."""

from collections.abc import Iterator, Mapping, Sequence

from pop3lab.core.actions import Action
from pop3lab.core.commands import Command, Exchange
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.reply import Reply
from pop3lab.core.session import Script


class Chain(Script):
    """The first script is next to the protocol, the last next to the wire."""

    def __init__(self, scripts: Sequence[Script]) -> None:
        self._scripts = scripts
        named = [script.verbs for script in scripts]
        if None not in named:
            self.verbs = frozenset(verb for verbs in named if verbs for verb in verbs)

    def commands(self, table: Mapping[str, Command]) -> Mapping[str, Command]:
        for script in self._scripts:
            table = script.commands(table)
        return table

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        for script in self._scripts:
            maildrop = script.maildrop(maildrop)
        return maildrop

    def reply(self, exchange: Exchange, reply: Reply) -> Reply:
        for script in self._scripts:
            reply = script.reply(exchange, reply)
        return reply

    def actions(self, exchange: Exchange, actions: Iterator[Action]) -> Iterator[Action]:
        for script in self._scripts:
            actions = script.actions(exchange, actions)
        return actions
