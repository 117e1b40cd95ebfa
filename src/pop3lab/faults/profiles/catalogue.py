"""All profiles by name."""

from collections.abc import Mapping

from pop3lab.core.errors import ConfigError
from pop3lab.faults.profiles.mail_box import mail_box
from pop3lab.faults.profiles.profile import Profile
from pop3lab.faults.rule import Rule
from pop3lab.faults.rule_text import parse_rule
from pop3lab.faults.words import nearest

PROFILES: Mapping[str, Profile] = {}


def profile_rules(name: str) -> list[Rule]:
    """The rules of a profile. Raises ConfigError."""
    if name == "mail-box":
        return mail_box(())
    if name not in PROFILES:
        raise ConfigError(f"there is no profile {name!r}, {nearest(name, [*PROFILES, 'mail-box'])}")
    return [parse_rule(trait.rule) for trait in PROFILES[name].traits]
