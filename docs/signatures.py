"""Signatures as a reader writes them: names of types without their modules."""

import re
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from inspect import Parameter, formatannotation, isclass, signature

_WIDTH = 88
_STARS: Mapping[object, str] = {Parameter.VAR_POSITIONAL: "*", Parameter.VAR_KEYWORD: "**"}
_MODULES = re.compile(r"\b(?:[a-z_]\w*\.)+(?=[A-Za-z])")
_FORWARD = re.compile(r"ForwardRef\('([^']*)'[^)]*\)")


def call_of(target: Callable[..., object], name: str) -> str:
    """How it is called, in one line or, if that is long, in one for each parameter.

    Protocols and exceptions are not called: their names.
    """
    named = getattr(target, "_is_protocol", False)
    if isclass(target) and (named or issubclass(target, BaseException)):
        return name
    written = _parameters(target)
    line = f"{name}({', '.join(written)})"
    if len(line) <= _WIDTH:
        return line
    return "".join([f"{name}(\n", *(f"    {one},\n" for one in written), ")"])


def type_of(function: Callable[..., object]) -> str:
    """The type of its result; empty if that is None."""
    result = signature(function).return_annotation
    return "" if result in {None, "None", Parameter.empty} else _type(result)


def _parameters(target: Callable[..., object]) -> list[str]:
    """Those that a caller gives."""
    written, starred = list[str](), False
    for name, parameter in signature(target).parameters.items():
        if name == "self" or name.startswith("_"):
            continue
        if parameter.kind is Parameter.KEYWORD_ONLY and not starred:
            written += ["*"]
        starred |= parameter.kind in {Parameter.KEYWORD_ONLY, Parameter.VAR_POSITIONAL}
        written += [_parameter(parameter)]
    return written


def _parameter(parameter: Parameter) -> str:
    stars = _STARS.get(parameter.kind, "")
    annotated = parameter.annotation is not Parameter.empty
    kind = f": {_type(parameter.annotation)}" if annotated else ""
    if parameter.default is Parameter.empty:
        return f"{stars}{parameter.name}{kind}"
    return f"{parameter.name}{kind}{' = ' if annotated else '='}{_value(parameter.default)}"


def _type(annotation: object) -> str:
    text = annotation if isinstance(annotation, str) else formatannotation(annotation)
    text = _FORWARD.sub(r"\1", text).replace("NoneType", "None")
    return _MODULES.sub("", text).replace("'", '"')


def _value(default: object) -> str:
    if is_dataclass(default):
        return f"{type(default).__name__}()"
    text = repr(default).replace("'", '"')
    return "..." if text.startswith("<") else text  # an object that has no text of its own
