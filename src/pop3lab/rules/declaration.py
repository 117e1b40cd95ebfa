"""Declares behaviours as functions, whose signatures define the parameters.

    quirk = BehaviourDecorator("quirk", category="uidl")

    @quirk("sends unique-ids that contain a space", source="fetchmail NEWS 5.8.4 (C)")
    def uidl_inner_space(tail: Annotated[bytes, "octets after the space"] = b"uid") -> Hooks:
        return ...

This declares the row `uidl-inner-space` with the parameter `tail`, which takes octets.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import FunctionType
from typing import Literal, get_args, get_origin

from pop3lab.core.hooks import Hooks
from pop3lab.rules.behaviour import Behaviour, Layer, ServerContext
from pop3lab.rules.values import FLAG_WORD, OCTETS, TEXT, Parameter, ValueType, choice

_BY_TYPE: dict[object, ValueType] = {bytes: OCTETS, str: TEXT, bool: FLAG_WORD}


@dataclass(frozen=True, slots=True)
class BehaviourDecorator:
    """Turns functions that return hooks into rows of a family and category.

    The function is called once per server and rule, with the values of the rule. If its first
    parameter is a ServerContext, it gets the context of the server. Every other parameter is
    Annotated with its type and meaning; for int and float, use a name of rules.values such as Count
    instead of the bare type. A parameter without a default is required.
    """

    family: Literal["quirk", "fault", "attack"]
    category: str

    def __call__(
        self,
        meaning: str,
        *,
        source: str,
        category: str = "",
        bugs: str = "",
        aspect: str | tuple[str, ...] = (),
        against: tuple[str, ...] = (),
        counted: str = "",
        takes: tuple[str, ...] = (),
        needs: tuple[str, ...] = (),
        refusals: bool = False,
        layer: Layer = Layer.BETWEEN,
    ) -> Callable[[Callable[..., Hooks]], Behaviour]:
        """Return a decorator that makes the row; the keywords are fields of Behaviour."""

        def declare(function: Callable[..., Hooks]) -> Behaviour:
            return Behaviour(
                name=function.__name__.replace("_", "-"),
                meaning=meaning,
                source=source,
                factory=function if _takes_server(function) else _without_server(function),
                parameters=tuple(_parameters(function)),
                family=self.family,
                category=category or self.category,
                bugs=bugs,
                aspect=aspect,
                against=against,
                counted=counted,
                takes=takes,
                needs=needs,
                refusals=refusals,
                layer=layer,
            )

        return declare

    def preset(
        self,
        name: str,
        row: Behaviour,
        meaning: str,
        *,
        source: str,
        bugs: str = "",
        **defaults: object,
    ) -> Behaviour:
        """Return a copy of a row with another name and other defaults.

        Raises ConfigError if a default is not a valid value.
        """
        new = row.values((), {key.replace("_", "-"): value for key, value in defaults.items()})
        return replace(
            row,
            name=name,
            meaning=meaning,
            source=source,
            bugs=bugs,
            family=self.family,
            category=self.category,
            parameters=tuple(p._replace(default=new[p.name]) for p in row.parameters),
        )


def _takes_server(function: Callable[..., Hooks]) -> bool:
    return ServerContext in function.__annotations__.values()


def _without_server(function: Callable[..., Hooks]) -> Callable[..., Hooks]:
    return lambda server, **values: function(**values)


def _parameters(function: Callable[..., Hooks]) -> Iterator[Parameter]:
    """Yield the parameters of a row. Raises TypeError for an incomplete annotation.

    inspect.signature would double the start-up time.
    """
    assert isinstance(function, FunctionType)
    if function.__code__.co_kwonlyargcount:
        raise TypeError(f"{function.__name__}: values are given in order, too: leave out the *")
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    first = len(names) - len(function.__defaults__ or ())
    defaults = dict(zip(names[first:], function.__defaults__ or (), strict=True))
    for name in names[_takes_server(function) :]:
        known, *notes = get_args(function.__annotations__.get(name)) or (None,)
        kinds = [note for note in notes if isinstance(note, ValueType)] or _kinds(known)
        meanings = [note for note in notes if isinstance(note, str)]
        if not kinds or not meanings:
            raise TypeError(f"{name} is not annotated with a type of values and a meaning")
        yield Parameter(name.replace("_", "-"), kinds[-1], meanings[-1], defaults.get(name))


def _kinds(known: object) -> list[ValueType]:
    if get_origin(known) is Literal:
        return [choice(*get_args(known))]
    return [_BY_TYPE[known]] if known in _BY_TYPE else []
