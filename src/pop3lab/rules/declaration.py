"""How behaviours are declared: as functions, whose signatures say what they take.

    quirk = BehaviourDecorator("quirk", category="uidl")

    @quirk("sends unique-ids that contain a space", source="fetchmail NEWS 5.8.4 (C)")
    def uidl_inner_space(tail: Annotated[bytes, "octets after the space"] = b"uid") -> Hooks:
        return ...

This is the row `uidl-inner-space`, with the parameter `tail`, which is octets.
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
    """Makes rows of one family and category from functions that return hooks.

    A function is called once for each server and rule, with the values of the rule. One whose
    first parameter is a ServerContext gets that of the server, too. Each other parameter is
    Annotated with its type and its meaning; where the type is no more than int or float, with a
    name of rules.values such as Count. A parameter without a default must be given.
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
        """Return what makes the row; the keywords are the fields of Behaviour."""

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
        """Return a row that does what another does, with other defaults for its values.

        Raises ConfigError where a default is no such value.
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
    """The parameters of a row; inspect.signature would take as long as all else at the start.

    Raises TypeError where an annotation does not tell all of one.
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
