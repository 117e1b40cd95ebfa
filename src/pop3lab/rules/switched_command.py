"""A row of the command table that is one or another, as a rule holds."""

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
        values: dict[str, Any] = {f.name: getattr(known, f.name) for f in fields(CommandSpec)}

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
