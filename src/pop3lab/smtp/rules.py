"""What rules make of the commands of a sender; see pop3lab.rules.smtp_rule."""

from collections.abc import Iterator
from math import inf
from typing import NamedTuple

from pop3lab.rules.active_rule import ActiveRule
from pop3lab.rules.conditions import CommandIs, Condition, Every, Nth
from pop3lab.rules.engine import Rules
from pop3lab.rules.smtp_rule import SMTP_WORD, is_for_smtp

END_OF_TEXT = "MESSAGE"


class Misbehaviour(NamedTuple):
    """What a connection does instead of, or before, what it would do.

    seconds: to wait first. reply: instead of obeying; None to obey. end: "close" or "reset".
    """

    seconds: float = 0.0
    reply: bytes | None = None
    end: str = ""


def misbehaviours(rules: Rules, verb: str) -> Iterator[Misbehaviour]:
    """Yield what the rules that are about SMTP make of a command, and count their hits."""
    for active in list(rules.active):
        if is_for_smtp(active.rule) and _holds(active, verb) and active.claim():
            yield _of(active)


def _holds(active: ActiveRule, verb: str) -> bool:
    terms = [term for term in active.rule.condition.terms() if term != SMTP_WORD]
    return all(_term_holds(term, verb, active) for term in terms)


def _term_holds(term: Condition, verb: str, active: ActiveRule) -> bool:
    match term:
        case CommandIs(name):
            return name in ("", verb)
        case Nth(range):
            return _count(term, active) in range
        case Every(steps):
            return _count(term, active) % steps == 0
    return False


def _count(term: Condition, active: ActiveRule) -> int:
    with active.lock:
        count = active.counts[id(term)] = active.counts.get(id(term), 0) + 1
    return count


def _of(active: ActiveRule) -> Misbehaviour:
    name, values = active.rule.effect.behaviour.name, active.rule.effect.values
    match name:
        case "reply":
            end = str(values["then"])
            return Misbehaviour(reply=bytes(values["text"]), end="" if end == "go-on" else end)
        case "delay" | "stall":
            return Misbehaviour(seconds=float(values.get("seconds", inf)))
    return Misbehaviour(end=name)
