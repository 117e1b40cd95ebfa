"""The type of a violation, separate from the registry, which imports all checks."""

from collections.abc import Collection
from typing import Literal, NamedTuple

Level = Literal["MUST", "SHOULD", "advice"]

REMEMBERS = "remembers"  # the client remembers messages from earlier sessions
CLAIMS = (REMEMBERS,)


class Violation(NamedTuple):
    """A way in which a client violates the RFCs.

    Attributes:
        id: The stable id.
        level: "MUST" or "SHOULD" if the clause, or its grammar, leaves the client no other way or
            hardly one; "advice" if it leaves a choice, and the client's choice risks mail, a
            password or the service of others.
        clause: The clause of the RFC.
        meaning: The meaning, in one line.
        why: The reason, in one paragraph.
        claim: The claim about a client that raises the level to SHOULD; empty for none.
    """

    id: str
    level: Level
    clause: str
    meaning: str
    why: str
    claim: str = ""

    def level_for(self, claims: Collection[str]) -> Level:
        """Return the level for a client with these claims."""
        return "SHOULD" if self.claim and self.claim in claims else self.level
