"""A row of the command table that is one or another, as a rule holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from pop3lab.core.command import Command
from pop3lab.core.errors import NotUnderstood, WrongState
from pop3lab.core.reply import Reply
from pop3lab.core.request import Exchange, Login, State, Supposed
from pop3lab.core.state import Standing

Run = Callable[[Standing, Exchange], Reply | Login]


@dataclass(frozen=True, slots=True)
class Either(Command):
    """The book's row or the rule's, as the rule holds or not; None is no such row.

    turn: takes the exchange as the rule's row does, where somebody has sent it. differs: told that
    there is such a command, or that it is offered, by one of the two only.
    """

    book: Command | None = None
    bent: Command | None = None
    bends: Callable[[Exchange], bool] = lambda exchange: False
    turn: Run | None = None
    differs: Callable[[str], None] = lambda verb: None

    @classmethod
    def of(
        cls,
        book: Command | None,
        bent: Command | None,
        bends: Callable[[Exchange], bool],
        turn: Run | None = None,
        differs: Callable[[str], None] = lambda verb: None,
    ) -> "Either":
        """At least one of the two is a row."""
        known = book or bent
        assert known
        values: dict[str, Any] = {f.name: getattr(known, f.name) for f in fields(Command)}

        def offered(session: Standing) -> bool:
            return either.told([row is not None and row.offered(session) for row in (book, bent)])

        values |= {"constant": None, "states": frozenset(State), "offered": offered}
        either = cls(**values, book=book, bent=bent, bends=bends, turn=turn, differs=differs)
        return either

    def known(self, session: Standing) -> bool:
        return self.told([row is not None and row.known(session) for row in (self.book, self.bent)])

    def told(self, answers: Sequence[bool]) -> bool:
        """The book's answer, or the rule's."""
        book, bent = answers
        if not self.bends(Supposed(self.verb)):
            return book
        if book is not bent:
            self.differs(self.verb)
        return bent

    def takes(self, session: Standing, exchange: Exchange) -> bool:
        row = self._row(exchange)
        return row is not None and row.known(session) and row.takes(session, exchange)

    def _row(self, exchange: Exchange) -> Command | None:
        return self.bent if self.bends(exchange) else self.book

    def run(self, session: Standing, exchange: Exchange) -> Reply | Login:
        if self.bends(exchange) and exchange.sent and self.turn:
            return self.turn(session, exchange)
        row = self._row(exchange)
        if row is None or not row.known(session):
            return unknown(self.book, session, exchange)
        if session.state not in row.states:
            early = session.state is State.AUTHORIZATION
            raise WrongState("log in first" if early else "not after login")
        return row.run(session, exchange)


def unknown(row: Command | None, session: Standing, exchange: Exchange) -> Reply | Login:
    """There is no such command. Raises NotUnderstood.

    row: the one underneath; if a rule has denied that already, it is asked, so that it tells.
    """
    if isinstance(row, Either) and not row.known(session):
        return row.run(session, exchange)
    raise NotUnderstood("unknown command")
