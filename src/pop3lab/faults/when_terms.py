"""The terms of conditions that have a name, each read from its value."""

import re
from collections.abc import Callable
from math import inf

from pop3lab.core.exchange import State
from pop3lab.faults.ranges import Range
from pop3lab.faults.values import SECONDS
from pop3lab.faults.when import (
    Chance,
    Every,
    InState,
    Nth,
    NthSession,
    Secure,
    User,
    When,
    Word,
    Words,
)
from pop3lab.faults.when_times import After, Idle
from pop3lab.faults.words import nearest, whole

_RANGE = re.compile(r"(\d+)|(\d+)?\.\.(\d+)?")


def _range(value: str, first: int = 1) -> Range:
    match = _RANGE.fullmatch(value)
    if not match or not any(match.groups()):
        raise ValueError(f"a number from {first}, or a range such as 2..4 or 2.., is wanted")
    if match[1]:
        made = Range(whole(match[1]), whole(match[1]))
    else:
        made = Range(whole(match[2] or str(first)), whole(match[3]) if match[3] else None)
    if made.least < first or (made.most is not None and made.most < made.least):
        raise ValueError(f"numbers begin with {first}, and a range with the smaller one")
    return made


def count(value: str) -> int:
    """A number from 1. Raises ValueError."""
    if not value.isdecimal() or not whole(value):
        raise ValueError("a number from 1 is wanted")
    return whole(value)


def _probability(value: str) -> float:
    try:
        probability = float(value)
    except ValueError:
        probability = -1.0
    if not 0.0 <= probability <= 1.0:
        raise ValueError("a number from 0 to 1 is wanted")
    return probability


def _seconds(value: str) -> float:
    try:
        seconds = float(SECONDS.take(value))
    except (ValueError, OverflowError):
        seconds = 0.0
    if not 0 < seconds < inf:
        raise ValueError("a number of seconds such as 2s or 200ms is wanted")
    return seconds


def _state(value: str) -> str:
    states = [state.value for state in State]
    if value not in states:
        raise ValueError(f"a state is wanted, {nearest(value, states)}")
    return value


def _name(value: str) -> str:
    if not value:
        raise ValueError("the name of a user is wanted")
    return value


def word_term(name: str, value: str) -> When:
    """That of `1=ann`. Raises ValueError."""
    place = whole(name)
    if not place:
        raise ValueError("the words behind a verb are counted from 1")
    if not value:
        raise ValueError("a word is wanted, or words=0 for none")
    return Word(place, value)


TERMS: dict[str, Callable[[str], When]] = {
    "nth": lambda value: Nth(_range(value)),
    "every": lambda value: Every(count(value)),
    "session": lambda value: NthSession(_range(value)),
    "state": lambda value: InState(_state(value)),
    "user": lambda value: User(_name(value)),
    "words": lambda value: Words(_range(value, 0)),
    "idle": lambda value: Idle(_seconds(value)),
    "after": lambda value: After(_seconds(value)),
    "chance": lambda value: Chance(_probability(value)),
}
WORDS: dict[str, When] = {"tls": Secure(True), "plain": Secure(False)}
