"""Rows of the command table that wrap or replace other rows."""

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
    """A row that wraps another and answers like it; subclasses override parts."""

    row: CommandSpec | None = None

    def known(self, session: SessionState) -> bool:
        return self.row is not None and self.row.known(session)

    def takes(self, session: SessionState, request: Request) -> bool:
        return self.row is not None and self.row.takes(session, request)

    @property
    def is_obeyed(self) -> bool:
        """Whether the command may still do its work."""
        return is_obeyed(self.row)


def is_obeyed(row: CommandSpec | None) -> bool:
    """Whether the row exists and may still do its work."""
    return row.is_obeyed if isinstance(row, CommandWrapper) else row is not None


def values_of(row: CommandSpec) -> dict[str, Any]:
    """Return the fields of a row, to build a similar one."""
    return {field.name: getattr(row, field.name) for field in fields(CommandSpec)}


@dataclass(frozen=True, slots=True)
class SwitchedCommand(CommandSpec):
    """The standard row or the rule's row, depending on whether the rule applies.

    None stands for a missing row. run_rule: runs the rule's row for a command that a client sent.
    on_difference: called if only one of the two rows exists, or is offered.
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
        """Return a row made of these two, of which at least one exists."""
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
        """Return the answer of the standard row or of the rule's row."""
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
    """Return the error for a command that is not allowed in the session's state."""
    early = session.state is State.AUTHORIZATION
    return WrongState("log in first" if early else "not after login")


def run_unknown(
    row: CommandSpec | None, session: SessionState, request: Request
) -> Reply | Authenticated:
    """Refuse an unknown command. Raises NotUnderstood.

    row: the row underneath; if another rule has removed it, that rule gets the request, so that it
    counts its hit.
    """
    if isinstance(row, SwitchedCommand) and not row.known(session):
        return row.run(session, request)
    raise NotUnderstood("unknown command")
