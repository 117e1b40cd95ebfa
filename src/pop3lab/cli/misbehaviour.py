"""The rules from the command line, with the whole catalogue."""

from collections.abc import Sequence

from pop3lab.behaviours.catalogue import BEHAVIOURS, parse_rule
from pop3lab.behaviours.profiles import mail_box
from pop3lab.behaviours.profiles.catalogue import profile_rules, without_overridden
from pop3lab.config.checks import needs_auth
from pop3lab.config.options import DIRECTORY_KEYWORDS, Settings
from pop3lab.core.errors import ConfigError
from pop3lab.core.suggest import nearest
from pop3lab.rules.engine import Rules
from pop3lab.rules.rule import Rule

_NO_AUTH = "rfc1939-commands"


def rules_of(settings: Settings) -> Rules:
    """Return the initial rules. Raises ConfigError."""
    if settings.is_directory:
        return _of_directory(settings)
    own = [parse_rule(text) for text in (*settings.quirks, *settings.rules)]
    profile = profile_rules(settings.profile, beside=own) if settings.profile else []
    return Rules(own, profile=profile, seed=settings.seed, live=settings.changes_live)


def _of_directory(settings: Settings) -> Rules:
    """Return the rules of Mail::Box's server or the profile, and those of the command line."""
    keywords = mail_box.MAIL_BOX_KEYWORDS
    changes = [keywords[word] for word in settings.keywords if word in keywords]
    added = [parse_rule(quirk) for change in changes for quirk in change.adds]
    own = [*map(_named, settings.quirks), *map(parse_rule, settings.rules)]
    dropped = {name for change in changes for name in change.drops}
    if needs_auth(settings):
        dropped.add(_NO_AUTH)
    server = _server(settings.profile, [*added, *own])
    kept = [rule for rule in server if rule.behaviour.name not in dropped]
    profile = {str(rule): rule for rule in (*kept, *added)}
    besides = {str(rule): rule for rule in own if str(rule) not in profile}  # ignores duplicates
    return Rules(
        besides.values(), profile=profile.values(), seed=settings.seed, live=settings.changes_live
    )


def _server(profile: str | None, beside: Sequence[Rule]) -> list[Rule]:
    """Return the rules of the profile, or of Mail::Box's test server in pop3lab's wording."""
    if profile:
        return profile_rules(profile, beside)
    return without_overridden(mail_box.mail_box(()), beside)


def _named(word: str) -> Rule:
    """Return a quirk, perhaps with values: `uidl-unsupported`, `size-estimate factor=2`."""
    name = word.split(" ", maxsplit=1)[0]
    if name not in BEHAVIOURS and "->" not in word:
        known = [*DIRECTORY_KEYWORDS, *BEHAVIOURS]
        raise ConfigError(f"unknown keyword or quirk {word!r}{nearest(name, known)}")
    return parse_rule(word)
