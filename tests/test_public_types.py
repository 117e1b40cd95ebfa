"""Whoever can name a public class can name what its methods take and return."""

import inspect
import ssl
from collections.abc import Iterator
from types import FunctionType
from typing import Any, get_args, get_type_hints

import pytest

import pop3lab
from pop3lab import catalogue, interfaces

PUBLIC = {
    id(getattr(module, name))
    for module in (pop3lab, catalogue, interfaces)
    for name in module.__all__
}

LATER = {"ssl": ssl, "WebOptions": pop3lab.WebOptions}  # what is imported for types alone


def named(hint: Any) -> Iterator[type]:
    """The classes of ours in a hint."""
    if isinstance(hint, list):
        hint = tuple[*hint]
    for part in get_args(hint):
        yield from named(part)
    if isinstance(hint, type) and hint.__module__.startswith("pop3lab"):
        yield hint


def methods(owner: type) -> Iterator[FunctionType]:
    for name, member in inspect.getmembers(owner):
        function = member.fget if isinstance(member, property) else member
        if isinstance(function, FunctionType) and (name == "__init__" or not name.startswith("_")):
            yield function


@pytest.mark.parametrize(
    "owner",
    [
        pop3lab.Pop3Server,
        pop3lab.Server,
        interfaces.EventSink,
        interfaces.LoginThrottle,
        interfaces.Maildrop,
        interfaces.Mechanism,
        interfaces.Store,
        interfaces.Users,
    ],
    ids=lambda owner: owner.__name__,
)
def test_all_types_of_a_public_class_are_public(owner: type) -> None:
    private = {
        found.__name__
        for method in methods(owner)
        for hint in get_type_hints(method, localns=LATER).values()
        for found in named(hint)
        if id(found) not in PUBLIC
    }
    assert private <= {base.__name__ for base in owner.__mro__}


def test_a_violation_can_be_named() -> None:
    assert interfaces.ViolationFound.__module__ == "pop3lab.core.events"
    assert id(interfaces.ViolationFound) in PUBLIC
