"""Pairs of behaviours that share a seam in transport, TLS and timers, on real sockets.

Each pair shows both, is refused with a reason, or the first ends the connection, or leaves the
client waiting, before the other is reached.
"""

from collections.abc import Iterator
from functools import cache

import pytest

from pop3lab.behaviours.catalogue import parse_rule
from pop3lab.core.command import COMMANDS
from pop3lab.core.errors import ConfigError
from pop3lab.core.hooks import Hooks
from pop3lab.core.request import CONNECT, GREETING, SILENCE
from pop3lab.rules.behaviour import ServerContext
from pop3lab.rules.engine import Rules
from pop3lab.rules.rule import Rule
from pop3lab.rules.values import SECONDS
from tests.behaviours.pairs.calling import CALLS, Trace, call
from tests.behaviours.pairs.small import RULES

SOON = 0.004  # seconds


def _text(rule: Rule) -> str:
    """The rule, with little time in all its values."""
    given = str(rule)
    times = [
        p for p in rule.behaviour.parameters if p.kind is SECONDS and f"{p.name}=" not in given
    ]
    return " ".join([given, *(f"{p.name}={SOON}" for p in times)])


def seams(rule: Rule) -> set[str]:
    """The verbs of which it changes how they are sent, or how TLS begins; silence if it wakes."""
    script = rule.effect.hooks(ServerContext())
    sends: set[str] = set()
    if type(script).actions is not Hooks.actions:
        every = {*COMMANDS, CONNECT.verb, GREETING.verb}
        sends = every if script.sends is None else set(script.sends)
    if script.replies is not None and "STLS" in script.replies:
        sends |= {"STLS"}
    return sends | (
        {SILENCE.verb} if type(script).wakeup_delay is not Hooks.wakeup_delay else set()
    )


@cache
def alone(text: str = "") -> list[Trace]:
    """All calls under one behaviour, or none."""
    return [call([text] if text else [], said) for said in CALLS]


TEXTS = {name: _text(rule) for name, rule in RULES.items() if seams(rule)}
NAMES = list(TEXTS)
_WIRE = {CONNECT.verb, "STLS", SILENCE.verb}


def lost(one: str, two: str) -> list[str]:
    """Those of the two that do not show, and for which there is no reason."""
    first, second, book = alone(TEXTS[one]), alone(TEXTS[two]), alone()
    _ = Rules([parse_rule(TEXTS[one]), parse_rule(TEXTS[two])])
    missed = {one: (first, second), two: (second, first)} if first != second else {}
    missed = {name: pair for name, pair in missed.items() if pair[0] != book}
    for nth, said in enumerate(CALLS):
        useful = any(own[nth] != book[nth] for own, _ in missed.values())
        both = call([TEXTS[one], TEXTS[two]], said) if useful else ()
        shown = [name for name, (_, other) in missed.items() if useful and both != other[nth]]
        missed = {name: pair for name, pair in missed.items() if name not in shown}
    return [name for name, (own, other) in missed.items() if not _ends_before(other, own, book)]


def _ends_before(ender: list[Trace], other: list[Trace], book: list[Trace]) -> bool:
    """Whether in each call the one leaves nothing of it where the other would show."""
    places = [
        (nth, place)
        for nth, (own, usual) in enumerate(zip(other, book, strict=True))
        if (place := _first(own, usual)) is not None
    ]
    return all(
        any(a.ends and a != b for a, b in zip(ender[n][: at + 1], book[n], strict=False))
        for n, at in places
    )


def _first(one: Trace, other: Trace) -> int | None:
    """Where they first differ."""
    for place, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return place
    return None if len(one) == len(other) else min(len(one), len(other))


def sharing(one: str) -> Iterator[str]:
    """The others that share a seam with it: a connection's begin, STLS, or silence."""
    for two in NAMES:
        if two != one and seams(RULES[one]) & seams(RULES[two]) & _WIRE:
            yield two


@pytest.mark.soak
@pytest.mark.parametrize("one", NAMES)
def test_pairs_on_sockets_show_both_or_are_refused_or_excused(one: str) -> None:
    wrong = []
    for two in sharing(one):
        try:
            wrong += [f"{one} {two}: no {name}" for name in lost(one, two)]
        except ConfigError:
            continue
    assert not wrong
