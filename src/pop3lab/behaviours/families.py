"""The families of behaviours as modules of functions, created on first use.

These are pop3lab.quirks, pop3lab.faults and pop3lab.attacks. Their stubs for editors and type
checkers are written by python -m docs.generate.
"""

from collections.abc import Callable
from functools import cache

from pop3lab.behaviours.catalogue import BEHAVIOURS
from pop3lab.core.suggest import nearest
from pop3lab.rules.behaviour import Behaviour, Effect
from pop3lab.rules.functions import as_function, python_name


def members(family: str) -> dict[str, Behaviour]:
    """Return the behaviours of a family by the names of their functions."""
    rows = BEHAVIOURS.values()
    return {python_name(row.name): row for row in rows if row.family == family}


@cache
def function_of(family: str, name: str) -> Callable[..., Effect]:
    """Return the function of this name. Raises AttributeError."""
    rows = members(family)
    if name in rows:
        return as_function(rows[name])
    other = BEHAVIOURS.get(name.replace("_", "-"))
    if other:
        raise AttributeError(f"{other.name} is a {other.family}: {other.family}s.{name}")
    raise AttributeError(f"unknown {family} {name!r}{nearest(name, rows)}")
