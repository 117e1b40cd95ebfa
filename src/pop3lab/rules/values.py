"""Types of the values of behaviours: parsed from words or Python values, and written as words."""

import math
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

from pop3lab.core.errors import ConfigError
from pop3lab.core.suggest import near
from pop3lab.core.units import read_number, read_seconds
from pop3lab.rules.tokens import shown


class Range(NamedTuple):
    """Whole numbers from least to most; most is None for no end: 2, 2..4, 2.., ..4."""

    least: int
    most: int | None

    def __contains__(self, number: object) -> bool:
        if not isinstance(number, int):
            return False
        return self.least <= number and (self.most is None or number <= self.most)

    def __str__(self) -> str:
        if self.least == self.most:
            return str(self.least)
        return f"{self.least}..{'' if self.most is None else self.most}"

    def meets(self, other: "Range") -> bool:
        """Whether both ranges have a number in common."""
        top = min(x for x in (self.most, other.most, max(self.least, other.least)) if x is not None)
        return top >= max(self.least, other.least)


class ValueType(NamedTuple):
    """A type of values.

    name: describes a valid value in messages. take: converts the octets of a word, or a Python
    value; accepts its own results; raises ValueError or TypeError. show: returns octets that take
    parses back. words: the choices, if limited. accepts: the Python type, as written in the stubs.
    """

    name: str
    take: Callable[[Any], Any]
    show: Callable[[Any], bytes] = lambda value: str(value).encode("utf-8", "surrogateescape")
    words: tuple[str, ...] = ()
    accepts: str = "str"


class Parameter(NamedTuple):
    """A parameter of a behaviour. default: None if it is required."""

    name: str
    kind: ValueType
    meaning: str
    default: Any = None

    def value(self, given: object) -> Any:
        """Return the value. Raises ConfigError."""
        try:
            return self.kind.take(given)
        except (ValueError, TypeError, OverflowError):
            raise ConfigError(
                f"{self.name} wants {self.kind.name}, not {self._shown(given)}"
            ) from None

    def _shown(self, given: object) -> str:
        if isinstance(given, int) and abs(given) > _MOST:
            return "one of so many digits"
        text = _text(given) if isinstance(given, bytes | str) else repr(given)
        like = near(text, self.kind.words)
        hint = f": did you mean {like!r}?" if like else ""
        shown_as = repr(text) if isinstance(given, bytes | str) else text
        return f"{_short(shown_as)}{hint}"

    def show(self, value: object) -> str:
        """Return the value as a word."""
        return shown(self.kind.show(value))


def _text(given: object) -> str:
    return given.decode("utf-8", "surrogateescape") if isinstance(given, bytes) else str(given)


def _short(text: str) -> str:
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."


_MOST = 10**40 - 1
_MOST_SHOWN = 200


def _whole(given: object) -> int:
    if isinstance(given, bool):
        raise TypeError
    number = given if isinstance(given, int) else read_number(_text(given))
    if abs(number) > _MOST:
        raise ValueError
    return number


def _count(given: object) -> int:
    count = _whole(given)
    if count < 0:
        raise ValueError
    return count


def _seconds(given: object) -> float:
    if isinstance(given, bool):
        raise TypeError
    seconds = float(given) if isinstance(given, int | float) else read_seconds(_text(given))
    if math.isnan(seconds) or seconds < 0:
        raise ValueError
    return seconds


def _factor(given: object) -> float:
    if isinstance(given, bool):
        raise TypeError
    factor = float(given if isinstance(given, int | float) else _text(given))
    if not math.isfinite(factor) or factor < 0:
        raise ValueError
    return factor


def _octets(given: object) -> bytes:
    if isinstance(given, str):
        return given.encode("utf-8", "surrogateescape")
    if not isinstance(given, bytes):
        raise TypeError
    return given


def _text_only(given: object) -> str:
    return _text(_octets(given))  # so that it can be written as a word


def _numbers(given: object) -> tuple[int, ...]:
    if isinstance(given, int):
        return (_count(given),)
    if isinstance(given, bytes | str):
        return tuple(_count(word) for word in _text(given).split(",") if given)
    return tuple(map(_count, given))  # type: ignore[call-overload]


def _words(given: object) -> tuple[str, ...]:
    if isinstance(given, bytes | str):
        return tuple(word for word in _text(given).split(",") if word)
    return tuple(word for one in given for word in _words(_text_only(one)))  # type: ignore[attr-defined]


def _shortest(number: float) -> bytes:
    return repr(number).removesuffix(".0").encode()


COUNT = ValueType("a whole number, 0 or more", _count, accepts="int")
WHOLE = ValueType("a whole number", _whole, accepts="int")
SECONDS = ValueType(
    "a number of seconds such as 0.2 or 200ms, or inf", _seconds, _shortest, accepts="float"
)
FACTOR = ValueType("a number, 0 or more", _factor, _shortest, accepts="float")
OCTETS = ValueType("octets", _octets, bytes, accepts="bytes | str")
TEXT = ValueType("a text", _text_only)
NUMBERS = ValueType(
    "whole numbers with commas",
    _numbers,
    lambda value: ",".join(map(str, value)).encode(),
    accepts="int | Iterable[int]",
)
WORDS = ValueType(
    "words with commas",
    _words,
    lambda value: ",".join(value).encode("utf-8", "surrogateescape"),
    accepts="str | Iterable[str]",
)


def choice(*words: str) -> ValueType:
    """Return the type of a choice of these words."""

    def take(given: object) -> str:
        if (text := _text(given)) not in words:
            raise ValueError
        return text

    accepts = ", ".join(f'"{word}"' for word in words)
    return ValueType(f"one of {', '.join(words)}", take, words=words, accepts=f"Literal[{accepts}]")


_YES_NO = choice("yes", "no")


def _flag(given: object) -> bool:
    return given if isinstance(given, bool) else _YES_NO.take(given) == "yes"


FLAG_WORD = ValueType(
    _YES_NO.name,
    _flag,
    lambda value: b"yes" if value else b"no",
    words=_YES_NO.words,
    accepts="bool",
)

# Annotations for parameters whose Python type is not specific enough.
Count = Annotated[int, COUNT]
WholeNumber = Annotated[int, WHOLE]
Seconds = Annotated[float, SECONDS]
Factor = Annotated[float, FACTOR]
Numbers = Annotated[tuple[int, ...], NUMBERS]
WordList = Annotated[tuple[str, ...], WORDS]
