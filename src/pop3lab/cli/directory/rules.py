"""The rules of the command line: the test server of Mail::Box, and what is asked for besides."""

from collections.abc import Sequence

from pop3lab.behaviours.catalogue import BEHAVIOURS, make_rule, parse_rule
from pop3lab.behaviours.profiles import mail_box
from pop3lab.behaviours.profiles.catalogue import giving_way, profile_rules
from pop3lab.cli.directory.options import KEYWORDS, DirectorySettings, UsageError
from pop3lab.core.errors import ConfigError
from pop3lab.rules.engine import Rules
from pop3lab.rules.rule import Rule
from pop3lab.rules.tokens import nearest


def rules(settings: DirectorySettings) -> Rules:
    """Those in force from the beginning. Raises UsageError."""
    try:
        changes = [
            mail_box.MAIL_BOX_KEYWORDS[word]
            for word in settings.keywords
            if word in mail_box.MAIL_BOX_KEYWORDS
        ]
        added = [parse_rule(quirk) for change in changes for quirk in change.adds]
        own = _own(settings)
        dropped = {name for change in changes for name in change.drops}
        server = _server(settings.profile, [*added, *own])
        kept = [rule for rule in server if rule.behaviour.name not in dropped]
        profile = {str(rule): rule for rule in (*kept, *added)}
        besides = {
            str(rule): rule for rule in own if str(rule) not in profile
        }  # said twice is said
        return Rules(
            besides.values(), profile=profile.values(), seed=settings.seed, live=settings.control
        )
    except ConfigError as error:
        raise UsageError(str(error)) from None


def _own(settings: DirectorySettings) -> list[Rule]:
    """What is asked for by name, or by --when."""
    named = [_named(word) for word in settings.keywords if word not in KEYWORDS]
    return named + [make_rule(when, what) for when, what in settings.whens]


def _server(profile: str | None, beside: Sequence[Rule]) -> list[Rule]:
    """The rules of the profile, or what Mail::Box's test server does, in words of our own."""
    if profile:
        return profile_rules(profile, beside)
    return giving_way(mail_box.mail_box(()), beside)


def _named(word: str) -> Rule:
    """A quirk, perhaps with values: `no-uidl`, `size-estimate factor=2`."""
    name = word.split(" ", maxsplit=1)[0]
    if name not in BEHAVIOURS and "->" not in word:
        known = nearest(name.lower(), [*KEYWORDS, *BEHAVIOURS])
        raise ConfigError(f"unknown keyword {word!r}, {known}")
    return parse_rule(word)
