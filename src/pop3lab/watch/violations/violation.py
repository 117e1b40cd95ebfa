"""What a violation is."""

from typing import Literal, NamedTuple

Level = Literal["MUST", "SHOULD", "advice"]


class Violation(NamedTuple):
    """A breach of the RFCs by a client.

    level: "MUST" and "SHOULD" where the clause, or the grammar in it, leaves the client no other
    way or hardly one; "advice" where it leaves the choice, and one choice puts mail, a password or
    others' service at risk. why: one paragraph.
    """

    id: str
    level: Level
    clause: str
    meaning: str
    why: str
