"""Commands taken another way: what is done instead of, before or after what the table says."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

from pop3lab.core.commands import Command
from pop3lab.core.exchange import Exchange, Login
from pop3lab.core.reply import Reply
from pop3lab.core.script import Script
from pop3lab.core.standing import Standing

Obey = Callable[[Standing, Exchange], Reply | Login]
Turn = Callable[[Standing, Exchange, Obey], Reply | Login]

EACH = ""  # each verb that has no turn of its own


@dataclass(frozen=True, slots=True)
class _Turned(Command):
    """A row whose exchanges take a turn, which may obey as the row underneath does."""

    row: Command | None = None
    turn: Turn = lambda session, exchange, obey: obey(session, exchange)
    each: bool = False

    def run(self, session: Standing, exchange: Exchange) -> Reply | Login:
        assert self.row
        if (self.each and not exchange.sent) or not self.row.takes(session, exchange):
            return self.row.run(session, exchange)  # which may refuse it: there is no turn then
        return self.turn(session, exchange, self.row.run)

    def takes(self, session: Standing, exchange: Exchange) -> bool:
        return self.row is not None and self.row.takes(session, exchange)

    def known(self, session: Standing) -> bool:
        return self.row is None or self.row.known(session)


@dataclass(frozen=True, slots=True)
class Always:
    """A turn that gives this answer, and never obeys."""

    answer: Reply

    def __call__(self, session: Standing, exchange: Exchange, obey: Obey) -> Reply | Login:
        return self.answer


def is_obeyed(row: Command | None) -> bool:
    """Whether there is such a row, and it may do what the command is for."""
    if not isinstance(row, _Turned):
        return row is not None
    return not isinstance(row.turn, Always) and is_obeyed(row.row)


def turned(row: Command, turn: Turn, *, each: bool = False) -> Command:
    """The row, taken this way. Its states and what it asks of the store stay as they are.

    each: the turn is about what a client does, whatever the command: where nobody has sent one,
    there is nothing for it to count or to judge.
    """
    values: dict[str, Any] = {field.name: getattr(row, field.name) for field in fields(Command)}
    values["constant"] = None
    return _Turned(**values, row=row, turn=turn, each=each)


def with_turns(table: Mapping[str, Command], turns: Mapping[str, Turn]) -> Mapping[str, Command]:
    """The table, with these verbs, or EACH, taken so. A verb that is not there stays away."""
    each = turns.get(EACH)
    changed = dict(table)
    for verb, row in table.items():
        if turn := turns.get(verb, each):
            changed[verb] = turned(row, turn, each=verb not in turns)
    return changed


class Turns(Script):
    """Changes how these verbs are obeyed, and nothing else."""

    replies: Collection[str] = ()
    sends: Collection[str] = ()

    def __init__(self, turns: Mapping[str, Turn]) -> None:
        self._turns = turns

    def commands(self, table: Mapping[str, Command]) -> Mapping[str, Command]:
        return with_turns(table, self._turns)
