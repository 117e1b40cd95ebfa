"""Rows of the command table in the place of others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from pop3lab.core.command import CommandSpec
from pop3lab.core.errors import NotUnderstood, WrongState
from pop3lab.core.reply import Reply
from pop3lab.core.request import Authenticated, HypotheticalRequest, Request, State
from pop3lab.core.state import SessionState

Run = Callable[[SessionState, Request], Reply | Authenticated]


@dataclass(frozen=True, slots=True)
class CommandWrapper(CommandSpec):
    """A row in the place of another, whose answers it gives; subclasses change some of them."""

    row: CommandSpec | None = None

    def known(self, session: SessionState) -> bool:
        return self.row is not None and self.row.known(session)

    def takes(self, session: SessionState, request: Request) -> bool:
        return self.row is not None and self.row.takes(session, request)

    @property
    def is_obeyed(self) -> bool:
        """Whether it may do what the command is for."""
        return is_obeyed(self.row)


def is_obeyed(row: CommandSpec | None) -> bool:
    """Whether there is such a row, and it may do what the command is for."""
    return row.is_obeyed if isinstance(row, CommandWrapper) else row is not None


def values_of(row: CommandSpec) -> dict[str, Any]:
    """Return the values of a row by field, for another that is made like it."""
    return {field.name: getattr(row, field.name) for field in fields(CommandSpec)}


@dataclass(frozen=True, slots=True)
class SwitchedCommand(CommandSpec):
    """The book's row or the rule's, as the rule holds or not; None is no such row.

    turn: takes the exchange as the rule's row does, where somebody has sent it. differs: told that
    there is such a command, or that it is offered, by one of the two only.
    """

    book: CommandSpec | None = None
    bent: CommandSpec | None = None
    bends: Callable[[Request], bool] = lambda request: False
    turn: Run | None = None
    differs: Callable[[str], None] = lambda verb: None

    @classmethod
    def of(
        cls,
        book: CommandSpec | None,
        bent: CommandSpec | None,
        bends: Callable[[Request], bool],
        turn: Run | None = None,
        differs: Callable[[str], None] = lambda verb: None,
    ) -> "SwitchedCommand":
        """At least one of the two is a row."""
        known = book or bent
        assert known
        values = values_of(known)

        def offered(session: SessionState) -> bool:
            return either.told([row is not None and row.offered(session) for row in (book, bent)])

        values |= {"constant": None, "states": frozenset(State), "offered": offered}
        either = cls(**values, book=book, bent=bent, bends=bends, turn=turn, differs=differs)
        return either

    def known(self, session: SessionState) -> bool:
        return self.told([row is not None and row.known(session) for row in (self.book, self.bent)])

    def told(self, answers: Sequence[bool]) -> bool:
        """The book's answer, or the rule's."""
        book, bent = answers
        if not self.bends(HypotheticalRequest(self.verb)):
            return book
        if book is not bent:
            self.differs(self.verb)
        return bent

    def takes(self, session: SessionState, request: Request) -> bool:
        row = self._row(request)
        return row is not None and row.known(session) and row.takes(session, request)

    def _row(self, request: Request) -> CommandSpec | None:
        return self.bent if self.bends(request) else self.book

    def run(self, session: SessionState, request: Request) -> Reply | Authenticated:
        if self.bends(request) and request.sent and self.turn:
            return self.turn(session, request)
        row = self._row(request)
        if row is None or not row.known(session):
            return unknown(self.book, session, request)
        if session.state not in row.states:
            early = session.state is State.AUTHORIZATION
            raise WrongState("log in first" if early else "not after login")
        return row.run(session, request)


def unknown(
    row: CommandSpec | None, session: SessionState, request: Request
) -> Reply | Authenticated:
    """There is no such command. Raises NotUnderstood.

    row: the one underneath; if a rule has denied that already, it is asked, so that it tells.
    """
    if isinstance(row, SwitchedCommand) and not row.known(session):
        return row.run(session, request)
    raise NotUnderstood("unknown command")
