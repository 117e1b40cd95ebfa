"""Finds out whether conditions can hold, alone or together, as far as they tell.

A condition is split into cases, any of which suffices, and each case into terms, all of which must
hold. If there are too many cases, the condition counts as satisfiable.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from math import lcm, prod
from typing import NamedTuple, TypeVar

from pop3lab.core.request import State
from pop3lab.rules.argument_matching import may_be_same
from pop3lab.rules.condition_times import Idle, Timed
from pop3lab.rules.conditions import (
    NAMING,
    RESPONSE,
    AllOf,
    AnyOf,
    ArgumentCount,
    ArgumentIs,
    Chance,
    CommandIs,
    Condition,
    Every,
    InState,
    Not,
    Nth,
    NthSession,
    Secure,
    UserIs,
)
from pop3lab.rules.values import Range

_MOST_CASES = 256
_WORDLESS = {"CONNECT", "GREETING"}  # before the client has sent anything


class _Term(NamedTuple):
    """An elementary condition, and whether it must hold or must not."""

    condition: Condition
    holds: bool


_Case = Sequence[_Term]
_Kind = TypeVar("_Kind", bound=Condition)


def why_never(condition: Condition) -> str:
    """Return why the condition can never hold; empty if it can."""
    cases = cases_of(condition)
    reasons = [_contradiction(case) for case in cases]
    if reasons and all(reasons):
        return reasons[0]
    return _count_apart(condition) if isinstance(condition, AllOf) else ""


def may_meet(one: Condition, other: Condition) -> bool:
    """Whether both can hold for one exchange, apart from their verbs and counters."""
    mine, others = cases_of(one), cases_of(other)
    if not mine or not others or len(mine) * len(others) > _MOST_CASES:
        return True
    return not all(_apart([*a, *b]) for a in mine for b in others)


def is_of_silence(case: _Case) -> bool:
    """Whether the case is about time and names no command: it means the silence itself."""
    return not _those(case, CommandIs) and any(isinstance(term.condition, Timed) for term in case)


def cases_of(condition: Condition, holds: bool = True) -> list[_Case]:
    """Return the cases in which it holds, or does not; empty if there are too many."""
    if isinstance(condition, Not):
        return cases_of(condition.inner, not holds)
    if not isinstance(condition, AllOf | AnyOf):
        return [[_Term(condition, holds)]]
    several = [cases_of(member, holds) for member in condition.members]
    sizes = [len(cases) for cases in several]
    together = isinstance(condition, AllOf) is holds
    if not all(sizes) or (prod(sizes) if together else sum(sizes)) > _MOST_CASES:
        return []
    if together:
        return [[term for case in cases for term in case] for cases in product(*several)]
    return [case for cases in several for case in cases]


def _contradiction(case: _Case) -> str:
    verbs = {term.verb for term in _those(case, CommandIs) if term.verb}
    if len(verbs) > 1:
        return "a command has one verb"
    if verbs & _WORDLESS:
        return _apart(case) or _too_early(case, min(verbs))
    return _apart(case) or (_in_silence(case) if is_of_silence(case) else "")


def _apart(case: _Case) -> str:
    return next(filter(None, (look(case) for look in _LOOKS)), "")


def _those(case: _Case, kind: type[_Kind], *, hold: bool = True) -> list[_Kind]:
    return [
        term.condition for term in case if isinstance(term.condition, kind) and term.holds is hold
    ]


def _contrary(case: _Case) -> str:
    for condition, holds in case:
        if not holds and not str(condition).removeprefix("any"):
            return "there is nothing but any"
        if not holds and not condition.counts and _Term(condition, True) in case:
            return f"{str(condition)!r} and its contrary are never true together"
    return ""


def _channels(case: _Case) -> str:
    secure = {
        term.condition.secure is term.holds for term in case if isinstance(term.condition, Secure)
    }
    return "a session is under TLS, or it is not" if len(secure) > 1 else ""


def _states(case: _Case) -> str:
    left = {state.value for state in State}
    for condition, holds in case:
        if isinstance(condition, InState):
            left &= {condition.state} if holds else left - {condition.state}
    return "" if left else "a session is in one state at a time"


def _users(case: _Case) -> str:
    names = [term.name for term in _those(case, UserIs)]
    if names and any(command.verb in NAMING for command in _those(case, CommandIs)):
        names += [text for place, text in _texts(case) if place == 1]
    several = any(not may_be_same(one, names[0]) for one in names)
    return "a session has one user" if several else ""


def _sessions(case: _Case) -> str:
    ranges = [[t.range for t in _those(case, NthSession, hold=hold)] for hold in (True, False)]
    return "" if _some(*ranges, least=1) else "no session has such a number"


def _chances(case: _Case) -> str:
    never = [t for t in _those(case, Chance) if t.probability == 0]
    never += [t for t in _those(case, Chance, hold=False) if t.probability == 1]
    return f"{str(never[0])!r} leaves no chance" if never else ""


def _words(case: _Case) -> str:
    texts = list(_texts(case))
    if any(a[0] == b[0] and not may_be_same(a[1], b[1]) for a in texts for b in texts):
        return "a word is one word"
    ranges = [[t.range for t in _those(case, ArgumentCount, hold=hold)] for hold in (True, False)]
    if any(command.verb == RESPONSE for command in _those(case, CommandIs)):
        ranges[0].append(Range(1, 1))  # the mechanism
    least = max((place for place, _ in texts), default=0)
    return "" if _some(*ranges, least=least) else "no command has so many words"


def _texts(case: _Case) -> Iterator[tuple[int, str]]:
    for term in _those(case, ArgumentIs):
        yield term.place, term.text
    for command in _those(case, CommandIs):
        if command.number is not None:
            yield 1, str(command.number)


_LOOKS: tuple[Callable[[_Case], str], ...] = (
    _contrary,
    _channels,
    _states,
    _users,
    _sessions,
    _chances,
    _words,
)


def _too_early(case: _Case, point: str) -> str:
    """Return what can't be known before the client has sent anything."""
    if _those(case, UserIs):
        return f"at {point} no user is named yet"
    none = [t for t in _those(case, ArgumentCount) if 0 in t.range]
    if any(True for _ in _texts(case)) or len(none) < len(_those(case, ArgumentCount)):
        return f"at {point} there are no words"
    times = _those(case, Timed)
    if any(point == "CONNECT" or isinstance(time, Idle) for time in times):
        return f"at {point} no time has passed"
    if point == "CONNECT" and any(t == Secure(True) for t in _secure_terms(case)):
        return "CONNECT is before TLS"
    return ""


def _in_silence(case: _Case) -> str:
    """Return what is impossible while waiting for a time in silence."""
    if any(True for _ in _texts(case)) or not all(
        0 in t.range for t in _those(case, ArgumentCount)
    ):
        return "silence has no words"
    return "" if _those(case, Timed) else "silence is noticed when a time has passed"


def _secure_terms(case: _Case) -> list[Secure]:
    return [Secure(t.condition.secure is t.holds) for t in case if isinstance(t.condition, Secure)]


def _some(wanted: Sequence[Range], unwanted: Sequence[Range], *, least: int) -> bool:
    """Whether a number from least on is in all wanted ranges and in no unwanted one."""
    firsts = [max([least, *(r.least for r in wanted)])]
    firsts += [r.most + 1 for r in unwanted if r.most is not None]
    return any(
        number >= firsts[0]
        and all(number in r for r in wanted)
        and not any(number in r for r in unwanted)
        for number in firsts
    )


def _count_apart(condition: AllOf) -> str:
    """Return why terms that are counted together never hold at the same count."""
    ranges = [member.range for member in condition.members if isinstance(member, Nth)]
    steps = lcm(*(member.steps for member in condition.members if isinstance(member, Every)))
    first = -(-max([1, *(r.least for r in ranges)]) // steps) * steps
    fits = all(first in r for r in ranges)
    return "" if fits else "no count is all of these numbers"
