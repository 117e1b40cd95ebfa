"""The scope of a condition: the verbs and states for which it can hold."""

from collections.abc import Iterator

from pop3lab.core.request import SILENCE, State
from pop3lab.rules.argument_matching import is_secret
from pop3lab.rules.condition_times import Timed
from pop3lab.rules.conditions import (
    POINTS,
    RESPONSE,
    AllOf,
    AnyOf,
    ArgumentIs,
    CommandIs,
    Condition,
    InState,
    Not,
)
from pop3lab.rules.satisfiable import cases_of, is_of_silence

_VERBS = {point: verb for verb, point in POINTS.items()}
RESPONSES = _VERBS[RESPONSE]
_AUTH = "AUTH"  # for hooks, SASL responses belong to it


def verbs_of(condition: Condition) -> set[str] | None:
    """Return the verbs of exchanges for which it can hold; None for any."""
    if isinstance(condition, CommandIs) and condition.verb:
        return {_VERBS.get(condition.verb, condition.verb)}
    if isinstance(condition, AllOf):
        known = [verbs for m in condition.members if (verbs := verbs_of(m)) is not None]
        return set.intersection(*known) if known else None
    if isinstance(condition, AnyOf):
        some = [verbs_of(member) for member in condition.members]
        return None if None in some else set().union(*[verbs or set() for verbs in some])
    return None


def named_numbers(condition: Condition) -> frozenset[int] | None:
    """The messages for which it may hold; None if it is any, or none is named."""
    match condition:
        case CommandIs(number=number) if number is not None:
            return frozenset({number})
        case AllOf(members):
            known = [numbers for m in members if (numbers := named_numbers(m)) is not None]
            return frozenset.intersection(*known) if known else None
        case AnyOf(members):
            some = [named_numbers(member) for member in members]
            return None if None in some else frozenset().union(*filter(None, some))
    return None


def states_of(condition: Condition) -> set[str]:
    """Return the names of the states in which it can hold."""
    every = {state.value for state in State}
    match condition:
        case InState(state):
            return {state}
        case Not(InState(state)):
            return every - {state}
        case AllOf(members):
            return every.intersection(*map(states_of, members))
        case AnyOf(members):
            return set().union(*map(states_of, members))
    return every


def timed_terms(condition: Condition) -> list[Timed]:
    """Return its terms about time."""
    return [one for one in _all_of(condition) if isinstance(one, Timed)]


def reached_verbs(condition: Condition) -> set[str] | None:
    """Return the verbs for which a rule can hold.

    A condition about time that names no verb holds only in silence.
    """
    verbs = verbs_of(condition)
    silent = verbs is None and timed_terms(condition) and any(_silent(condition) or [True])
    return {SILENCE.verb} if silent else verbs


def is_of_both(condition: Condition) -> bool:
    """Whether some of its cases are about silence and others about commands."""
    silent = _silent(condition) if verbs_of(condition) is None else []
    return any(silent) and not all(silent)


def _silent(condition: Condition) -> list[bool]:
    """Return for each case whether it is about silence; empty if there are too many cases."""
    return [is_of_silence(case) for case in cases_of(condition)]


def names_responses(condition: Condition) -> bool:
    """Whether it distinguishes SASL responses from their AUTH line."""
    return any(isinstance(one, CommandIs) and one.verb == RESPONSE for one in _all_of(condition))


def asked_verbs(condition: Condition) -> set[str] | None:
    """Return the verbs for which hooks are asked, if the rule holds for these only."""
    verbs = reached_verbs(condition)
    return verbs and {_AUTH if verb == RESPONSES else verb for verb in verbs}


def met_verbs(condition: Condition) -> set[str] | None:
    """Return the verbs for which it can hold.

    AUTH includes its responses, unless the condition distinguishes them.
    """
    verbs = reached_verbs(condition)
    brings = verbs and _AUTH in verbs and not names_responses(condition)
    return verbs and (verbs | {RESPONSES} if brings else verbs)


def secret_named(condition: Condition, among: set[str] | None = None) -> str:
    """Return the verb whose secret word it matches, or an empty string.

    among: the verbs to consider; None for any.
    """
    own = verbs_of(condition)
    verbs = own if among is None else among if own is None else own & among
    place = _place(condition)
    if place and verbs and all(is_secret(verb, place) for verb in verbs):
        return min(verbs)
    return next(filter(None, (secret_named(inner, verbs) for inner in _inner(condition))), "")


def _place(condition: Condition) -> int:
    """Return the place of the word that it matches, 1 for the first; 0 if it matches none."""
    if isinstance(condition, ArgumentIs):
        return condition.place
    return 1 if isinstance(condition, CommandIs) and condition.number is not None else 0


def _all_of(condition: Condition) -> Iterator[Condition]:
    yield condition
    for inner in _inner(condition):
        yield from _all_of(inner)


def _inner(condition: Condition) -> tuple[Condition, ...]:
    if isinstance(condition, Not):
        return (condition.inner,)
    return condition.members if isinstance(condition, AllOf | AnyOf) else ()
