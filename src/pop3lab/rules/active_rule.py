"""A rule in force, and how often it took effect."""

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, field
from random import Random
from threading import Lock
from time import monotonic
from typing import cast

from pop3lab.core.actions import Action
from pop3lab.core.events import RuleApplied
from pop3lab.core.hooks import Hooks
from pop3lab.core.state import SessionState
from pop3lab.rules.conditions import EvaluationContext
from pop3lab.rules.rule import Rule

# A script that says itself when it takes effect.


class LateEffect(Hooks):
    """A script that says itself when it takes effect: it may come to nothing.

    fire: to be called once in an exchange, just before it does. False: other sessions have used up
    the rule's times, and this exchange goes by the book. settles: what it begins in an exchange, it
    ends in the next one, whether its rule holds for that or not. shows: all that it does is in the
    reply, for whoever reads that.
    """

    fire: Callable[[], bool] = staticmethod(lambda: True)
    settles = False
    shows = False

    def settle(self, actions: Iterator[Action]) -> Iterator[Action]:
        """How an exchange is sent for which the rule does not hold."""
        return actions

    def begin(self, session: SessionState) -> Hooks:
        return copy(self)


@dataclass(eq=False, slots=True)
class ActiveRule:
    """A rule in force. hits: how often it took effect. sessions: how many have begun.

    It takes effect where what a client gets, or what becomes of its messages, is something else
    than without it: once for a command and all that is said to it. expected: a rule that never
    does is told at the end. in_force: until it is removed. Sessions may ask from several threads
    at a time.
    """

    rule: Rule
    script: Hooks
    random: Random
    clock: Callable[[], float] = monotonic
    expected: bool = True
    in_force: bool = True
    hits: int = 0
    sessions: int = 0
    counts: dict[int, int] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)
    _reserved: list[SessionState] = field(default_factory=list)

    @property
    def is_unused(self) -> bool:
        """Whether it was to take effect, and has not; a standing quirk may have nothing to do."""
        fault = self.rule.what.kind.family == "fault"
        return not self.hits and (fault or (self.expected and not self.rule.always))

    @property
    def stands(self) -> bool:
        """Whether it always holds. One of a profile does where it has a condition, too.

        That is how this server is, as long as it is the same the next time.
        """
        return self.rule.always or not (self.expected or self.rule.changes)

    def holds(self, moment: EvaluationContext) -> bool:
        """Whether it holds and may take effect, as far as is known now; it is counted."""
        with self.lock:
            return not self._spent and self.rule.when.holds(moment)

    def would_hold(self, moment: EvaluationContext) -> bool:
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

    def reserve(self, session: SessionState) -> bool:
        """Keep a hit for an exchange that may need it; False if there is none left."""
        with self.lock:
            if self._spent:
                return False
            self._reserved.append(session)
            return True

    def release(self, session: SessionState, *, hit: bool) -> None:
        """What was reserved is a hit, or free again."""
        with self.lock:
            if session in self._reserved:
                self._reserved.remove(session)
            self.hits += hit

    @property
    def _spent(self) -> bool:
        if self.rule.times is None:
            return False
        self._reserved = [session for session in self._reserved if not session.over]
        return self.hits + len(self._reserved) >= self.rule.times


class Counting:
    """Counts the hits of a rule in one session, one at most for each exchange."""

    def __init__(self, active: ActiveRule, session: SessionState, *, told: bool) -> None:
        """told: the script says itself, in time, when it takes effect."""
        shows = not told or cast(LateEffect, active.script).shows
        self._active = active
        self._session = session
        self._stands = active.stands and shows
        self._reserves = active.rule.times is not None and not told
        self._reserved = False
        self._hit = False

    def begin(self) -> None:
        """Another exchange."""
        self._hit = False
        self.end()

    def end(self) -> None:
        """All has been said in this exchange."""
        if self._reserved:
            self._reserved = False
            self._active.release(self._session, hit=False)

    def may(self) -> bool:
        """Whether the rule, which holds, may take effect."""
        if self._reserves and not (self._reserved or self._hit):
            self._reserved = self._active.reserve(self._session)
            return self._reserved
        return True

    def fire(self) -> bool:
        """Whether it may, and does."""
        if not self._hit and self._active.claim():
            self._emit()
        return self._hit

    def changed(self) -> None:
        """It has taken effect."""
        if self._hit:
            return
        if self._reserved:
            self._reserved = False
            self._active.release(self._session, hit=True)
            self._emit()
        else:
            self.fire()

    def _emit(self) -> None:
        self._hit = True
        if self._active.expected:  # what a profile does is how this server is, and no event
            rule = str(self._active.rule)
            self._session.emit(RuleApplied(self._session.number, rule, self._stands))
