"""What has to change for a server to have certain rules."""

from collections.abc import Iterable
from typing import NamedTuple

from pop3lab.behaviours.catalogue import parse_rule
from pop3lab.rules.active_rule import ActiveRule
from pop3lab.rules.engine import Rules
from pop3lab.rules.rule import Rule


class RuleChanges(NamedTuple):
    """The rules in force to be removed, then those to be added."""

    removed: list[ActiveRule]
    added: list[Rule]


def changes_to(rules: Rules, texts: Iterable[str]) -> RuleChanges:
    """Return the changes after which there are these rules, besides those of the profile.

    A rule that is in force already stays, with its hits. Raises ConfigError if one of them is
    wrong, or if they can't stand together.
    """
    wanted = {str(rule): rule for rule in map(parse_rule, texts)}
    own = [active for active in rules.active if active.expected]
    profile = [active.rule for active in rules.active if not active.expected]
    Rules(wanted.values(), profile=profile, seed=rules.seed)  # checks that they fit
    there = {active.text for active in own}
    return RuleChanges(
        [active for active in own if active.text not in wanted],
        [rule for text, rule in wanted.items() if text not in there],
    )
