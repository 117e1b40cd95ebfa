"""Behaviours as functions of Python: cut_after(512, then="reset")."""

from collections.abc import Callable, Iterator, Mapping
from inspect import Parameter as PythonParameter
from inspect import Signature

from pop3lab.rules.behaviour import Behaviour, Effect


def as_function(behaviour: Behaviour) -> Callable[..., Effect]:
    """Return the function that makes effects of a behaviour: values in order, or by name.

    It raises ConfigError. Its signature is that of the behaviour.
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
    """The effect with these values, by the names that Python has for them. Raises ConfigError."""
    with_dashes = {name.replace("_", "-"): value for name, value in named.items()}
    return Effect(behaviour, behaviour.values(values, with_dashes))


def python_name(name: str) -> str:
    """The name of a behaviour or of a parameter as Python writes it."""
    return name.replace("-", "_")


def documentation(behaviour: Behaviour) -> str:
    """The docstring: what it does, and what each parameter means, as editors read it."""
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
