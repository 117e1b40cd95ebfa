"""Rules that can't stand together, found before the first session."""

from collections.abc import Iterable

from pop3lab.core.errors import ConfigError
from pop3lab.faults.rule import Rule
from pop3lab.faults.when import Command, InState, Nth, NthSession, Secure, User, When, verbs_of


def check(rule: Rule, others: Iterable[Rule]) -> None:
    """Whether it may stand beside these. Raises ConfigError that says why not."""
    for other in others:
        reason = _between(rule, other)
        if reason:
            raise ConfigError(f"{str(other)!r} and {str(rule)!r} can't stand together: {reason}")


def _between(rule: Rule, other: Rule) -> str:
    one, two = rule.what.kind, other.what.kind
    if one.name in two.against or two.name in one.against:
        return f"{one.name} leaves {two.name} nothing to work on"
    if one.aspect and one.aspect == two.aspect and _may_meet(rule, other):
        return f"both decide {one.aspect}; give each a condition of its own"
    return ""


def _may_meet(rule: Rule, other: Rule) -> bool:
    """Whether both may hold for one exchange, as far as their conditions tell."""
    one, two = verbs_of(rule.when), verbs_of(other.when)
    if one is not None and two is not None and not one & two:
        return False
    if rule.aim and other.aim and rule.aim.name == other.aim.name and rule.aim != other.aim:
        return False
    return not any(_apart(a, b) for a in rule.when.terms() for b in other.when.terms())


def _apart(one: When, two: When) -> bool:
    match one, two:
        case Command(_, a), Command(_, b):
            return None not in (a, b) and a != b
        case (Nth(a), Nth(b)) | (NthSession(a), NthSession(b)):
            return not a.meets(b)
        case (InState(a), InState(b)) | (Secure(a), Secure(b)) | (User(a), User(b)):
            return a != b
    return False
