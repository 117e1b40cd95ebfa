"""Parses rules and effects, with the behaviours of a catalogue."""

import re
from collections.abc import Iterator, Mapping

from pop3lab.core.errors import ConfigError
from pop3lab.core.suggest import near, nearest
from pop3lab.rules.behaviour import THEN, Behaviour, Effect
from pop3lab.rules.condition_parser import parse_condition
from pop3lab.rules.functions import effect_of
from pop3lab.rules.rule import ARROW, Rule
from pop3lab.rules.tokens import RuleToken, split, wrong

_MISSING = "what happens is missing, as in RETR 2 -> reset"
_NAME = re.compile(r"(?<!\S)[a-z][a-z0-9-]*(?!\S)")
_NO_ARROW = " \t-=>:,\N{RIGHTWARDS ARROW}"  # what people write instead of an arrow
_FAMILY = re.compile(r"\s*(fault|quirk|attack|rule)\s+(?=\S)")  # words of control commands
_ARROW = re.compile(rf'"(?:[^"\\]|\\.)*+("?)|{ARROW}')


class RuleParser:
    """Parses rules and effects with these behaviours, and makes them from Python values."""

    def __init__(self, behaviours: Mapping[str, Behaviour]) -> None:
        """behaviours: by name."""
        self._behaviours = behaviours

    def parse_rule(self, text: str) -> Rule:
        """Parse a rule.

        Args:
            text: `CONDITION -> EFFECT`, or only EFFECT.

        Returns:
            The rule.

        Raises:
            ConfigError: The rule is wrong; the text gives the place of the mistake.
        """
        self._check_no_family(text)
        condition, arrow, effect = _split_at_arrow(text)
        if arrow and not effect.strip():
            raise wrong(text, len(text), _MISSING)
        if not arrow:
            self._check_no_arrow(text)
            return Rule(self.parse_effect(text))
        if effect.lstrip().startswith(ARROW):
            place = len(text) - len(effect.lstrip())
            raise wrong(text, place, f"between {ARROW} and {ARROW} {_MISSING}")
        return self.make_rule(condition, effect)

    def make_rule(self, condition: str, effect: Effect | str, times: int | None = None) -> Rule:
        """Return the rule with this condition, as text, and effect. Raises ConfigError."""
        _check_types(condition, effect, times)
        if isinstance(effect, str) and effect.lstrip().startswith(ARROW):
            raise wrong(effect, 0, f"give the effect without the {ARROW} before it")
        read = parse_condition(condition)
        if times is not None and read.times:
            raise ConfigError(
                f"times is given twice, as {read.times} in {condition!r} and as {times}"
            )
        made = self.parse_effect(effect) if isinstance(effect, str) else effect
        return Rule(made, read.condition, read.target, times or read.times)

    def parse_effect(self, text: str) -> Effect:
        """Parse `name value ... parameter=value ... then word`.

        Raises ConfigError with the place.
        """
        words = split(text)
        if not words or words[0].name:
            raise wrong(text, 0, "the name of a quirk or fault is wanted")
        name, *rest = words
        try:
            behaviour = self._behaviour(name.text)
        except ConfigError as error:
            raise wrong(text, name.place, str(error)) from None
        named = _named(text, behaviour, rest)
        try:
            return Effect(behaviour, behaviour.values((), named))
        except ConfigError as error:
            raise wrong(text, len(text), str(error)) from None

    def make_effect(self, name: str, *values: object, **named: object) -> Effect:
        """Make an effect.

        Args:
            name: The name of a quirk, fault or attack.
            values: Its values, in order.
            named: Its values, by name.

        Returns:
            The effect, for a rule.

        Raises:
            ConfigError: The name is unknown, or a value is wrong.
        """
        return effect_of(self._behaviour(name), values, named)

    def _behaviour(self, name: str) -> Behaviour:
        if name not in self._behaviours:
            hint = nearest(name, self._behaviours)
            raise ConfigError(f"unknown quirk or fault {name!r}{hint}")
        return self._behaviours[name]

    def _check_no_family(self, text: str) -> None:
        """Raise ConfigError if the text begins with a word such as `fault` before a rule."""
        if match := _FAMILY.match(text):
            rest = text[match.end() :]
            self.parse_rule(rest)
            raise wrong(text, match.start(1), f"a rule begins without {match[1]!r}: {rest.strip()}")

    def _check_no_arrow(self, text: str) -> None:
        """Raise ConfigError if the text, which has no arrow, reads as a rule with a condition."""
        for match in _NAME.finditer(text):
            if match[0] not in self._behaviours:
                continue
            condition, effect = text[: match.start()].rstrip(_NO_ARROW), text[match.start() :]
            if condition.strip() and _is_condition(condition):
                raise wrong(
                    text,
                    match.start(),
                    f"before it {ARROW} is missing: {condition.strip()} {ARROW} {effect.strip()}",
                )
        name = text.split(None, 1)[:1]
        if name and name[0] not in self._behaviours and _is_condition(text):
            raise wrong(text, len(text), f"{ARROW} and {_MISSING}")


def _named(text: str, behaviour: Behaviour, words: list[RuleToken]) -> dict[str, object]:
    """Return the values by parameter. Raises ConfigError at the place of the mistake."""
    named: dict[str, object] = {}
    rest = iter(words)
    for word in rest:
        name, value = word.name, word
        if _is_then(behaviour, word):
            name, value = THEN, _next(text, rest)
        try:
            behaviour.give(named, name, value.octets)
        except ConfigError as error:
            hint = _meant_then(behaviour, word)
            raise wrong(text, word.place, hint or str(error)) from None
    return named


def _meant_then(behaviour: Behaviour, word: RuleToken) -> str:
    bare = not word.name and not word.quoted and word.text != THEN
    mistyped = bare and _has_then(behaviour) and near(word.text, [THEN], 0.7)
    return f"did you mean {THEN!r}?" if mistyped else ""


def _is_then(behaviour: Behaviour, word: RuleToken) -> bool:
    bare = not word.name and not word.quoted and word.text == THEN
    return bare and _has_then(behaviour)


def _has_then(behaviour: Behaviour) -> bool:
    return any(parameter.name == THEN for parameter in behaviour.parameters)


def _next(text: str, rest: Iterator[RuleToken]) -> RuleToken:
    word = next(rest, None)
    if word is None or word.name:
        raise wrong(text, len(text), "a word is wanted behind then")
    return word


def _check_types(condition: object, effect: object, times: object) -> None:
    if not isinstance(condition, str):
        raise ConfigError(f"a condition is a text such as 'RETR 2', not {condition!r}")
    if not isinstance(effect, Effect | str):
        raise ConfigError(f"what a rule does is a text such as 'cut-after 512', not {effect!r}")
    whole = isinstance(times, int) and not isinstance(times, bool) and times > 0
    if times is not None and not whole:
        raise ConfigError(f"times is a number from 1, not {times!r}")


def _is_condition(text: str) -> bool:
    try:
        parse_condition(text)
    except ConfigError:
        return False
    return True


def _split_at_arrow(text: str) -> tuple[str, str, str]:
    """Split at the first arrow outside quotes; a quote without a partner quotes nothing."""
    for match in _ARROW.finditer(text):
        if match[0] == ARROW or not match[1]:
            place = text.find(ARROW, match.start())
            return (
                (text[:place], ARROW, text[place + len(ARROW) :]) if place >= 0 else ("", "", text)
            )
    return "", "", text
