"""How far a condition reaches: for which verbs and in which states it may hold."""

from pop3lab.core.exchange import State
from pop3lab.faults.when import POINTS, AllOf, AnyOf, Command, InState, Not, When

_VERBS = {point: verb for verb, point in POINTS.items()}


def verbs_of(when: When) -> set[str] | None:
    """The verbs, as exchanges have them, for which it may hold; None if it is any."""
    if isinstance(when, Command) and when.verb:
        return {_VERBS.get(when.verb, when.verb)}
    if isinstance(when, AllOf):
        known = [verbs for m in when.members if (verbs := verbs_of(m)) is not None]
        return set.intersection(*known) if known else None
    if isinstance(when, AnyOf):
        some = [verbs_of(member) for member in when.members]
        return None if None in some else set().union(*[verbs or set() for verbs in some])
    return None


def states_of(when: When) -> set[str]:
    """The states, by name, in which it may hold."""
    every = {state.value for state in State}
    match when:
        case InState(state):
            return {state}
        case Not(InState(state)):
            return every - {state}
        case AllOf(members):
            return every.intersection(*map(states_of, members))
        case AnyOf(members):
            return set().union(*map(states_of, members))
    return every
