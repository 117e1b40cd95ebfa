"""All ordered pairs of behaviours, on the session without sockets and clock.

Each pair shows both, is refused with a reason, or belongs to a class of exceptions that is found
from what each does alone. What is refused is refused for a reason, too: forced to stand together,
one of the two is lost.
"""

from collections.abc import Iterator

import pytest

from pop3lab.core.errors import ConfigError
from pop3lab.faults.rules import Rules
from tests.faults.pairs.judging import BOTH, EXCEPTIONS, Shows, alone, shown, where
from tests.faults.pairs.small import RULES

NAMES = list(RULES)


@pytest.fixture(autouse=True)
def the_same_nonces(monkeypatch: pytest.MonkeyPatch) -> None:
    """What scramp draws by lot does not tell one run from another."""
    monkeypatch.setattr("scramp.core.token_hex", lambda octets=32: "ab" * octets)


def excused(one: str, two: str, shows: Shows) -> bool:
    """Whether there is a class of exceptions for each that is lost."""
    first = shows.first or any(holds(two, one) for holds in EXCEPTIONS)
    return first and (shows.second or any(holds(one, two) for holds in EXCEPTIONS))


def refusal(one: str, two: str) -> str:
    """Why they can't stand together, or nothing."""
    try:
        Rules([RULES[one], RULES[two]], seed=1)
    except ConfigError as error:
        return str(error)
    return ""


def lost(one: str) -> Iterator[str]:
    """The pairs that begin with it in which one is silently without effect."""
    for two in NAMES:
        if two == one:
            continue
        try:
            shows = shown(one, two)
        except ConfigError:
            continue
        if shows != BOTH and not excused(one, two, shows):
            yield f"{one} {two}: {shows}"


@pytest.mark.parametrize("name", NAMES)
def test_each_shows_in_some_dialogue(name: str) -> None:
    assert where(name)


@pytest.mark.parametrize("one", NAMES)
def test_a_pair_shows_both_or_is_refused_or_excused(one: str) -> None:
    assert not list(lost(one))


@pytest.mark.parametrize("one", NAMES)
def test_what_is_refused_would_lose_one_of_the_two(one: str) -> None:
    for two in NAMES[NAMES.index(one) + 1 :]:
        reason = refusal(one, two)
        assert bool(reason) is bool(refusal(two, one)), two
        if reason:
            assert one in reason
            assert two in reason
            assert loses(one, two) or loses(two, one), reason


def loses(one: str, two: str) -> bool:
    """Whether one of them is lost, or the session, where they stand together all the same."""
    try:
        return alone(one) == alone(two) or shown(one, two, checked=False) != BOTH
    except Exception:  # noqa: BLE001 - any is a reason
        return True
