"""A script that takes part only when its rule holds."""

from collections.abc import Callable, Collection, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field
from math import inf
from random import Random
from threading import Lock
from time import monotonic

from pop3lab.core.actions import Action
from pop3lab.core.commands import COMMANDS, Command
from pop3lab.core.events import Fired
from pop3lab.core.exchange import (
    CONNECT,
    GREETING,
    NO_COMMAND,
    SILENCE,
    Exchange,
    Line,
    State,
)
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.reply import Reply
from pop3lab.core.script import Script
from pop3lab.core.standing import Standing
from pop3lab.faults.aim import aimed
from pop3lab.faults.either import Either
from pop3lab.faults.reach import asked_verbs, names_responses, reached_verbs, timed_terms
from pop3lab.faults.rule import Rule
from pop3lab.faults.when import Moment
from pop3lab.faults.when_times import Times

_Where = tuple[str, State, bool]  # the verb, and where the session stands: under TLS?

_UNNAMED = {CONNECT.verb, SILENCE.verb}  # about which a rule is asked only if it names them

_NO_LINES = {CONNECT.verb, GREETING.verb, SILENCE.verb, NO_COMMAND.verb}

LOGIN = Exchange("LOGIN")  # the moment at which a maildrop is opened


@dataclass(eq=False, slots=True)
class Active:
    """A rule in force. hits: how often it took effect. sessions: how many have begun.

    Sessions may ask from several threads at a time.
    """

    rule: Rule
    script: Script
    random: Random
    clock: Callable[[], float] = monotonic
    hits: int = 0
    sessions: int = 0
    counts: dict[int, int] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def holds(self, moment: Moment) -> bool:
        """Whether it holds and may take effect, as far as is known now; it is counted."""
        with self.lock:
            return not self._spent and self.rule.when.holds(moment)

    def would_hold(self, moment: Moment) -> bool:
        """The same without counting: what it would be, if this came next."""
        with self.lock:
            supposed = moment._replace(random=copy(moment.random), counts=dict(moment.counts))
            return not self._spent and self.rule.when.holds(supposed)

    def claim(self) -> bool:
        """Count a hit; False if it has taken effect as often as it may."""
        with self.lock:
            if self._spent:
                return False
            self.hits += 1
            return True

    @property
    def _spent(self) -> bool:
        return self.rule.times is not None and self.hits >= self.rule.times


class Telling(Script):
    """A script that says itself when it takes effect: it may come to nothing.

    fire: to be called once in an exchange, just before it does. False: other sessions have used up
    the rule's times, and this exchange goes by the book.
    """

    fire: Callable[[], bool] = staticmethod(lambda: True)

    def begin(self, session: Standing) -> Script:
        return copy(self)


def bends_maildrop(script: Script) -> bool:
    """Whether it changes what is true."""
    return type(script).maildrop is not Script.maildrop


class Conditional(Script):
    """The script of a rule with a condition; begun, it is one session's.

    A rule holds at CONNECT only if it, or what it does, names that: there is no reply.
    """

    def __init__(self, active: Active) -> None:
        self._active = active
        verbs = asked_verbs(active.rule.when)
        self.replies = narrowed(active.script.replies, verbs)
        self.sends = narrowed(active.script.sends, verbs)

    def begin(self, session: Standing) -> Script:
        return _Begun(self._active, session)

    def changes_reply(self, verb: str) -> bool:
        return _asked(self.replies, verb)

    def changes_actions(self, verb: str) -> bool:
        return _asked(self.sends, verb)


def narrowed(asked: Collection[str] | None, verbs: set[str] | None) -> Collection[str] | None:
    """The verbs that a script is asked about, where its rule holds for these only."""
    if asked is None or verbs is None:
        return verbs if asked is None else asked
    return verbs.intersection(asked)


def _asked(verbs: Collection[str] | None, verb: str) -> bool:
    return verb not in _UNNAMED if verbs is None else verb in verbs


class _Begun(Conditional):
    def __init__(self, active: Active, session: Standing) -> None:
        super().__init__(active)
        self._session = session
        self._nth = active.sessions
        self._script = active.script.begin(session)
        self._exchange: Exchange | None = None
        self._holds = False
        self._claimed = False  # a hit, for this exchange
        terms = timed_terms(active.rule.when)
        self._times = Times(active.clock, session, terms) if terms else None
        self._answers = self.replies
        self.replies = None if terms else self.replies  # all are noted
        self._waits = reached_verbs(active.rule.when) == {SILENCE.verb}
        self._asked_in_silence = False  # since the last line
        self._tells_responses = names_responses(active.rule.when)
        self._held: dict[_Where, bool] = {}
        self._came: State | None = None  # in which state the last line did
        if isinstance(self._script, Telling):
            self._script.fire = self._fire_once

    def begin(self, session: Standing) -> Script:
        return self

    def holds(self, exchange: Exchange) -> bool:
        """Whether the rule holds for this exchange: found once, whichever seam asks first.

        The responses of AUTH go as their AUTH line did, and count as one with it.
        """
        if not exchange.sent:
            return self._would_hold(exchange)
        if exchange is not self._exchange:
            self._exchange = exchange
            if self._tells_responses or not exchange.responds:
                self._find(exchange)
        return self._holds

    def _find(self, exchange: Exchange) -> None:
        self._claimed = False
        self._holds = self._found(exchange)
        if exchange.verb in COMMANDS and self._active.rule.changes:
            self._held[self._where(exchange)] = self._holds

    def _would_hold(self, exchange: Exchange) -> bool:
        """Whether it would, if this were sent; of a rule that comes and goes, what it last was."""
        held = self._held.get(self._where(exchange))
        return self._active.would_hold(self._moment(exchange)) if held is None else held

    def _where(self, exchange: Exchange) -> _Where:
        return exchange.verb, self._session.state, self._session.channel.secure

    def _moment(self, exchange: Exchange) -> Moment:
        active = self._active
        moment = Moment(self._session, exchange, self._nth, active.random, active.counts)
        moment = moment._replace(came=self._came_in(exchange))
        times = self._times
        return moment._replace(idle=times.idle, after=times.after) if times else moment

    def _came_in(self, exchange: Exchange) -> State | None:
        is_line = exchange.sent and exchange.verb not in _NO_LINES
        return self._came if is_line else None

    def _found(self, exchange: Exchange) -> bool:
        if self._waits and not self._is_due(exchange):
            return False
        holds = self._active.holds(self._moment(exchange))
        return holds and (isinstance(self._script, Telling) or self._fire())

    def _is_due(self, exchange: Exchange) -> bool:
        """Whether it is silence, and not only the time of another rule."""
        return exchange.verb == SILENCE.verb and self._times is not None and self._times.due

    def _fire_once(self) -> bool:
        self._claimed = self._claimed or self._fire()
        return self._claimed

    def _fire(self) -> bool:
        claimed = self._active.claim()
        if claimed:
            self._session.tell(Fired(self._session.number, str(self._active.rule)))
        return claimed

    def wakes(self) -> float:
        """One that was asked in vain is not asked again before the next line."""
        own = self._times.wakes() if self._times and self._waits else inf
        if not (_asked(self._answers, SILENCE.verb) or _asked(self.sends, SILENCE.verb)):
            return own
        script = self._script.wakes()
        return own if self._asked_in_silence and script <= 0 else min(own, script)

    def changes_reply(self, verb: str) -> bool:
        return self._times is not None or _asked(self._answers, verb)

    def line(self, octets: bytes, read: Line) -> Line:
        self._asked_in_silence = False
        self._came = self._session.state
        if self._times:
            self._times.heard()
        bent = self._script.line(octets, read)
        if bent is read or self.holds(bent.exchange):
            return bent
        self._exchange = read.exchange  # for which it does not hold either: asked once a line
        return read

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
        return known if book is bent else Either.of(known, book, bent, self.holds)

    def prepare(self) -> Iterator[Action]:
        return self._script.prepare()  # whether it holds may not be known yet

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        # Apart from holds: this is a moment within the exchange that logs in.
        if bends_maildrop(self._script) and self._found(LOGIN):
            return self._script.maildrop(maildrop)
        return maildrop

    def reply(self, exchange: Exchange, reply: Reply) -> Reply:
        self._note(exchange)
        holds = _asked(self._answers, exchange.verb) and self.holds(exchange)
        said = self._for(exchange).reply(exchange, reply) if holds else reply
        if self._times and exchange.sent and exchange.verb != SILENCE.verb:
            self._times.answered()
        return said

    def _note(self, exchange: Exchange) -> None:
        if exchange.verb == SILENCE.verb:
            self._asked_in_silence = True
            if self._times:
                self._times.silence()

    def actions(self, exchange: Exchange, actions: Iterator[Action]) -> Iterator[Action]:
        if not self.holds(exchange):
            return actions
        script = self._for(exchange)
        if self._active.rule.aim is None:
            return script.actions(exchange, actions)
        return aimed(self._active.rule.aim, actions, lambda some: script.actions(exchange, some))

    def _for(self, exchange: Exchange) -> Script:
        """The script; one that says when it takes effect says nothing of what is only supposed."""
        if exchange.sent or not isinstance(self._script, Telling):
            return self._script
        quiet = copy(self._script)
        quiet.fire = lambda: True
        return quiet
