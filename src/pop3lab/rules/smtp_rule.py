"""Rules about SMTP: `SMTP RCPT nth=2 -> reply "451 4.3.0 later"`. They hold for LMTP, too.

A condition has the word SMTP, perhaps a verb or MESSAGE, which is the end of a message's text, and
perhaps nth= or every=.
"""

from pop3lab.core.errors import ConfigError
from pop3lab.rules.conditions import CommandIs, Every, Nth
from pop3lab.rules.rule import Rule

SMTP_WORD = CommandIs("SMTP")
SMTP_EFFECTS = ("reply", "delay", "stall", "close", "reset")


def is_for_smtp(rule: Rule) -> bool:
    """Tell whether the rule is about SMTP."""
    return SMTP_WORD in rule.condition.terms()


def check_smtp_rule(rule: Rule) -> None:
    """Raise ConfigError for what has no meaning on SMTP."""
    if rule.behaviour.name not in SMTP_EFFECTS:
        raise ConfigError(f"{str(rule)!r}: on SMTP the effects are {', '.join(SMTP_EFFECTS)}")
    if rule.target or not all(
        isinstance(term, CommandIs | Nth | Every) for term in rule.condition.terms()
    ):
        raise ConfigError(f"{str(rule)!r}: on SMTP the conditions are a verb, nth= and every=")
