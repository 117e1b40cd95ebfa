"""Rules as text."""

import re

from pop3lab.core.errors import ConfigError
from pop3lab.faults.catalogue import PECULIARITIES
from pop3lab.faults.rule import ARROW, Rule
from pop3lab.faults.what import What
from pop3lab.faults.what_text import parse_what
from pop3lab.faults.when_text import parse_when
from pop3lab.faults.words import wrong

_MISSING = "what happens is missing, as in RETR 2 -> reset"
_NAME = re.compile(r"(?<!\S)[a-z][a-z0-9-]*(?!\S)")
_NO_ARROW = " \t-=>:,\N{RIGHTWARDS ARROW}"  # what else stands where an arrow should
_KINDS = re.compile(r"\s*(fault|quirk|attack|rule)\s+(?=\S)")  # words that only control takes
_ARROW = re.compile(rf'"(?:[^"\\]|\\.)*+("?)|{ARROW}')


def make_rule(when: str, what: What | str, times: int | None = None) -> Rule:
    """Of a condition as text, and what it does. Raises ConfigError."""
    _check_types(when, what, times)
    if isinstance(what, str) and what.lstrip().startswith(ARROW):
        raise wrong(what, 0, f"{ARROW} stands between WHEN and WHAT: give WHAT without it")
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
    _check_no_kind(text)
    when, arrow, what = _parted(text)
    if arrow and not what.strip():
        raise wrong(text, len(text), _MISSING)
    if not arrow:
        _check_no_arrow(text)
        return Rule(parse_what(text))
    if what.lstrip().startswith(ARROW):
        raise wrong(text, len(text) - len(what.lstrip()), f"between {ARROW} and {ARROW} {_MISSING}")
    return make_rule(when, what)


def _check_no_kind(text: str) -> None:
    """Whether it begins with a rule, not with a word for one. Raises ConfigError."""
    if match := _KINDS.match(text):
        rest = text[match.end() :]
        parse_rule(rest)
        raise wrong(text, match.start(1), f"a rule begins without {match[1]!r}: {rest.strip()}")


def _check_no_arrow(text: str) -> None:
    """Whether it is only what a rule does. Raises ConfigError if it reads as a whole rule."""
    for match in _NAME.finditer(text):
        if match[0] not in PECULIARITIES:
            continue
        when, what = text[: match.start()].rstrip(_NO_ARROW), text[match.start() :]
        if when.strip() and _is_condition(when):
            raise wrong(
                text,
                match.start(),
                f"before it {ARROW} is missing: {when.strip()} {ARROW} {what.strip()}",
            )
    name = text.split(None, 1)[:1]
    if name and name[0] not in PECULIARITIES and _is_condition(text):
        raise wrong(text, len(text), f"{ARROW} and {_MISSING}")


def _is_condition(text: str) -> bool:
    try:
        parse_when(text)
    except ConfigError:
        return False
    return True


def _parted(text: str) -> tuple[str, str, str]:
    """At the first arrow that no quotes hold; without a second quote they hold nothing."""
    for match in _ARROW.finditer(text):
        if match[0] == ARROW or not match[1]:
            place = text.find(ARROW, match.start())
            return (
                (text[:place], ARROW, text[place + len(ARROW) :]) if place >= 0 else ("", "", text)
            )
    return "", "", text
