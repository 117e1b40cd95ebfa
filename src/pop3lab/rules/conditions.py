"""Conditions of rules as values: each can be evaluated and written as text."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import NamedTuple

from pop3lab.core.request import Request, State
from pop3lab.core.state import SessionState
from pop3lab.rules.argument_matching import has_number, has_word, words_of
from pop3lab.rules.tokens import shown
from pop3lab.rules.values import Range

NAMING = {"USER", "APOP"}  # commands whose first argument is a user


class EvaluationContext(NamedTuple):
    """The situation that a condition is evaluated in.

    nth_session: counted from 1 since the rules were set. counts: counters of the counting
    conditions, by identity. idle: seconds of silence. after: seconds in the state. came: the state
    in which the command arrived, which the reply may end; None for the current one.
    """

    session: SessionState
    request: Request
    nth_session: int
    random: Random
    counts: dict[int, int]  # by the identity of the condition
    idle: float = 0.0
    after: float = 0.0
    came: State | None = None

    @property
    def state(self) -> State:
        """The state of the session when the command arrived."""
        return self.came or self.session.state

    @property
    def ends(self) -> bool:
        """Whether QUIT after login has begun the UPDATE state (RFC 1939 section 6)."""
        return self.request.verb == "QUIT" and self.state is State.TRANSACTION

    @property
    def user(self) -> str | None:
        """The user who has logged in, or is about to."""
        if self.request.verb in NAMING and (words := self.request.arguments):
            return words[0]
        return self.session.user or self.session.pending_user


@dataclass(frozen=True)
class Condition:
    """A condition. This base class always holds."""

    @property
    def counts(self) -> bool:
        """Whether it depends on how often it is evaluated; such conditions come last."""
        return False

    def holds(self, context: EvaluationContext) -> bool:
        """Return whether it holds."""
        return True

    def terms(self) -> "Iterator[Condition]":
        """Yield the conditions that must all hold."""
        yield self

    def __str__(self) -> str:
        return ""


ALWAYS = Condition()

# Exchanges without a client's verb, and their names in conditions.
POINTS = {"(connect)": "CONNECT", "(greeting)": "GREETING", "(response)": "RESPONSE"}
POINTS |= {"(silence)": "silence"}  # conditions express it by idle= and after=
RESPONSE = "RESPONSE"


@dataclass(frozen=True)
class CommandIs(Condition):
    """The verb, or CONNECT, GREETING, RESPONSE or any (empty); perhaps with a number."""

    verb: str
    number: int | None = None

    def holds(self, context: EvaluationContext) -> bool:
        request = context.request
        if self.verb and self.verb != _exchange_name(request):
            return False
        return self.number is None or has_number(request, self.number)

    def __str__(self) -> str:
        words = [self.verb or "any", *([] if self.number is None else [str(self.number)])]
        return " ".join(words)


@dataclass(frozen=True)
class ArgumentIs(Condition):
    """A word after the verb, 1 for the first, as the server parses it."""

    place: int
    text: str

    def holds(self, context: EvaluationContext) -> bool:
        return has_word(context.request, self.place, self.text)

    def __str__(self) -> str:
        return f"{self.place}={_shown(self.text)}"


@dataclass(frozen=True)
class ArgumentCount(Condition):
    """The number of words after the verb."""

    range: Range

    def holds(self, context: EvaluationContext) -> bool:
        return len(words_of(context.request)) in self.range

    def __str__(self) -> str:
        return f"words={self.range}"


@dataclass(frozen=True)
class _Counting(Condition):
    @property
    def counts(self) -> bool:
        return True


@dataclass(frozen=True)
class Nth(_Counting):
    """The n-th time, over all sessions, that the other terms hold."""

    range: Range

    def holds(self, context: EvaluationContext) -> bool:
        count = context.counts[id(self)] = context.counts.get(id(self), 0) + 1
        return count in self.range

    def __str__(self) -> str:
        return f"nth={self.range}"


@dataclass(frozen=True)
class Every(_Counting):
    """Every k-th time, counted like Nth."""

    steps: int

    def holds(self, context: EvaluationContext) -> bool:
        count = context.counts[id(self)] = context.counts.get(id(self), 0) + 1
        return count % self.steps == 0

    def __str__(self) -> str:
        return f"every={self.steps}"


@dataclass(frozen=True)
class Chance(_Counting):
    """True with this probability, from the seed of the rules."""

    probability: float

    def holds(self, context: EvaluationContext) -> bool:
        return context.random.random() < self.probability

    def __str__(self) -> str:
        return f"chance={repr(self.probability).removesuffix('.0')}"


@dataclass(frozen=True)
class NthSession(Condition):
    """The n-th session."""

    range: Range

    def holds(self, context: EvaluationContext) -> bool:
        return context.nth_session in self.range

    def __str__(self) -> str:
        return f"session={self.range}"


@dataclass(frozen=True)
class InState(Condition):
    """The state in which the command arrived, as named by RFC 1939; QUIT counts as UPDATE, too."""

    state: str

    def holds(self, context: EvaluationContext) -> bool:
        if self.state == State.UPDATE.value and context.ends:
            return True
        return context.state.value == self.state

    def __str__(self) -> str:
        return f"state={self.state}"


@dataclass(frozen=True)
class Secure(Condition):
    """The session is under TLS, or is not."""

    secure: bool

    def holds(self, context: EvaluationContext) -> bool:
        return context.session.channel.secure is self.secure

    def __str__(self) -> str:
        return "tls" if self.secure else "plain"


@dataclass(frozen=True)
class UserIs(Condition):
    """The user has logged in, or is about to by USER and PASS or APOP."""

    name: str

    def holds(self, context: EvaluationContext) -> bool:
        return context.user == self.name

    def __str__(self) -> str:
        return f"user={_shown(self.name)}"


@dataclass(frozen=True)
class Not(Condition):
    """The inner condition does not hold."""

    inner: Condition

    @property
    def counts(self) -> bool:
        return self.inner.counts

    def holds(self, context: EvaluationContext) -> bool:
        return not self.inner.holds(context)

    def __str__(self) -> str:
        return f"not {_grouped(self.inner)}"


@dataclass(frozen=True)
class _Several(Condition):
    members: tuple[Condition, ...]

    @cached_property
    def counts(self) -> bool:
        return any(member.counts for member in self.members)


@dataclass(frozen=True)
class AllOf(_Several):
    """All members hold. Counting members are evaluated last, and only if the others hold."""

    def holds(self, context: EvaluationContext) -> bool:
        if not all(member.holds(context) for member in self.members if not member.counts):
            return False
        counted = [member.holds(context) for member in self.members if member.counts]
        return all(counted)

    def terms(self) -> Iterator[Condition]:
        for member in self.members:
            yield from member.terms()

    def __str__(self) -> str:
        return " ".join(map(_grouped, self.members))


@dataclass(frozen=True)
class AnyOf(_Several):
    """Some member holds. All are evaluated, so that counting members count."""

    def holds(self, context: EvaluationContext) -> bool:
        held = [member.holds(context) for member in self.members]
        return any(held)

    def __str__(self) -> str:
        return " or ".join(f"({m})" if isinstance(m, AnyOf) else str(m) for m in self.members)


def _grouped(condition: Condition) -> str:
    return f"({condition})" if isinstance(condition, AnyOf | AllOf) else str(condition)


def _exchange_name(request: Request) -> str:
    """Return the name of the exchange in conditions."""
    return RESPONSE if request.responds else POINTS.get(request.verb, request.verb)


def written(verb: str) -> str:
    """Return the name in conditions of an exchange's verb."""
    return POINTS.get(verb, verb)


def _shown(text: str) -> str:
    return shown(text.encode("utf-8", "surrogateescape"))
