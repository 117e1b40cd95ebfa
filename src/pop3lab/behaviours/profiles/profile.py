"""The type of a profile: a known server as a bundle of rules."""

from typing import NamedTuple


class ProfileRule(NamedTuple):
    """A rule of a profile, with its source and the grade of the evidence.

    Attributes:
        rule: The text of the rule.
        source: The source of the evidence.
        grade: A: seen in source code or a recording. B: reported with a trace. C: documented.
            D: folklore.
        unsure: The source is a single weak claim.
        in_force: The server does so in each session. Otherwise it does so for some messages, under
            load, with a setting or in some versions; add the rule yourself to imitate that.
        known: False if there is no evidence; the rule then only stands in for the real behaviour.
    """

    rule: str
    source: str
    grade: str
    unsure: bool = False
    in_force: bool = True
    known: bool = True


class Profile(NamedTuple):
    """A real server as a bundle of rules.

    Attributes:
        name: The name.
        meaning: The server, in one line.
        rules: The rules.
    """

    name: str
    meaning: str
    rules: tuple[ProfileRule, ...]


def rules_from(
    source: str, grade: str, *rules: str, unsure: bool = False, in_force: bool = True
) -> tuple[ProfileRule, ...]:
    """Return rules of one source."""
    return tuple(ProfileRule(rule, source, grade, unsure, in_force) for rule in rules)


# For a server whose list is unknown: what any such server has, and nothing of pop3lab's.
UNKNOWN_LIST = tuple(
    ProfileRule(rule, "no trace of its list found", "D", unsure=True, known=False)
    for rule in ("auth-only", 'capa-lines "TOP,USER,UIDL,{stls}"')
)
