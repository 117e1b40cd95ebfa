"""The test server of Perl's Mail::Box, and its keywords."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pop3lab.behaviours import mail_box as quirks
from pop3lab.behaviours.profiles.profile import Profile
from pop3lab.rules.behaviour import Effect
from pop3lab.rules.rule import Rule


class Keyword(NamedTuple):
    """The quirks that a keyword adds to the profile, and those that it removes."""

    adds: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()


MAIL_BOX = (
    "rfc1939-commands",
    "perl-split",
    "list-at-greeting",
    "user-then-pass",
    "rset-one",
    "top-whole",
    "extra-crlf",
    "break-command",
    "exit-command",
)

MAIL_BOX_KEYWORDS: Mapping[str, Keyword] = {
    "minimal": Keyword(adds=("minimal-commands",), drops=("top-whole",)),
    "apoponly": Keyword(adds=("apop-only",), drops=("user-then-pass",)),
    "autodelete": Keyword(adds=("autodelete",)),
    "noextra": Keyword(adds=("crlf-for-empty",), drops=("extra-crlf",)),
}


def mail_box(words: Iterable[str]) -> list[Rule]:
    """Return the rules of Mail::Box's test server, changed by these keywords."""
    rows = (getattr(quirks, name.replace("-", "_")) for name in _names(words))
    return [Rule(Effect(row, {})) for row in rows]


def _names(words: Iterable[str]) -> list[str]:
    changes = [MAIL_BOX_KEYWORDS[word] for word in dict.fromkeys(words)]
    dropped = {name for change in changes for name in change.drops}
    kept = [name for name in MAIL_BOX if name not in dropped]
    return list(dict.fromkeys([*kept, *(name for change in changes for name in change.adds)]))


# No quirks, for those who want `pop3lab DIR` without those of Mail::Box.

BY_THE_BOOK = Profile("by-the-book", "no server in particular: all of POP3 as the RFCs say", ())

PROFILES = (BY_THE_BOOK,)
