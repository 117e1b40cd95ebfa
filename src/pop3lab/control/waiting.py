"""What can be waited for: counters and verbs, each with the number that it is to reach."""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from pop3lab.core.command import COMMANDS as VERBS
from pop3lab.core.errors import ConfigError
from pop3lab.core.suggest import nearest
from pop3lab.core.units import read_seconds
from pop3lab.observe.counters import COUNTED, Counters
from pop3lab.rules.engine import Rules

_PATIENCE = 10.0  # default seconds of a wait
_TIMEOUT = "timeout"


class WantedCounts(NamedTuple):
    """Numbers to be reached, and the seconds to wait for them."""

    counts: Mapping[str, int]
    seconds: float


def wanted_counts(
    counters: Counters, rules: Rules, given: Iterable[tuple[str, str]]
) -> WantedCounts:
    """Parse names with their numbers, one of which may be the timeout. Raises ConfigError."""
    numbers: dict[str, int] = {}
    seconds = _PATIENCE
    for name, number in given:
        if name == _TIMEOUT:
            seconds = _number(name, number)
        elif name in counters or name in _verbs(rules):
            numbers[name] = int(_number(name, number))
        else:
            known = _verbs(rules) if name.isupper() else (*COUNTED, _TIMEOUT)
            raise ConfigError(f"unknown counter {name!r}{nearest(name, known)}")
    if not numbers:
        raise ConfigError("nothing to wait for: write wait sessions=1, or wait RETR=3 timeout=2")
    return WantedCounts(numbers, seconds)


def _verbs(rules: Rules) -> Collection[str]:
    """Return the standard verbs and those of the rules in force."""
    tables = [active.hooks.commands(VERBS) for active in rules.active]
    return sorted({*VERBS}.union(*tables))


def _number(name: str, text: str) -> float:
    try:
        number = read_seconds(text) if name == _TIMEOUT else float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1e9:
        raise ConfigError(f"{name}= needs a number, 0 or more, not {text!r}")
    return number
