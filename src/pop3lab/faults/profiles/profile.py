"""What a profile is: a known server as a bundle of rules."""

from typing import NamedTuple


class Trait(NamedTuple):
    """One rule of a profile, as it is written, with its source and the grade of the evidence.

    grade: A read in source or a recorded session, B reported with a trace, C documented, D
    folklore. unsure: a weak claim of one source.
    """

    rule: str
    source: str
    grade: str
    unsure: bool = False


class Profile(NamedTuple):
    """A known server. meaning: which, in one line."""

    name: str
    meaning: str
    traits: tuple[Trait, ...]
