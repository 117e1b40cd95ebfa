"""All ordered pairs of behaviours, on the session without sockets and clock.

Each pair shows both, is refused with a reason, or belongs to a class of exceptions that is found
from what each does alone.
"""

from collections.abc import Iterator
from functools import cache

import pytest

from pop3lab.core.errors import ConfigError
from pop3lab.rules.engine import Rules
from tests.behaviours.pairs.judging import BOTH, EXCEPTIONS, Shows, shown, where
from tests.behaviours.pairs.small import RULES

NAMES = list(RULES)
PART = 24  # of all pairs one in so many is looked at each time


@pytest.fixture(autouse=True)
def the_same_nonces(monkeypatch: pytest.MonkeyPatch) -> None:
    """What scramp draws by lot does not tell one run from another."""
    monkeypatch.setattr("scramp.core.token_hex", lambda octets=32: "ab" * octets)


def excused(one: str, two: str, shows: Shows) -> bool:
    """Whether there is a class of exceptions for each that is lost."""
    first = shows.first or any(holds(two, one) for holds in EXCEPTIONS)
    return first and (shows.second or any(holds(one, two) for holds in EXCEPTIONS))


@cache
def under(name: str) -> Rules:
    """A server's rules, of which this is the first."""
    return Rules([RULES[name]], seed=1)


def refusal(one: str, two: str) -> str:
    """Why they can't stand together, or nothing."""
    rules = under(one)
    try:
        rules.remove(rules.add(RULES[two]))
    except ConfigError as error:
        return str(error)
    return ""


def lost(one: str, every: int = 1) -> Iterator[str]:
    """The pairs that begin with it in which one is silently without effect; or some of them."""
    place = NAMES.index(one)
    for two in NAMES[place % every :: every]:
        if two == one:
            continue
        try:
            shows = shown(one, two)
        except ConfigError:
            continue
        if shows != BOTH and not excused(one, two, shows):
            yield f"{one} {two}: {shows}"


@pytest.mark.parametrize("one", [name for part in range(PART) for name in NAMES[part::PART]])
def test_it_shows_in_some_dialogue_and_in_pairs_unless_refused_or_excused(one: str) -> None:
    """Some of all pairs; those that have sessions in common follow each other."""
    assert where(one)
    assert not list(lost(one, every=PART))


@pytest.mark.soak
@pytest.mark.parametrize("one", NAMES)
def test_each_pair_shows_both_or_is_refused_or_excused(one: str) -> None:
    """All of them: two to three minutes of one core."""
    assert not list(lost(one))


@pytest.mark.parametrize("one", NAMES)
def test_a_refusal_names_both_and_does_not_depend_on_their_order(one: str) -> None:
    for two in NAMES[NAMES.index(one) + 1 :]:
        reasons = refusal(one, two), refusal(two, one)
        assert bool(reasons[0]) is bool(reasons[1]), two
        assert all(one in reason and two in reason for reason in reasons if reason)
