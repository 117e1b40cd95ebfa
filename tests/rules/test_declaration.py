from collections.abc import Callable
from typing import Annotated, Any, Literal

import pytest

from pop3lab.core.errors import ConfigError
from pop3lab.core.hooks import Hooks
from pop3lab.rules.behaviour import Behaviour, Layer, ServerContext
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.functions import as_function
from pop3lab.rules.values import (
    COUNT,
    FLAG_WORD,
    NUMBERS,
    OCTETS,
    SECONDS,
    TEXT,
    Count,
    Numbers,
    Parameter,
    Seconds,
    ValueType,
)

quirk = BehaviourDecorator("quirk", category="wire")

_SMALL = ValueType("a small number", int)
_Which = Annotated[Numbers, "which messages"]


class _Given(Hooks):
    def __init__(self, *values: object) -> None:
        self.values = values


@quirk(
    "says things",
    source="nobody (D)",
    bugs="some",
    aspect="what is said",
    against=("reset",),
    counted="nothing",
    takes=("a dot",),
    needs=("a line",),
    refusals=True,
    layer=Layer.LAST,
)
def many_values(
    octets: Annotated[bytes, "an octet or more"],
    after_login: Annotated[bool, "whether only then"],
    text: Annotated[str, "a text"] = "hello",
    count: Annotated[Count, "how many"] = 3,
    seconds: Annotated[Seconds, "how long"] = 0.5,
    numbers: Annotated[_Which, "which others"] = (1, 2),
    small: Annotated[Count, _SMALL, "how small"] = 1,
    then: Annotated[Literal["close", "go-on"], "what then"] = "close",
) -> Hooks:
    return _Given(octets, after_login, text, count, seconds, numbers, small, then)


def given(row: Behaviour, *values: object, **named: object) -> tuple[object, ...]:
    """What its function is called with."""
    hooks = as_function(row)(*values, **named).hooks(ServerContext())
    assert isinstance(hooks, _Given)
    return hooks.values


def test_the_row_of_a_function() -> None:
    assert many_values.name == "many-values"
    assert many_values.meaning == "says things"
    assert many_values.source == "nobody (D)"
    assert many_values.family == "quirk"
    assert many_values.category == "wire"
    assert many_values.bugs == "some"
    assert many_values.aspect == "what is said"
    assert many_values.against == ("reset",)
    assert many_values.counted == "nothing"
    assert many_values.takes == ("a dot",)
    assert many_values.needs == ("a line",)
    assert many_values.refusals
    assert many_values.layer is Layer.LAST


def test_parameters_are_those_of_the_function() -> None:
    *others, then = many_values.parameters
    assert others == [
        Parameter("octets", OCTETS, "an octet or more"),
        Parameter("after-login", FLAG_WORD, "whether only then"),
        Parameter("text", TEXT, "a text", "hello"),
        Parameter("count", COUNT, "how many", 3),
        Parameter("seconds", SECONDS, "how long", 0.5),
        Parameter("numbers", NUMBERS, "which others", (1, 2)),
        Parameter("small", _SMALL, "how small", 1),
    ]
    assert then.kind.words == ("close", "go-on")
    assert then.default == "close"


def test_the_function_gets_values_of_its_types() -> None:
    rest = ("hello", 3, 0.5, (1, 2), 1, "close")
    assert given(many_values, "a", "yes") == (b"a", True, *rest)
    assert given(many_values, b"a", after_login=False) == (b"a", False, *rest)


def test_yes_and_no_are_written_as_such() -> None:
    effect = as_function(many_values)(b"a", True)
    assert str(effect) == "many-values a yes"
    assert many_values.parameters[1].show(False) == "no"
    with pytest.raises(ConfigError, match="after-login wants one of yes, no, not 'ye': did you"):
        as_function(many_values)(b"a", "ye")


def test_the_context_of_the_server_is_no_parameter() -> None:
    @quirk("", source="", category="another")
    def with_server(server: ServerContext, count: Annotated[Count, "how many"] = 3) -> Hooks:
        return _Given(server, count)

    server = ServerContext()
    assert [parameter.name for parameter in with_server.parameters] == ["count"]
    assert with_server.category == "another"
    hooks = as_function(with_server)(5).hooks(server)
    assert isinstance(hooks, _Given)
    assert hooks.values == (server, 5)


def untold(count: int) -> Hooks:
    return _Given(count)


def meant(count: Annotated[int, "which whole numbers an int is, nobody says"]) -> Hooks:
    return _Given(count)


def unmeant(count: Count) -> Hooks:
    return _Given(count)


def bare(count) -> Hooks:  # type: ignore[no-untyped-def]
    return _Given(count)


@pytest.mark.parametrize("function", [untold, meant, unmeant, bare])
def test_what_is_not_annotated_in_full_is_refused(function: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match=r"count.* is not annotated with a type of values and a m"):
        quirk("", source="")(function)


def test_what_can_be_given_by_name_only_is_refused() -> None:
    def named(*, count: Annotated[Count, "how many"] = 3) -> Hooks:
        return _Given(count)

    with pytest.raises(TypeError, match="named: values are given in order, too"):
        quirk("", source="")(named)


def test_a_preset_is_the_same_with_other_defaults() -> None:
    attack = BehaviourDecorator("attack", category="parsing")
    row = attack.preset(
        "all-values", many_values, "says more", source="C", octets=b"x", after_login=True, count=9
    )
    assert (row.name, row.meaning, row.source) == ("all-values", "says more", "C")
    assert (row.family, row.category, row.bugs) == ("attack", "parsing", "")
    assert (row.aspect, row.layer, row.refusals) == ("what is said", Layer.LAST, True)
    assert given(row) == (b"x", True, "hello", 9, 0.5, (1, 2), 1, "close")
    assert given(row, count=4)[3] == 4
    assert many_values.parameters[3].default == 3


def test_a_preset_takes_values_of_the_row_only() -> None:
    with pytest.raises(ConfigError, match="many-values: count wants a whole number, 0 or more"):
        quirk.preset("x", many_values, "", source="", octets=b"", after_login=True, count=-1)
    with pytest.raises(ConfigError, match="many-values has no 'nothing'"):
        quirk.preset("x", many_values, "", source="", nothing=1)
    with pytest.raises(ConfigError, match="many-values needs octets"):
        quirk.preset("x", many_values, "", source="")
