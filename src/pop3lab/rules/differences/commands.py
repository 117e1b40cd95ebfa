"""Finds out whether a command is executed differently from its standard row."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from pop3lab.core.command import CommandSpec
from pop3lab.core.reply import Reply
from pop3lab.core.request import Authenticated, Request, Settle, State
from pop3lab.core.sasl import SaslStep
from pop3lab.core.state import SessionState
from pop3lab.rules.command_wrappers import CommandWrapper, run_unknown, values_of, wrong_state
from pop3lab.rules.differences.actions import Changed
from pop3lab.rules.differences.replies import compare_replies, remembered

_OF_MECHANISMS = {"AUTH", "CAPA"}

_Outcome = bytes | Reply | Authenticated


class _Where(NamedTuple):
    """The state of a session, as far as a command can change it.

    left: the number and octets of the unmarked messages.
    """

    state: State
    user: str | None
    named: str | None
    utf8: bool
    left: tuple[int, int]
    mechanisms: tuple[str, ...]


def _where(session: SessionState, request: Request) -> _Where:
    left = (0, 0)
    if session.state is State.TRANSACTION:
        left = session.messages.count, session.messages.octets
    names: tuple[str, ...] = ()
    if request.verb in _OF_MECHANISMS:
        names = tuple(mechanism.name for mechanism in session.mechanisms())
    if request.verb == "AUTH" and request.arguments:
        names = tuple(name for name in names if name == request.arguments[0].upper())
    return _Where(session.state, session.user, session.pending_user, session.utf8, left, names)


class BookAnswers:
    """What the standard row was asked during a command, and its answers."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything, for the next command."""
        self.request: Request | None = None
        self.answer: _Outcome | None = None
        self.settled: Reply | Authenticated | None = None
        self.failed: Exception | None = None
        self.dialogue: SaslStep | None = None
        self.line: bytes | None = None
        self.before: _Where | None = None
        self.behind: _Where | None = None

    def ask(
        self, row: CommandSpec, session: SessionState, request: Request
    ) -> Reply | Authenticated:
        """Return the answer of the row, and keep it for comparison."""
        if not request.sent:
            return row.run(session, request)
        self.request = request
        self.before = self.behind = _where(session, request)
        try:
            answer = row.run(session, request)
        except Exception as failure:
            self.failed = failure
            raise
        finally:
            self.behind = _where(session, request)
        self.answer = kept = self._kept(answer)
        if session.sasl:
            session.sasl = self.dialogue = _Responding(session.sasl, self)
        return kept

    def step(self, dialogue: SaslStep, line: bytes) -> _Outcome:
        """Return the answer of the row's SASL exchange, and keep it, too."""
        self.line = line
        try:
            outcome = dialogue.step(line)
        except Exception as failure:
            self.failed = failure
            raise
        self.answer = kept = outcome if isinstance(outcome, bytes) else self._kept(outcome)
        return kept

    def _kept(self, answer: Reply | Authenticated) -> Reply | Authenticated:
        if isinstance(answer, Reply):
            return remembered(answer)
        if answer.settle is None:
            return answer
        return answer._replace(settle=self._settling(answer.settle))

    def _settling(self, settle: Settle) -> Settle:
        def settling(login: Authenticated) -> Reply | Authenticated:
            self.settled = settle(login)
            return self.settled

        return settling


class _Responding:
    """The SASL exchange of the standard row."""

    def __init__(self, dialogue: SaslStep, book: BookAnswers) -> None:
        self._dialogue = dialogue
        self._book = book

    def step(self, line: bytes) -> _Outcome:
        return self._book.step(self._dialogue, line)


@dataclass(frozen=True, slots=True)
class _Asked(CommandWrapper):
    """The standard row, as hooks see it."""

    book: BookAnswers | None = None

    def run(self, session: SessionState, request: Request) -> Reply | Authenticated:
        assert self.row
        assert self.book
        others = any(getattr(self, name) != getattr(self.row, name) for name in _OBEYING)
        if others and self.row.takes(session, request):
            return CommandSpec.run(self, session, request)  # hooks have replaced these fields
        return self.book.ask(self.row, session, request)


_OBEYING = ("handler", "arguments", "optional", "rest")  # the fields that define the execution


def remembering_rows(table: Mapping[str, CommandSpec], book: BookAnswers) -> dict[str, CommandSpec]:
    """Return the table with rows that report to book what they are asked."""
    return {verb: _Asked(**values_of(row), row=row, book=book) for verb, row in table.items()}


class CommandComparison:
    """Runs a command as hooks have changed it, and compares it with the standard row."""

    def __init__(
        self, rule_row: CommandSpec | None, book_row: CommandSpec | None, book: BookAnswers
    ) -> None:
        """rule_row: that of the hooks. book_row: the standard one. None: no such command."""
        self._rule_row = rule_row
        self._book_row = book_row
        self._book = book

    def run(
        self, session: SessionState, request: Request, changed: Changed
    ) -> Reply | Authenticated:
        """Run the command. Raises what the hooks' row raises."""
        rule_row = self._rule_row
        if rule_row is None or not rule_row.known(session):
            if self._book_row and self._book_row.known(session):
                changed()
            return run_unknown(self._book_row, session, request)
        if session.state not in rule_row.states:
            if self._book_row is None or session.state in self._book_row.states:
                changed()
            raise wrong_state(session)
        return self._compared(rule_row, session, request, changed)

    def _compared(
        self, rule_row: CommandSpec, session: SessionState, request: Request, changed: Changed
    ) -> Reply | Authenticated:
        book = self._book
        book.reset()
        before = _where(session, request)
        try:
            answer = rule_row.run(session, request)
        except Exception as failure:
            if failure is not book.failed or book.request != request:
                changed()
            raise
        moved = before != book.before or book.behind != _where(session, request)
        if moved or book.request != request:
            changed()
        answer = _answered(book, answer, changed)
        if session.sasl and session.sasl is not book.dialogue:
            session.sasl = _ComparedResponding(session.sasl, book, changed)
        return answer


class _ComparedResponding:
    """The SASL exchange of the hooks, or one that they wrap."""

    def __init__(self, dialogue: SaslStep, book: BookAnswers, changed: Changed) -> None:
        self._dialogue = dialogue
        self._book = book
        self._changed = changed

    def step(self, line: bytes) -> _Outcome:
        book = self._book
        book.line = book.failed = book.answer = book.settled = None
        try:
            outcome = self._dialogue.step(line)
        except Exception as failure:
            if failure is not book.failed or book.line != line:
                self._changed()
            raise
        if book.line != line:
            self._changed()
        if isinstance(outcome, bytes):
            if outcome != book.answer:
                self._changed()
            return outcome
        return _answered(book, outcome, self._changed)


def _answered(
    book: BookAnswers, answer: Reply | Authenticated, changed: Changed
) -> Reply | Authenticated:
    """Return the answer, compared now, or later when a login is settled or a body is sent."""
    own = book.answer
    if answer == own:
        return answer
    if isinstance(answer, Reply) and isinstance(own, Reply):
        return compare_replies(own, answer, changed)
    if isinstance(answer, Authenticated) and isinstance(own, Authenticated):
        settled = answer.settle and _settling(book, answer.settle, changed)
        if answer._replace(settle=None) == own._replace(settle=None):
            return answer._replace(settle=settled)
    changed()
    return answer


def _settling(book: BookAnswers, settle: Settle, changed: Changed) -> Settle:
    def settling(login: Authenticated) -> Reply | Authenticated:
        book.settled = None
        outcome = settle(login)
        own = login if book.settled is None else book.settled
        if outcome != own:
            changed()
        return outcome

    return settling
