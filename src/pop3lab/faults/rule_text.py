"""Rules as text."""

import re

from pop3lab.core.errors import ConfigError
from pop3lab.faults.rule import ARROW, Rule
from pop3lab.faults.what import What
from pop3lab.faults.what_text import parse_what
from pop3lab.faults.when_text import parse_when

_ARROW = re.compile(rf'"(?:[^"\\]|\\.)*+("?)|{ARROW}')


def make_rule(when: str, what: What | str, times: int | None = None) -> Rule:
    """Of a condition as text, and what it does. Raises ConfigError."""
    _check_types(when, what, times)
    read = parse_when(when)
    if times is not None and read.times:
        raise ConfigError(f"times is given twice, as {read.times} in {when!r} and as {times}")
    made = parse_what(what) if isinstance(what, str) else what
    return Rule(made, read.when, read.aim, times or read.times)


def _check_types(when: object, what: object, times: object) -> None:
    if not isinstance(when, str):
        raise ConfigError(f"a condition is a text such as 'RETR 2', not {when!r}")
    if not isinstance(what, What | str):
        raise ConfigError(f"what a rule does is a text such as 'cut-after 512', not {what!r}")
    whole = isinstance(times, int) and not isinstance(times, bool) and times > 0
    if times is not None and not whole:
        raise ConfigError(f"times is a number from 1, not {times!r}")


def parse_rule(text: str) -> Rule:
    """Read `WHEN -> WHAT`, or only WHAT. Raises ConfigError with the place."""
    when, arrow, what = _parted(text)
    return make_rule(when, what) if arrow else Rule(parse_what(text))


def _parted(text: str) -> tuple[str, str, str]:
    """At the first arrow that no quotes hold; without a second quote they hold nothing."""
    for match in _ARROW.finditer(text):
        if match[0] == ARROW or not match[1]:
            place = text.find(ARROW, match.start())
            return (
                (text[:place], ARROW, text[place + len(ARROW) :]) if place >= 0 else ("", "", text)
            )
    return "", "", text
