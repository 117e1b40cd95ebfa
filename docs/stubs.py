"""The types of quirks, faults and attacks, as editors and type checkers read them."""

import re
from collections.abc import Iterator

from pop3lab.behaviours.families import members
from pop3lab.rules.behaviour import Behaviour
from pop3lab.rules.functions import documentation, python_name
from pop3lab.rules.values import Parameter

_HEAD = """\
# Written by python -m docs.generate.
from collections.abc import Iterable
from typing import Literal

from pop3lab.rules.behaviour import Effect
"""


def stub(family: str) -> str:
    """The stub of the module with the functions of a family."""
    rows = members(family).values()
    return _HEAD + "".join(f"\n{''.join(_function(row))}" for row in rows)


def _function(row: Behaviour) -> Iterator[str]:
    yield f"def {python_name(row.name)}("
    yield from (f"\n    {_parameter(parameter)}," for parameter in row.parameters)
    yield "\n) -> Effect:\n" if row.parameters else ") -> Effect:\n"
    text = re.sub(r"^(?=.)", "    ", documentation(row).replace("\\", "\\\\"), flags=re.MULTILINE)
    end = "\n    " if "\n" in text else ""
    yield f'    """{text.strip()}{end}"""\n'


def _parameter(parameter: Parameter) -> str:
    default = "" if parameter.default is None else f" = {_shown(parameter.default)}"
    return f"{python_name(parameter.name)}: {parameter.kind.accepts}{default}"


def _shown(default: object) -> str:
    return 'float("inf")' if default == float("inf") else repr(default)
