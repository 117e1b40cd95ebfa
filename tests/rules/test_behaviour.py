from collections.abc import Callable
from contextlib import suppress
from inspect import signature
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop3lab import attacks, faults, quirks
from pop3lab.behaviours.catalogue import BEHAVIOURS, make_effect, parse_effect
from pop3lab.core.errors import ConfigError
from pop3lab.core.hooks import Hooks
from pop3lab.faults import cut_after, unasked_line
from pop3lab.rules.behaviour import Behaviour, Effect
from pop3lab.rules.values import (
    COUNT,
    FACTOR,
    NUMBERS,
    OCTETS,
    SECONDS,
    TEXT,
    WHOLE,
    Parameter,
    ValueType,
    choice,
)

KINDS: dict[ValueType, st.SearchStrategy[Any]] = {
    COUNT: st.integers(0, 10**40 - 1),
    WHOLE: st.integers(-(10**39) + 1, 10**40 - 1),
    SECONDS: st.floats(0, allow_nan=False),
    FACTOR: st.floats(0, allow_nan=False, allow_infinity=False),
    OCTETS: st.binary(),
    TEXT: st.text(st.characters(codec="utf-8")),
    NUMBERS: st.lists(st.integers(0, 10**40 - 1)).map(tuple),
    choice("then", "now", "a b"): st.sampled_from(["then", "now", "a b"]),
}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@given(data=st.data())
def test_a_value_is_written_read_back_and_taken_as_it_is(
    kind: ValueType, data: st.DataObject
) -> None:
    value = data.draw(KINDS[kind])
    assert kind.take(kind.show(value)) == kind.take(value) == value
    assert kind.take(kind.take(value)) == value


ROW = Behaviour(
    "row",
    "",
    "",
    lambda shared, **values: Hooks(),
    (
        Parameter("one", OCTETS, "octets"),
        Parameter("seconds", SECONDS, "how long", 1.0),
        Parameter("list", NUMBERS, "which", (1,)),
        Parameter("then", choice("close", "then", "go on"), "what", "close"),
    ),
)


@given(
    st.sampled_from([b"then", b"->", b"a=b", b""]) | st.binary(),
    st.floats(0, allow_nan=False),
    st.lists(st.integers(0, 10**40 - 1)).map(tuple),
    st.sampled_from(["close", "then", "go on"]),
)
def test_what_is_written_is_read_back(
    one: bytes, seconds: float, some: tuple[int, ...], then: str
) -> None:
    values = {"one": one, "seconds": seconds, "list": some, "then": then}
    BEHAVIOURS["row"] = ROW  # type: ignore[index]
    try:
        assert parse_effect(str(Effect(ROW, values))).values == values
    finally:
        del BEHAVIOURS["row"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("row", BEHAVIOURS.values(), ids=lambda row: row.name)
def test_each_row_by_its_name_and_with_defaults_is_read_back(row: Behaviour) -> None:
    defaults = {p.name: p.default for p in row.parameters}
    given_values = {p.name: some_value(p.kind) for p in row.parameters if p.default is None}
    made = make_effect(row.name, **{name.replace("-", "_"): v for name, v in given_values.items()})
    assert made.values == defaults | given_values
    again = parse_effect(str(made))
    assert (again.behaviour, again.values) == (made.behaviour, made.values)
    for parameter in row.parameters:
        if parameter.default is not None:
            shown = parameter.kind.show(parameter.default)
            assert parameter.kind.take(shown) == parameter.default


@pytest.mark.parametrize("row", BEHAVIOURS.values(), ids=lambda row: row.name)
def test_what_must_be_given_comes_first(row: Behaviour) -> None:
    needed = [parameter.default is None for parameter in row.parameters]
    assert needed == sorted(needed, reverse=True)


@pytest.mark.parametrize("row", BEHAVIOURS.values(), ids=lambda row: row.name)
def test_each_row_is_explained(row: Behaviour) -> None:
    assert row.meaning
    assert not row.meaning.endswith(".")
    assert row.source
    assert row.category
    assert row.family in {"quirk", "fault", "attack"}
    assert all(parameter.meaning for parameter in row.parameters)


def test_as_it_is_written() -> None:
    assert str(parse_effect("cut-after 512 then reset")) == "cut-after 512 then reset"
    assert str(parse_effect("cut-after octets=1k then=close")) == "cut-after 1024"
    assert str(parse_effect("delay 200ms")) == "delay seconds=0.2"
    assert str(parse_effect(r'reply "-ERR \"a\"\x00"')) == r'reply text="-ERR \"a\"\x00"'
    assert str(parse_effect("slice 3,14")) == "slice at=3,14"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "cut-aftr 5",
            "at 'cut-aftr 5': unknown quirk or fault 'cut-aftr', did you mean 'cut-after'?",
        ),
        ("", "at the end of '': the name of a quirk or fault is wanted"),
        ("cut-after", "at the end of 'cut-after': cut-after needs octets: how many come"),
        ("cut-after x", "at 'x': cut-after: octets wants a whole number, 0 or more, not 'x'"),
        ("cut-after -1", "at '-1': cut-after: octets wants a whole number, 0 or more, not '-1'"),
        ("cut-after 5 octts=6", "at 'octts=6': cut-after has no 'octts', did you mean 'octets'?"),
        ("cut-after 5 octets=6", "at 'octets=6': cut-after is given 'octets' twice"),
        ("cut-after 5 then", "at the end of 'cut-after 5 then': a word is wanted behind then"),
        ("cut-after 5 close 7", "at '7': cut-after takes at most 2 values"),
        ("no-reply 7", "at '7': no-reply takes no values"),
        ("no-reply x=7", "at 'x=7': no-reply has no 'x', it takes no values"),
        ("delay soon", "at 'soon': delay: seconds wants a number of seconds such as 0.2"),
        ("delay nan", "at 'nan': delay: seconds wants a number of seconds such as 0.2"),
        ("slice x", "at 'x': slice: at wants places of octets with commas, or one of crlf, lines"),
        ("cut-after 512 than reset", "at 'than reset': did you mean 'then'?"),
        ("no-reply than", "at 'than': no-reply takes no values"),
        ("@@@", "at '@@@': unknown quirk or fault '@@@'"),
        (f"cut-after {'9' * 5000}", "at '9999"),
        (f"cut-after {'9' * 40}k", "at '9999"),
        (f"slice 1,{'9' * 5000}", "at '1,9999"),
        (f"delay {'9' * 5000}x", "at '9999"),
        ('reply "a', "at '\"a': a word with quotes ends with them"),
        (r'reply "\q"', r"""at '"\\q"': after a backslash comes one of r n t \ x00 or a quote"""),
    ],
)
def test_mistakes_name_the_place_and_the_nearest_right_word(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_effect(text)
    assert str(caught.value).startswith(message)


def test_the_nearest_of_a_choice() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_effect("cut-after 5 then rset")
    assert str(caught.value) == (
        "at 'then rset': cut-after: then wants one of close, abrupt-close, half-close, reset, "
        "stall, go-on, not 'rset': did you mean 'reset'?"
    )


def test_from_python() -> None:
    assert str(cut_after(512, then="reset")) == "cut-after 512 then reset"
    assert str(unasked_line(b"+OK", gap=1)) == "unasked-line text=+OK gap=1"
    assert (cut_after.__module__, cut_after.__name__) == ("pop3lab.faults", "cut_after")
    assert (
        str(signature(cut_after))
        == """\
(octets: 'int', then: 'Literal["close", "abrupt-close", "half-close", "reset", "stall", "go-on"]' \
= 'close') -> pop3lab.rules.behaviour.Effect"""
    )
    assert (
        cut_after.__doc__
        == """\
Cuts the reply or selected part, then ends the connection or goes on without the rest.

Args:
    octets: how many come, counted as sent and including the status line
    then: how the connection ends, or go-on: omit only the rest"""
    )
    typed: Callable[..., Effect] = faults.drop_at_quit
    assert typed(commit="never").values == {"commit": "never", "then": "close"}


def test_an_effect_is_shown_as_it_is_written() -> None:
    assert repr(cut_after(512, then="reset")) == "Effect('cut-after 512 then reset')"


def test_each_row_has_a_function_in_the_module_of_its_family() -> None:
    made = []
    for module in (quirks, faults, attacks):
        for name in dir(module):
            effect = getattr(module, name)(*_needed(name))
            assert f"{effect.behaviour.family}s" == module.__name__.rpartition(".")[2]
            made.append(effect.behaviour)
    assert sorted(row.name for row in made) == sorted(BEHAVIOURS)


def _needed(function: str) -> list[object]:
    row = BEHAVIOURS[function.replace("_", "-")]
    return [some_value(p.kind) for p in row.parameters if p.default is None]


def some_value(kind: ValueType) -> object:
    """One that it takes."""
    for word in (*kind.words, "1", "WORD", "+OK yes"):
        with suppress(ValueError):
            return kind.take(word.encode())
    raise AssertionError(f"none known of {kind.name}")


@pytest.mark.parametrize(
    "number", [10**40, -(10**40), 10**5000, -(10**5000)], ids=["40", "-40", "5000", "-5000"]
)
def test_numbers_that_are_too_long_to_write_are_refused(number: int) -> None:
    with pytest.raises(ConfigError, match="octets wants a whole number"):
        cut_after(number)
    with pytest.raises(ConfigError, match="seconds wants a number"):
        make_effect("delay", -(10**5000))


def test_mistakes_from_python_name_the_nearest_right_word() -> None:
    with pytest.raises(AttributeError, match="unknown fault 'cut_aftr', did you mean 'cut_after'"):
        faults.cut_aftr  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(AttributeError, match=r"no-reply is a fault: faults\.no_reply"):
        quirks.no_reply  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(ConfigError, match="cut-after has no 'octts', did you mean 'octets'"):
        cut_after(octts=5)  # type: ignore[call-arg]
    with pytest.raises(ConfigError, match="octets wants a whole number, 0 or more, not True"):
        cut_after(True)
    with pytest.raises(ConfigError, match="cut-after is given 'octets' twice"):
        cut_after(5, octets=6)  # type: ignore[misc]
