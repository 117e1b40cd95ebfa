"""The catalogue as data: what `pop3lab quirks`, `faults`, `attacks` and `profiles` print.

`pop3lab.catalogue.quirks()` and the others return the rows in the order of the catalogue.
"""

from dataclasses import dataclass

from pop3lab.behaviours.catalogue import BEHAVIOURS
from pop3lab.behaviours.profiles.catalogue import PROFILES
from pop3lab.behaviours.profiles.profile import Profile, ProfileRule
from pop3lab.conformance.registry import VIOLATIONS
from pop3lab.conformance.violation import Violation
from pop3lab.rules.behaviour import Behaviour
from pop3lab.rules.values import Parameter

__all__ = [
    "BehaviourRecord",
    "ParameterRecord",
    "Profile",
    "ProfileRule",
    "Violation",
    "attacks",
    "faults",
    "profiles",
    "quirks",
    "violations",
]


@dataclass(frozen=True, slots=True)
class ParameterRecord:
    """A value that a behaviour takes.

    kind: which values it takes, in words. default: as it is written in a rule, None where the value
    must be given. choices: the words that there are to choose from, if it is one of some.
    """

    name: str
    meaning: str
    kind: str
    default: str | None
    choices: tuple[str, ...]

    @classmethod
    def of(cls, row: Parameter) -> "ParameterRecord":
        """Return what is known of a parameter."""
        default = None if row.default is None else row.show(row.default)
        return cls(row.name, row.meaning, row.kind.name, default, row.kind.words)


@dataclass(frozen=True, slots=True)
class BehaviourRecord:
    """A quirk, fault or attack.

    family: "quirk", "fault" or "attack". category: the section of the manual that it stands in.
    source: who does it and how that is known, with the grade of the evidence where there is one
    (A seen in source or a recording, B reported with a trace, C documented, D folklore). bugs:
    known client bugs. counted: what its hits count, where they do not count changes.

    aspect: what it decides alone. against: names that it can't stand beside. takes: what there is
    no more where it holds. needs: without any of these it has nothing to work on. Fields in braces
    stand for its values, {on} for the commands of its rule.
    """

    name: str
    family: str
    category: str
    meaning: str
    source: str
    bugs: str
    counted: str
    parameters: tuple[ParameterRecord, ...]
    aspect: tuple[str, ...]
    against: tuple[str, ...]
    takes: tuple[str, ...]
    needs: tuple[str, ...]

    @classmethod
    def of(cls, row: Behaviour) -> "BehaviourRecord":
        """Return what is known of a behaviour."""
        return cls(
            row.name,
            row.family,
            row.category,
            row.meaning,
            row.source,
            row.bugs,
            row.counted,
            tuple(map(ParameterRecord.of, row.parameters)),
            (row.aspect,) if isinstance(row.aspect, str) else row.aspect,
            row.against,
            row.takes,
            row.needs,
        )


def quirks() -> tuple[BehaviourRecord, ...]:
    """All quirks."""
    return _family("quirk")


def faults() -> tuple[BehaviourRecord, ...]:
    """All faults."""
    return _family("fault")


def attacks() -> tuple[BehaviourRecord, ...]:
    """All attacks."""
    return _family("attack")


def profiles() -> tuple[Profile, ...]:
    """All profiles, with their rules as they are written, each with its source."""
    return tuple(PROFILES.values())


def violations() -> tuple[Violation, ...]:
    """All violations that a client can be found to commit."""
    return tuple(VIOLATIONS.values())


def _family(family: str) -> tuple[BehaviourRecord, ...]:
    return tuple(BehaviourRecord.of(row) for row in BEHAVIOURS.values() if row.family == family)
