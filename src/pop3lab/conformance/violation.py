"""The type of a violation, apart from the registry, which imports all checks."""

from collections.abc import Collection
from typing import Literal, NamedTuple

Level = Literal["MUST", "SHOULD", "advice"]

REMEMBERS = "remembers"  # that a client knows in a session what it has had in those before
CLAIMS = (REMEMBERS,)


class Violation(NamedTuple):
    """A way in which a client violates the RFCs.

    level: "MUST" and "SHOULD" where the clause, or the grammar in it, leaves the client no other
    way or hardly one; "advice" where it leaves the choice, and one choice puts mail, a password or
    others' service at risk. why: one paragraph. claim: of a client that says this of itself, the
    level is SHOULD.
    """

    id: str
    level: Level
    clause: str
    meaning: str
    why: str
    claim: str = ""

    def level_for(self, claims: Collection[str]) -> Level:
        """The level for a client that claims this."""
        return "SHOULD" if self.claim and self.claim in claims else self.level
