"""What a profile is: a known server as a bundle of rules."""

from typing import NamedTuple


class ProfileRule(NamedTuple):
    """One rule of a profile, as it is written, with its source and the grade of the evidence.

    grade: A seen in source or a recording, B reported with a trace, C documented, D
    folklore. unsure: a weak claim of one source. in_force: whether the server does so in each
    session; what it does to some messages, under load, by a setting or in some versions is only
    told, as a rule to be given besides. known: no, where nobody has told what the server does, and
    the rule stands for nothing but that.
    """

    rule: str
    source: str
    grade: str
    unsure: bool = False
    in_force: bool = True
    known: bool = True


class Profile(NamedTuple):
    """A known server. meaning: which, in one line."""

    name: str
    meaning: str
    rules: tuple[ProfileRule, ...]


def rules_from(
    source: str, grade: str, *rules: str, unsure: bool = False, in_force: bool = True
) -> tuple[ProfileRule, ...]:
    """Return rules of one source."""
    return tuple(ProfileRule(rule, source, grade, unsure, in_force) for rule in rules)


# For a server whose list nobody has told: what any of its kind has, and nothing of ours.
UNKNOWN_LIST = tuple(
    ProfileRule(rule, "no trace of its list found", "D", unsure=True, known=False)
    for rule in ("auth-only", 'capa-lines "TOP,USER,UIDL,{stls}"')
)
