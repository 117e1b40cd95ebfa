"""A script that takes part only when its rule holds."""

from collections.abc import Callable, Collection, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field, fields
from random import Random
from typing import Any

from pop3lab.core.actions import Action
from pop3lab.core.commands import Command
from pop3lab.core.errors import NotUnderstood
from pop3lab.core.events import Fired
from pop3lab.core.exchange import Exchange, Login
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.reply import Reply
from pop3lab.core.script import Script
from pop3lab.core.standing import Standing
from pop3lab.faults.aim import aimed
from pop3lab.faults.rule import Rule
from pop3lab.faults.when import Moment, verbs_of

LOGIN = Exchange("LOGIN")  # the moment at which a maildrop is opened


@dataclass(eq=False, slots=True)
class Active:
    """A rule in force. hits: how often it took effect. sessions: how many have begun."""

    rule: Rule
    script: Script
    random: Random
    hits: int = 0
    sessions: int = 0
    counts: dict[int, int] = field(default_factory=dict)

    @property
    def spent(self) -> bool:
        """Whether it has taken effect as often as it may."""
        return self.rule.times is not None and self.hits >= self.rule.times


class Telling(Script):
    """A script that says itself when it takes effect, by fire: it may come to nothing."""

    fire: Callable[[], None] = staticmethod(lambda: None)

    def begin(self, session: Standing) -> Script:
        return copy(self)


def bends_maildrop(script: Script) -> bool:
    """Whether it changes what is true."""
    return type(script).maildrop is not Script.maildrop


class Conditional(Script):
    """The script of a rule with a condition; begun, it is one session's."""

    def __init__(self, active: Active) -> None:
        self._active = active
        verbs = verbs_of(active.rule.when)
        self.replies = _narrowed(active.script.replies, verbs)
        self.sends = _narrowed(active.script.sends, verbs)

    def begin(self, session: Standing) -> Script:
        return _Begun(self._active, session)


def _narrowed(asked: Collection[str] | None, verbs: set[str] | None) -> Collection[str] | None:
    if asked is None or verbs is None:
        return verbs if asked is None else asked
    return verbs.intersection(asked)


class _Begun(Conditional):
    def __init__(self, active: Active, session: Standing) -> None:
        super().__init__(active)
        self._session = session
        self._nth = active.sessions
        self._script = active.script.begin(session)
        self._asked: Exchange | None = None
        self._holds = False
        if isinstance(self._script, Telling):
            self._script.fire = self._fire

    def begin(self, session: Standing) -> Script:
        return self

    def holds(self, exchange: Exchange) -> bool:
        """Whether the rule holds for this exchange: found once, whichever seam asks first."""
        if exchange is not self._asked:
            self._asked = exchange
            active = self._active
            moment = Moment(self._session, exchange, self._nth, active.random, active.counts)
            self._holds = not active.spent and active.rule.when.holds(moment)
            if self._holds and not isinstance(self._script, Telling):
                self._fire()
        return self._holds

    def _fire(self) -> None:
        self._active.hits += 1
        self._session.tell(Fired(self._session.number, str(self._active.rule)))

    def commands(self, table: Mapping[str, Command]) -> Mapping[str, Command]:
        changed = self._script.commands(table)
        if changed is table:
            return table
        rows = {verb: self._either(table.get(verb), changed.get(verb)) for verb in table}
        rows |= {verb: self._either(None, changed[verb]) for verb in changed if verb not in table}
        return rows

    def _either(self, book: Command | None, bent: Command | None) -> Command:
        known = book or bent
        assert known
        return known if book is bent else _Either.of(known, book, bent, self.holds)

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        if not bends_maildrop(self._script) or not self.holds(LOGIN):
            return maildrop
        return self._script.maildrop(maildrop)

    def reply(self, exchange: Exchange, reply: Reply) -> Reply:
        return self._script.reply(exchange, reply) if self.holds(exchange) else reply

    def actions(self, exchange: Exchange, actions: Iterator[Action]) -> Iterator[Action]:
        if not self.holds(exchange):
            return actions
        if self._active.rule.aim is None:
            return self._script.actions(exchange, actions)
        return aimed(
            self._active.rule.aim, actions, lambda some: self._script.actions(exchange, some)
        )


@dataclass(frozen=True, slots=True)
class _Either(Command):
    """A row that is the book's or the rule's, as the rule holds or not; None is no such row."""

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
    ) -> "_Either":
        values: dict[str, Any] = {f.name: getattr(known, f.name) for f in fields(Command)}
        values["constant"] = None
        if bent and book:
            values["states"] = book.states | bent.states
        return cls(**values, book=book, bent=bent, bends=bends)

    def run(self, session: Standing, exchange: Exchange) -> Reply | Login:
        row = self.bent if self.bends(exchange) else self.book
        if row is None or session.state not in row.states:
            raise NotUnderstood("unknown command" if row is None else "not in this state")
        return row.run(session, exchange)
