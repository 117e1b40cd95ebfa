"""All profiles by name."""

from collections.abc import Iterable, Mapping, Sequence

from pop3lab.behaviours.catalogue import parse_rule
from pop3lab.behaviours.profiles import (
    exchange,
    historical,
    mail_box,
    open_source,
    providers,
    suites,
    test_servers,
)
from pop3lab.behaviours.profiles.profile import Profile
from pop3lab.core.errors import ConfigError
from pop3lab.core.suggest import nearest
from pop3lab.rules.behaviour import ServerContext
from pop3lab.rules.conflicts import RuleFootprint, check_beside, check_left_over
from pop3lab.rules.rule import Rule

_KINDS = (
    mail_box,
    providers,
    exchange,
    open_source,
    suites,
    historical,
    test_servers,
)

PROFILES: Mapping[str, Profile] = {
    profile.name: profile for kind in _KINDS for profile in kind.PROFILES
}


def profile_rules(name: str, beside: Sequence[Rule] = ()) -> list[Rule]:
    """Return the rules of a profile that are in force. Raises ConfigError.

    beside: rules that follow; rules of the profile that decide the same are left out.
    """
    if name not in PROFILES:
        raise ConfigError(f"unknown profile {name!r}{nearest(name, PROFILES)}")
    rules = [parse_rule(rule.rule) for rule in PROFILES[name].rules if rule.in_force]
    return without_overridden(rules, beside)


def without_overridden(rules: Iterable[Rule], beside: Sequence[Rule]) -> list[Rule]:
    """Return the rules that do not decide the same as the others."""
    return [rule for rule in rules if not any(_gives_way(rule, other) for other in beside)]


def _gives_way(rule: Rule, other: Rule) -> bool:
    return _is_again(rule, other) or _conflicts(rule, other)


def _is_again(rule: Rule, other: Rule) -> bool:
    """Whether it is the same quirk with other values, where both would take effect.

    A wording need not give way: of two texts for a verb, the later one wins.
    """
    same = rule.behaviour is other.behaviour and rule.behaviour.category != "wording"
    return same and (other.always or other.condition_text == rule.condition_text)


def _conflicts(rule: Rule, other: Rule) -> bool:
    try:
        check_beside(rule, [other])
        check_left_over(_footprint(rule), [_footprint(other)])
    except ConfigError:
        return True
    return False


def _footprint(rule: Rule) -> RuleFootprint:
    return RuleFootprint(rule, rule.effect.hooks(ServerContext()))
