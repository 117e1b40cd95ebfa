"""The page of the manual on violations."""

from pop3lab.conformance.registry import VIOLATIONS
from pop3lab.conformance.violation import Violation

_HEAD = """\
# Violations

A violation is something that a client did against an RFC. The server reports violations in any
session; you need no script. Each has a stable id, and the transcript shows it right after the line
that decides it. The server judges by what the client saw on the wire. If a rule or a quirk leaves
open what the client could know, it reports nothing.

- MUST and SHOULD: the clause, or its grammar, leaves the client no other way, or hardly one.
- advice: the clause leaves a choice, and the client's choice risks mail, a password or the service
  of others.

Some violations span several sessions. They compare what this user's client did with the same
message, by the store's unique-id, in one session after another, while the server runs; in a test
also over its restarts until `reset()`. They are advice. If the test claims that the client
remembers, `Pop3Server(claims=("remembers",))`, they are SHOULD, and a message that came before the
server or a rule broke off the session counts as fetched, too.

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
    claimed = f" (SHOULD if the test claims that the client {row.claim})" if row.claim else ""
    return f"\n## {row.id}\n\n{row.level}{claimed}, {row.clause}: {row.meaning}.\n\n{row.why}\n"
