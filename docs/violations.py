"""The page of the manual on violations."""

from pop3lab.conformance.registry import VIOLATIONS
from pop3lab.conformance.violation import Violation

_HEAD = """\
# Violations

What a client does against the RFCs, found in any session without a script. Each has an id that
stays, and stands in the transcript right behind the line that decides it. They are judged by what
the client saw on the wire: where a rule or a quirk leaves open what it could know, nothing is
found.

MUST and SHOULD: the clause, or the grammar in it, leaves the client no other way, or hardly one.
advice: it leaves the choice, and one choice puts mail, a password or others' service at risk.

Some look over sessions, as long as a server runs, and over its restarts within a test until
`reset()`: what this user's client did with the same message, by the store's unique-id, in one
session after another. They are advice; for a client of which the test says that it remembers,
`Pop3Server(claims=("remembers",))`, they are SHOULD, and what came before the server or a rule
broke a session counts as fetched, too.

| id | level | clause | meaning |
|---|---|---|---|
"""


def violations() -> str:
    """The page, in Markdown."""
    rows = "".join(
        f"| [{row.id}](#{row.id}) | {row.level} | {row.clause} | {row.meaning} |\n"
        for row in VIOLATIONS.values()
    )
    return _HEAD + rows + "".join(_section(row) for row in VIOLATIONS.values())


def _section(row: Violation) -> str:
    claimed = f" (SHOULD, where the client claims that it {row.claim})" if row.claim else ""
    return f"\n## {row.id}\n\n{row.level}{claimed}, {row.clause}: {row.meaning}.\n\n{row.why}\n"
