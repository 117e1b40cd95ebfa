"""Behaviours (quirks, faults and attacks), and effects: behaviours with values."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import product
from random import Random
from string import Formatter
from typing import Any

from pop3lab.clock import steady
from pop3lab.core.errors import ConfigError
from pop3lab.core.hooks import Hooks
from pop3lab.core.suggest import nearest
from pop3lab.rules.values import Parameter


@dataclass(slots=True)
class ServerContext:
    """State that all sessions of a server share.

    stop: shuts the server down. clock: monotonic seconds.
    """

    stop: Callable[[], None] = lambda: None
    clock: Callable[[], float] = steady
    random: Random = field(default_factory=Random)
    exit_asked: bool = False


class Layer(IntEnum):
    """The place of a behaviour in the chain of hooks; the lowest is next to the protocol.

    Within a layer, the order of the rules counts.
    """

    BOOK = 0  # works on the standard behaviour, before others change it
    FIRST = 1  # replaces what exists
    BETWEEN = 2  # changes what exists
    LAST = 3  # truncates, splits or delays replies, or changes unique-ids


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A row of the catalogue: a quirk, fault or attack.

    factory: makes the hooks of a rule, once per server, from the server's context and the values by
    name. source: the servers that do it and the evidence, with its grade (A seen in source or a
    recording, B reported with a trace, C documented, D folklore). bugs: known client bugs. counted:
    the subject of its hits, if the server can't know whether the client gets something else, or the
    client never does.

    Relations to other behaviours: aspect: the decision that it makes alone; two behaviours with the
    same aspect can't hold for the same exchange. takes: what does not exist while it holds, besides
    the commands that it disables. needs: it is useless without any of these. A name in braces
    stands for one of its values, {on} for its commands. against: behaviours that it can't be
    combined with. refusals: it also works on -ERR. layer: its place among others.
    """

    name: str
    meaning: str
    source: str
    factory: Callable[..., Hooks]
    parameters: tuple[Parameter, ...] = ()
    family: str = "quirk"
    category: str = ""
    bugs: str = ""
    aspect: str | tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    counted: str = ""
    takes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    refusals: bool = False
    layer: Layer = Layer.BETWEEN

    def values(self, given: tuple[object, ...], named: Mapping[str, object]) -> dict[str, Any]:
        """Return all values by parameter, given or default. Raises ConfigError."""
        known: dict[str, object] = {}
        for value in given:
            self.give(known, "", value)
        for name, value in named.items():
            self.give(known, name, value)
        return {p.name: self._value(p, known) for p in self.parameters}

    def give(self, known: dict[str, object], name: str, value: object) -> None:
        """Add a value; without a name, for the next parameter. Raises ConfigError."""
        names = [parameter.name for parameter in self.parameters]
        if not name:
            if len(known) == len(names):
                most = f"at most {len(names)} values" if names else "no values"
                raise ConfigError(f"{self.name} takes {most}")
            name = next(n for n in names if n not in known)
        if name not in names:
            hint = nearest(name, names) if names else ", it takes no values"
            raise ConfigError(f"{self.name} has no {name!r}{hint}")
        if name in known:
            raise ConfigError(f"{self.name} is given {name!r} twice")
        try:
            known[name] = self.parameters[names.index(name)].value(value)
        except ConfigError as error:
            raise ConfigError(f"{self.name}: {error}") from None

    def _value(self, parameter: Parameter, known: Mapping[str, object]) -> Any:
        if parameter.name not in known and parameter.default is None:
            raise ConfigError(f"{self.name} needs {parameter.name}: {parameter.meaning}")
        return known.get(parameter.name, parameter.default)

    def hooks(self, server: ServerContext, values: Mapping[str, Any]) -> Hooks:
        """Return the hooks for one server."""
        return self.factory(server, **{name.replace("-", "_"): v for name, v in values.items()})


THEN = "then"  # a parameter written as a separate word, followed by its value


def _each(value: Any) -> Collection[Any]:
    return (value or ("",)) if isinstance(value, tuple) else (value,)


@dataclass(frozen=True)
class Effect:
    """A quirk, fault or attack with its values.

    `str(effect)` is its text, such as `cut-after 512 then reset`, which the parser reads back.

    Attributes:
        behaviour: The quirk, fault or attack.
        values: Its values, by name, with the defaults.
    """

    behaviour: Behaviour
    values: Mapping[str, Any]

    def __hash__(self) -> int:
        return hash((self.behaviour.name, frozenset(self.values.items())))

    @property
    def aspects(self) -> set[str]:
        """The decisions that it makes alone."""
        aspect = self.behaviour.aspect
        texts = (aspect,) if isinstance(aspect, str) else aspect
        return set().union(*map(self.versions, texts))

    def versions(self, text: str, on: Collection[str] = ()) -> set[str]:
        """Fill the fields of a text with its values; a list of values yields several texts.

        on: the verbs for {on}.
        """
        fields = [name for _, name, _, _ in Formatter().parse(text) if name]
        known = {**self.values, "on": tuple(on)}
        lists = [_each(known[name]) for name in fields]
        several = (dict(zip(fields, some, strict=True)) for some in product(*lists))
        return {text.format(**some).strip() for some in several}

    def hooks(self, server: ServerContext) -> Hooks:
        """Return the hooks for one server."""
        return self.behaviour.hooks(server, self.values)

    def __repr__(self) -> str:
        return f"Effect({str(self)!r})"  # without the whole row

    def __str__(self) -> str:
        words = [self.behaviour.name]
        for parameter in self.behaviour.parameters:
            value = self.values[parameter.name]
            if parameter.default is not None and value == parameter.default:
                continue
            word = parameter.show(value)
            word = f'"{word}"' if word == THEN else word
            if parameter.name == THEN:
                words.append(f"{THEN} {word}")
            elif parameter.default is None:
                words.append(word)
            else:
                words.append(f"{parameter.name}={word}")
        return " ".join(words)
