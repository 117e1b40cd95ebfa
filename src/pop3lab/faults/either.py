"""A row of the command table that is one or another, as a rule holds."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from pop3lab.core.commands import Command
from pop3lab.core.errors import NotUnderstood, WrongState
from pop3lab.core.exchange import Exchange, Login, State, Supposed
from pop3lab.core.reply import Reply
from pop3lab.core.standing import Standing


@dataclass(frozen=True, slots=True)
class Either(Command):
    """The book's row or the rule's, as the rule holds or not; None is no such row."""

    book: Command | None = None
    bent: Command | None = None
    bends: Callable[[Exchange], bool] = lambda exchange: False

    @classmethod
    def of(
        cls,
        known: Command,
        book: Command | None,
        bent: Command | None,
        bends: Callable[[Exchange], bool],
    ) -> "Either":
        values: dict[str, Any] = {f.name: getattr(known, f.name) for f in fields(Command)}

        def offered(session: Standing) -> bool:
            row = bent if bends(Supposed(known.verb)) else book
            return row is not None and row.offered(session)

        values |= {"constant": None, "states": frozenset(State), "offered": offered}
        return cls(**values, book=book, bent=bent, bends=bends)

    def run(self, session: Standing, exchange: Exchange) -> Reply | Login:
        row = self.bent if self.bends(exchange) else self.book
        if row is None:
            raise NotUnderstood("unknown command")
        if session.state not in row.states:
            early = session.state is State.AUTHORIZATION
            raise WrongState("log in first" if early else "not after login")
        return row.run(session, exchange)
