"""Rules that can't stand together, found before the first session."""

from collections.abc import Iterable

from pop3lab.core.errors import ConfigError
from pop3lab.faults.possible import may_meet
from pop3lab.faults.reach import met_verbs
from pop3lab.faults.rule import Rule
from pop3lab.faults.when import Chance, Nth, When


def check(rule: Rule, others: Iterable[Rule]) -> None:
    """Whether it may stand beside these. Raises ConfigError that says why not."""
    for other in others:
        reason = _between(rule, other)
        if reason:
            raise ConfigError(f"{str(other)!r} and {str(rule)!r} can't stand together: {reason}")


def _between(rule: Rule, other: Rule) -> str:
    one, two = rule.what.kind, other.what.kind
    against = one.name in two.against or two.name in one.against
    both = rule.what.aspects & other.what.aspects
    if not (against or both) or not _may_meet(rule, other):
        return ""
    if against:
        taker, left = (one, two) if one.name in two.against else (two, one)
        return f"{taker.name} leaves {left.name} nothing to work on"
    return f"both decide {min(both)}; give each a condition of its own"


def _may_meet(rule: Rule, other: Rule) -> bool:
    """Whether some exchange is one for which both hold, as far as their conditions tell.

    Where chance or two different counts decide that, they may stand together: should they meet,
    the later one, which is next to the wire, has its way.
    """
    one, two = met_verbs(rule.when), met_verbs(other.when)
    if one is not None and two is not None and not one & two:
        return False
    if rule.aim and other.aim and rule.aim.name == other.aim.name and rule.aim != other.aim:
        return False
    terms, others = list(rule.when.terms()), list(other.when.terms())
    if any(isinstance(term, Chance) for term in terms + others) or _counted_apart(terms, others):
        return False
    return may_meet(rule.when, other.when)


def _counted_apart(terms: list[When], others: list[When]) -> bool:
    nths = [[t.range for t in some if isinstance(t, Nth)] for some in (terms, others)]
    if not all(nths):
        return False
    beside = [[str(t) for t in some if not isinstance(t, Nth)] for some in (terms, others)]
    return beside[0] != beside[1] or not all(a.meets(b) for a in nths[0] for b in nths[1])
