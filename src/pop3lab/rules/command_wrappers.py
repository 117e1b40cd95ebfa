"""Rows of the command table in the place of others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from pop3lab.core.command import CommandSpec
from pop3lab.core.errors import NotUnderstood, WrongState
from pop3lab.core.reply import Reply
from pop3lab.core.request import Authenticated, HypotheticalRequest, Request, State
from pop3lab.core.state import SessionState

_Run = Callable[[SessionState, Request], Reply | Authenticated]


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
    """The book's row or the rule's, as the rule applies or not; None is no such row.

    run_rule: runs the rule's row for an exchange that somebody has sent. on_difference: called
    when there is such a command, or it is offered, by one of the two only.
    """

    book_row: CommandSpec | None = None
    rule_row: CommandSpec | None = None
    applies: Callable[[Request], bool] = lambda request: False
    run_rule: _Run | None = None
    on_difference: Callable[[str], None] = lambda verb: None

    @classmethod
    def of(
        cls,
        book_row: CommandSpec | None,
        rule_row: CommandSpec | None,
        applies: Callable[[Request], bool],
        run_rule: _Run | None = None,
        on_difference: Callable[[str], None] = lambda verb: None,
    ) -> "SwitchedCommand":
        """Return a row made of these two, at least one of which is there."""
        known = book_row or rule_row
        assert known
        values = values_of(known)

        def offered(session: SessionState) -> bool:
            return switched.choose(
                [row is not None and row.offered(session) for row in (book_row, rule_row)]
            )

        values |= {"states": frozenset(State), "offered": offered}
        switched = cls(
            **values,
            book_row=book_row,
            rule_row=rule_row,
            applies=applies,
            run_rule=run_rule,
            on_difference=on_difference,
        )
        return switched

    def known(self, session: SessionState) -> bool:
        return self.choose(
            [row is not None and row.known(session) for row in (self.book_row, self.rule_row)]
        )

    def choose(self, answers: Sequence[bool]) -> bool:
        """The book's answer, or the rule's."""
        by_book, by_rule = answers
        if not self.applies(HypotheticalRequest(self.verb)):
            return by_book
        if by_book is not by_rule:
            self.on_difference(self.verb)
        return by_rule

    def takes(self, session: SessionState, request: Request) -> bool:
        row = self._row(request)
        return row is not None and row.known(session) and row.takes(session, request)

    def _row(self, request: Request) -> CommandSpec | None:
        return self.rule_row if self.applies(request) else self.book_row

    def run(self, session: SessionState, request: Request) -> Reply | Authenticated:
        if self.applies(request) and request.sent and self.run_rule:
            return self.run_rule(session, request)
        row = self._row(request)
        if row is None or not row.known(session):
            return run_unknown(self.book_row, session, request)
        if session.state not in row.states:
            raise wrong_state(session)
        return row.run(session, request)


def wrong_state(session: SessionState) -> WrongState:
    """Return the error of a command that is not for the state of the session."""
    early = session.state is State.AUTHORIZATION
    return WrongState("log in first" if early else "not after login")


def run_unknown(
    row: CommandSpec | None, session: SessionState, request: Request
) -> Reply | Authenticated:
    """There is no such command. Raises NotUnderstood.

    row: the one underneath; if a rule has denied that already, it is asked, so that it tells.
    """
    if isinstance(row, SwitchedCommand) and not row.known(session):
        return row.run(session, request)
    raise NotUnderstood("unknown command")
