"""Whether a command is obeyed in another way than by the book's row of the table."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from pop3lab.core.command import Command
from pop3lab.core.errors import WrongState
from pop3lab.core.reply import Reply
from pop3lab.core.request import Exchange, Login, Settle, State
from pop3lab.core.sasl import Responding
from pop3lab.core.state import Standing
from pop3lab.rules.differences.actions import Changed
from pop3lab.rules.differences.replies import compare, heard
from pop3lab.rules.switched_command import unknown

_OF_MECHANISMS = {"AUTH", "CAPA"}

Outcome = bytes | Reply | Login


class _Where(NamedTuple):
    """Where a session stands, as far as a turn may move it. left: messages not marked, octets."""

    state: State
    user: str | None
    named: str | None
    utf8: bool
    left: tuple[int, int]
    mechanisms: tuple[str, ...]


def _where(session: Standing, exchange: Exchange) -> _Where:
    left = (0, 0)
    if session.state is State.TRANSACTION:
        left = session.messages.count, session.messages.octets
    names: tuple[str, ...] = ()
    if exchange.verb in _OF_MECHANISMS:
        names = tuple(mechanism.name for mechanism in session.mechanisms())
    if exchange.verb == "AUTH" and exchange.arguments:
        names = tuple(name for name in names if name == exchange.arguments[0].upper())
    return _Where(session.state, session.user, session.named, session.utf8, left, names)


class Book:
    """What the book's row was asked within a turn, and what it answered."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Another turn: nothing yet."""
        self.exchange: Exchange | None = None
        self.answer: Outcome | None = None
        self.settled: Reply | Login | None = None
        self.failed: Exception | None = None
        self.dialogue: Responding | None = None
        self.line: bytes | None = None
        self.before: _Where | None = None
        self.behind: _Where | None = None

    def ask(self, row: Command, session: Standing, exchange: Exchange) -> Reply | Login:
        """What the row answers, kept to be compared."""
        if not exchange.sent:
            return row.run(session, exchange)
        self.exchange = exchange
        self.before = self.behind = _where(session, exchange)
        try:
            answer = row.run(session, exchange)
        except Exception as failure:
            self.failed = failure
            raise
        finally:
            self.behind = _where(session, exchange)
        self.answer = kept = self._kept(answer)
        if session.dialogue:
            session.dialogue = self.dialogue = _Responding(session.dialogue, self)
        return kept

    def step(self, dialogue: Responding, line: bytes) -> Outcome:
        """What a dialogue of the row answers, kept as well."""
        self.line = line
        try:
            outcome = dialogue.step(line)
        except Exception as failure:
            self.failed = failure
            raise
        self.answer = kept = outcome if isinstance(outcome, bytes) else self._kept(outcome)
        return kept

    def _kept(self, answer: Reply | Login) -> Reply | Login:
        if isinstance(answer, Reply):
            return heard(answer)
        if answer.settle is None:
            return answer
        return answer._replace(settle=self._settling(answer.settle))

    def _settling(self, settle: Settle) -> Settle:
        def settling(login: Login) -> Reply | Login:
            self.settled = settle(login)
            return self.settled

        return settling


class _Responding:
    """The book's dialogue."""

    def __init__(self, dialogue: Responding, book: Book) -> None:
        self._dialogue = dialogue
        self._book = book

    def step(self, line: bytes) -> Outcome:
        return self._book.step(self._dialogue, line)


@dataclass(frozen=True, slots=True)
class _Asked(Command):
    """The book's row, as a turn sees it."""

    row: Command | None = None
    book: Book | None = None

    def run(self, session: Standing, exchange: Exchange) -> Reply | Login:
        assert self.row
        assert self.book
        others = any(getattr(self, name) != getattr(self.row, name) for name in _OBEYING)
        if others and self.row.takes(session, exchange):
            return Command.run(self, session, exchange)  # a script has put them in their place
        return self.book.ask(self.row, session, exchange)

    def takes(self, session: Standing, exchange: Exchange) -> bool:
        return self.row is not None and self.row.takes(session, exchange)

    def known(self, session: Standing) -> bool:
        return self.row is not None and self.row.known(session)


_OBEYING = ("handler", "arguments", "optional", "rest")  # the fields that say how


def asked(table: Mapping[str, Command], book: Book) -> dict[str, Command]:
    """The table whose rows tell the book what they are asked."""
    names = [field.name for field in fields(Command)]
    made: dict[str, Command] = {}
    for verb, row in table.items():
        values: dict[str, Any] = {name: getattr(row, name) for name in names}
        made[verb] = _Asked(**values, row=row, book=book)
    return made


class Turn:
    """A command as a script obeys it, compared with the book's way."""

    def __init__(self, bent: Command | None, own: Command | None, book: Book) -> None:
        """bent: the script's row. own: the book's. None is no such command."""
        self._bent = bent
        self._own = own
        self._book = book

    def run(self, session: Standing, exchange: Exchange, changed: Changed) -> Reply | Login:
        """Raises what the script's row raises."""
        bent = self._bent
        if bent is None or not bent.known(session):
            if self._own and self._own.known(session):
                changed()
            return unknown(self._own, session, exchange)
        if session.state not in bent.states:
            if self._own is None or session.state in self._own.states:
                changed()
            early = session.state is State.AUTHORIZATION
            raise WrongState("log in first" if early else "not after login")
        return self._compared(bent, session, exchange, changed)

    def _compared(
        self, bent: Command, session: Standing, exchange: Exchange, changed: Changed
    ) -> Reply | Login:
        book = self._book
        book.begin()
        before = _where(session, exchange)
        try:
            answer = bent.run(session, exchange)
        except Exception as failure:
            if failure is not book.failed or book.exchange != exchange:
                changed()
            raise
        moved = before != book.before or book.behind != _where(session, exchange)
        if moved or book.exchange != exchange:
            changed()
        answer = _answered(book, answer, changed)
        if session.dialogue and session.dialogue is not book.dialogue:
            session.dialogue = _ComparedResponding(session.dialogue, book, changed)
        return answer


class _ComparedResponding:
    """A dialogue of the script's, or one that it intercepts."""

    def __init__(self, dialogue: Responding, book: Book, changed: Changed) -> None:
        self._dialogue = dialogue
        self._book = book
        self._changed = changed

    def step(self, line: bytes) -> Outcome:
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


def _answered(book: Book, answer: Reply | Login, changed: Changed) -> Reply | Login:
    """The answer, compared with the book's now, or when a login is settled or a body sent."""
    own = book.answer
    if answer == own:
        return answer
    if isinstance(answer, Reply) and isinstance(own, Reply):
        return compare(own, answer, changed)
    if isinstance(answer, Login) and isinstance(own, Login):
        settled = answer.settle and _settling(book, answer.settle, changed)
        if answer._replace(settle=None) == own._replace(settle=None):
            return answer._replace(settle=settled)
    changed()
    return answer


def _settling(book: Book, settle: Settle, changed: Changed) -> Settle:
    def settling(login: Login) -> Reply | Login:
        book.settled = None
        outcome = settle(login)
        own = login if book.settled is None else book.settled
        if outcome != own:
            changed()
        return outcome

    return settling
