"""The catalogue as data, as `pop3lab quirks`, `faults`, `attacks` and `profiles` print it.

Each function returns its records in the order of the catalogue.
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
    """A parameter of a behaviour.

    Attributes:
        name: The name.
        meaning: The meaning, in one line.
        kind: The values that it takes, in words.
        default: The default, as written in a rule; None if the parameter is required.
        choices: The words to choose from, if there is a fixed set.
    """

    name: str
    meaning: str
    kind: str
    default: str | None
    choices: tuple[str, ...]

    @classmethod
    def of(cls, row: Parameter) -> "ParameterRecord":
        """Return the record of a parameter."""
        default = None if row.default is None else row.show(row.default)
        return cls(row.name, row.meaning, row.kind.name, default, row.kind.words)


@dataclass(frozen=True, slots=True)
class BehaviourRecord:
    """A quirk, fault or attack.

    In aspect, against, takes and needs, a name in braces stands for a value of the behaviour, and
    {on} for the commands of its rule.

    Attributes:
        name: The name.
        family: "quirk", "fault" or "attack".
        category: The section of the manual.
        meaning: The meaning, in one line.
        source: The servers that do it and the evidence, with its grade. A: seen in source code or a
            recording. B: reported with a trace. C: documented. D: folklore.
        bugs: Known client bugs.
        counted: The subject of its hits, if they do not count changes.
        parameters: The parameters, in order.
        aspect: The decisions that it makes alone.
        against: The names of behaviours that it can't stand together with.
        takes: The things that are not there while it holds.
        needs: The things without which it has nothing to act on.
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
        """Return the record of a behaviour."""
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
    """Return all quirks."""
    return _family("quirk")


def faults() -> tuple[BehaviourRecord, ...]:
    """Return all faults."""
    return _family("fault")


def attacks() -> tuple[BehaviourRecord, ...]:
    """Return all attacks."""
    return _family("attack")


def profiles() -> tuple[Profile, ...]:
    """Return all profiles, with their rules and sources."""
    return tuple(PROFILES.values())


def violations() -> tuple[Violation, ...]:
    """Return all violations that the server can report."""
    return tuple(VIOLATIONS.values())


def _family(family: str) -> tuple[BehaviourRecord, ...]:
    return tuple(BehaviourRecord.of(row) for row in BEHAVIOURS.values() if row.family == family)
