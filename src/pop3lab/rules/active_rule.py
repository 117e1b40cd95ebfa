"""A rule in force, and the count of its hits."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from random import Random
from threading import Lock
from typing import Self

from pop3lab.clock import steady
from pop3lab.core.hooks import Hooks
from pop3lab.core.state import SessionState
from pop3lab.rules.conditions import EvaluationContext
from pop3lab.rules.rule import Rule


@dataclass(eq=False, slots=True)
class ActiveRule:
    """A rule in force, and the count of its hits. As a context manager, it is removed at the end.

    It takes effect when the client gets something else because of it, or something else happens to
    the client's messages: once for a command and its whole reply. Any thread may ask.

    Attributes:
        rule: The rule.
        hits: How often it took effect.
        sessions: How many sessions have begun since it was added.
        expected: It is reported at the end if it never took effect.
        in_force: It has not been removed.
        text: The text of the rule.
        number: Of the rules that a server had, 1 for the first.
    """

    rule: Rule
    hooks: Hooks
    random: Random
    clock: Callable[[], float] = steady
    expected: bool = True
    in_force: bool = True
    hits: int = 0
    sessions: int = 0
    counts: dict[int, int] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)
    text: str = field(init=False)
    remover: Callable[["ActiveRule"], None] | None = None
    number: int = 0
    _reserved: list[SessionState] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.text = str(self.rule)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()

    def remove(self) -> None:
        """Take it out of force, also for open sessions. Again, it does nothing."""
        if self.remover:
            self.remover(self)

    @property
    def is_unused(self) -> bool:
        """Whether it should have taken effect and did not; an unconditional quirk need not."""
        fault = self.rule.behaviour.family == "fault"
        return not self.hits and (fault or (self.expected and not self.rule.always))

    @property
    def stands(self) -> bool:
        """Whether it always holds.

        A rule of a profile also counts as permanent if it has a condition without counters: the
        server behaves the same way each time.
        """
        return self.rule.always or not (self.expected or self.rule.changes)

    def holds(self, context: EvaluationContext) -> bool:
        """Return whether it holds and may still take effect; count this occurrence."""
        with self.lock:
            return not self._spent and self.rule.condition.holds(context)

    def would_hold(self, context: EvaluationContext) -> bool:
        """Return whether it would hold for the next occurrence, without counting it."""
        with self.lock:
            supposed = context._replace(random=copy(context.random), counts=dict(context.counts))
            return not self._spent and self.rule.condition.holds(supposed)

    def claim(self) -> bool:
        """Count a hit; return False if the rule has used up its times."""
        with self.lock:
            if self._spent:
                return False
            self.hits += 1
            return True

    def reserve(self, session: SessionState) -> bool:
        """Reserve a hit for an exchange that may need it; return False if none is left."""
        with self.lock:
            if self._spent:
                return False
            self._reserved.append(session)
            return True

    def release(self, session: SessionState, *, hit: bool) -> None:
        """Turn a reserved hit into a real one, or give it back."""
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
