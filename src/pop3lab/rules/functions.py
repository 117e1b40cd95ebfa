"""Behaviours as Python functions: cut_after(512, then="reset")."""

from collections.abc import Callable, Iterator, Mapping
from inspect import Parameter as PythonParameter
from inspect import Signature

from pop3lab.rules.behaviour import Behaviour, Effect


def as_function(behaviour: Behaviour) -> Callable[..., Effect]:
    """Return a function that makes effects of a behaviour. It raises ConfigError.

    Its signature is that of the behaviour.
    """

    def make(*values: object, **named: object) -> Effect:
        return effect_of(behaviour, values, named)

    make.__name__ = make.__qualname__ = python_name(behaviour.name)
    make.__module__ = f"pop3lab.{behaviour.family}s"
    make.__doc__ = documentation(behaviour)
    signature = Signature(list(_parameters(behaviour)), return_annotation=Effect)
    make.__signature__ = signature  # type: ignore[attr-defined]
    return make


def effect_of(
    behaviour: Behaviour, values: tuple[object, ...], named: Mapping[str, object]
) -> Effect:
    """Return the effect with these values, by their Python names. Raises ConfigError."""
    with_dashes = {name.replace("_", "-"): value for name, value in named.items()}
    return Effect(behaviour, behaviour.values(values, with_dashes))


def python_name(name: str) -> str:
    """Return the Python name of a behaviour or parameter."""
    return name.replace("-", "_")


def documentation(behaviour: Behaviour) -> str:
    """Return the docstring: the meaning of the behaviour and of each parameter."""
    meaning = f"{behaviour.meaning[:1].upper()}{behaviour.meaning[1:]}."
    parameters = [f"    {python_name(p.name)}: {p.meaning}" for p in behaviour.parameters]
    return "\n".join([meaning, "", "Args:", *parameters] if parameters else [meaning])


def _parameters(behaviour: Behaviour) -> Iterator[PythonParameter]:
    for parameter in behaviour.parameters:
        required = parameter.default is None
        yield PythonParameter(
            python_name(parameter.name),
            PythonParameter.POSITIONAL_OR_KEYWORD,
            default=PythonParameter.empty if required else parameter.default,
            annotation=parameter.kind.accepts,
        )
