"""Rules as text."""

import re
from collections.abc import Callable, Iterator

from pop3lab.behaviours.catalogue import BEHAVIOURS
from pop3lab.core.errors import ConfigError
from pop3lab.rules.behaviour import THEN, Behaviour, Effect
from pop3lab.rules.condition_parser import parse_when
from pop3lab.rules.rule import ARROW, Rule
from pop3lab.rules.tokens import RuleToken, near, nearest, split, wrong

# Quirks, faults and attacks by name: as text, and from Python.


def what(name: str, *values: object, **named: object) -> Effect:
    """A row of the catalogue with these values. Raises ConfigError."""
    kind = named_so(name)
    return Effect(kind, kind.values(values, {key.replace("_", "-"): v for key, v in named.items()}))


def named_so(name: str) -> Behaviour:
    """The row of this name. Raises ConfigError."""
    if name not in BEHAVIOURS:
        raise ConfigError(f"there is no quirk or fault {name!r}, {nearest(name, BEHAVIOURS)}")
    return BEHAVIOURS[name]


def parse_what(text: str) -> Effect:
    """Read `name value ... parameter=value ... then word`. Raises ConfigError with the place."""
    words = split(text)
    if not words or words[0].name:
        raise wrong(text, 0, "the name of a quirk or fault is wanted")
    name, *rest = words
    try:
        kind = named_so(name.text)
    except ConfigError as error:
        raise wrong(text, name.place, str(error)) from None
    named = _named(text, kind, rest)
    try:
        return Effect(kind, kind.values((), named))
    except ConfigError as error:
        raise wrong(text, len(text), str(error)) from None


def _named(text: str, kind: Behaviour, words: list[RuleToken]) -> dict[str, object]:
    """The values by parameter, each checked, so that a mistake is shown where it stands."""
    named: dict[str, object] = {}
    rest = iter(words)
    for word in rest:
        name, value = word.name, word
        if _is_then(kind, word):
            name, value = THEN, _next(text, rest)
        try:
            kind.give(named, name, value.octets)
        except ConfigError as error:
            hint = _meant_then(kind, word)
            raise wrong(text, word.place, hint or str(error)) from None
    return named


def _meant_then(kind: Behaviour, word: RuleToken) -> str:
    bare = not word.name and not word.quoted and word.text != THEN
    takes = any(parameter.name == THEN for parameter in kind.parameters)
    return f"did you mean {THEN!r}?" if bare and takes and near(word.text, [THEN], 0.7) else ""


def _is_then(kind: Behaviour, word: RuleToken) -> bool:
    bare = not word.name and not word.quoted and word.text == THEN
    return bare and any(parameter.name == THEN for parameter in kind.parameters)


def _next(text: str, rest: Iterator[RuleToken]) -> RuleToken:
    word = next(rest, None)
    if word is None or word.name:
        raise wrong(text, len(text), "a word is wanted behind then")
    return word


def maker(name: str) -> Callable[..., Effect]:
    """The function that makes a What of this name: cut_after(512, then="reset")."""
    kind = named_so(name.replace("_", "-"))

    def make(*values: object, **named: object) -> Effect:
        return what(kind.name, *values, **named)

    make.__name__, make.__doc__ = name, kind.meaning
    return make


_MISSING = "what happens is missing, as in RETR 2 -> reset"
_NAME = re.compile(r"(?<!\S)[a-z][a-z0-9-]*(?!\S)")
_NO_ARROW = " \t-=>:,\N{RIGHTWARDS ARROW}"  # what else stands where an arrow should
_KINDS = re.compile(r"\s*(fault|quirk|attack|rule)\s+(?=\S)")  # words that only control takes
_ARROW = re.compile(rf'"(?:[^"\\]|\\.)*+("?)|{ARROW}')


def make_rule(when: str, what: Effect | str, times: int | None = None) -> Rule:
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
    if not isinstance(what, Effect | str):
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
        if match[0] not in BEHAVIOURS:
            continue
        when, what = text[: match.start()].rstrip(_NO_ARROW), text[match.start() :]
        if when.strip() and _is_condition(when):
            raise wrong(
                text,
                match.start(),
                f"before it {ARROW} is missing: {when.strip()} {ARROW} {what.strip()}",
            )
    name = text.split(None, 1)[:1]
    if name and name[0] not in BEHAVIOURS and _is_condition(text):
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
