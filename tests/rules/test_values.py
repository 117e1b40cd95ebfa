"""Values of quirks and faults from Python: what is taken, and what is refused by name."""

import math

import pytest

from pop3lab.core.errors import ConfigError
from pop3lab.rules.values import (
    COUNT,
    FACTOR,
    NUMBERS,
    OCTETS,
    SECONDS,
    TEXT,
    WHOLE,
    WORDS,
    Parameter,
    Range,
    ValueType,
)


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (WHOLE, True),
        (COUNT, False),
        (COUNT, -1),
        (NUMBERS, -1),
        (SECONDS, True),
        (SECONDS, math.nan),
        (SECONDS, -0.5),
        (FACTOR, math.nan),
        (FACTOR, math.inf),
        (FACTOR, -1),
        (FACTOR, True),
        (OCTETS, 5),
        (TEXT, 5),
        (TEXT, None),
        (TEXT, "\ud800"),
        (WORDS, 5),
        (WORDS, ["STAT", 5]),
        (WORDS, [["STAT"]]),
    ],
)
def test_what_is_refused_is_named(kind: ValueType, given: object) -> None:
    with pytest.raises(ConfigError) as caught:
        Parameter("size", kind, "").value(given)
    assert str(caught.value) == f"size wants {kind.name}, not {given!r}"


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        (WHOLE, -3, -3),
        (COUNT, b"0", 0),
        (NUMBERS, 7, (7,)),
        (NUMBERS, [1, "2", b"3"], (1, 2, 3)),
        (SECONDS, math.inf, math.inf),
        (SECONDS, "200ms", 0.2),
        (FACTOR, 2, 2.0),
        (OCTETS, "\u00e4\udcff", b"\xc3\xa4\xff"),
        (TEXT, b"\xff", "\udcff"),
        (WORDS, ["STAT", "LIST,UIDL", b"RETR"], ("STAT", "LIST", "UIDL", "RETR")),
    ],
)
def test_what_is_taken(kind: ValueType, given: object, value: object) -> None:
    assert Parameter("size", kind, "").value(given) == value


@pytest.mark.parametrize(
    ("kind", "given"), [(TEXT, b"\xff \xc3"), (OCTETS, b"\xff"), (WORDS, [b"A\xff", "B"])]
)
def test_octets_that_are_no_text_are_written_and_read_back(kind: ValueType, given: object) -> None:
    value = kind.take(given)
    assert kind.take(kind.show(value)) == value


def test_only_numbers_are_in_a_range() -> None:
    given: list[object] = [1, 2, 3, "2", 2.0]
    assert [value in Range(2, None) for value in given] == [False, True, True, False, False]
