"""All violations by their ids, which are never renamed."""

import sys
from collections.abc import Mapping

from pop3lab.conformance.checks_login import (
    AGAIN_AFTER_AUTH,
    AGAIN_AFTER_SYS_PERM,
    APOP_WITHOUT_TIMESTAMP,
    AT_ONCE_AFTER_IN_USE,
    BEHIND_STLS,
    CLEAR_THOUGH_SASL,
    CLEAR_THOUGH_TLS,
    FACTS_FROM_BEFORE_TLS,
    MECHANISM_NOT_OFFERED,
    NO_CAPA_AFTER_STLS,
    TOKEN_IN_CLEAR,
    UNASKED_INITIAL_RESPONSE,
    WITHIN_LOGIN_DELAY,
)
from pop3lab.conformance.checks_messages import (
    DELE_OF_INCOMPLETE,
    DELE_OF_UNSENT,
    DELETED_NUMBER,
    NEVER_LISTED,
)
from pop3lab.conformance.checks_sequence import (
    BEFORE_GREETING,
    CONNECTION_RESET,
    NO_QUIT,
    PASS_AFTER_REFUSED_USER,
    PASS_NOT_AFTER_USER,
    PIPELINING,
    QUIT_NOT_AWAITED,
    WRONG_STATE,
)
from pop3lab.conformance.checks_sessions import (
    DELETED_CAME_BACK,
    DELETED_UNFETCHED,
    FETCHED_AGAIN,
    STOPPED_AT,
)
from pop3lab.conformance.checks_syntax import (
    BARE_LF,
    CONTROL,
    EIGHT_BIT,
    INITIAL_RESPONSE_TOO_LONG,
    LINE_TOO_LONG,
    NO_KEYWORD,
    NOT_BASE64,
    NUL,
    SEVERAL_SPACES,
    SPACES_BEHIND_KEYWORD,
    WRONG_ARGUMENTS,
)
from pop3lab.conformance.violation import Violation

# fmt: off
_ROWS = (
    BARE_LF, LINE_TOO_LONG, INITIAL_RESPONSE_TOO_LONG, NUL, CONTROL, EIGHT_BIT,
    NO_KEYWORD, SEVERAL_SPACES, SPACES_BEHIND_KEYWORD, WRONG_ARGUMENTS,
    BEFORE_GREETING, PIPELINING,
    WRONG_STATE, PASS_AFTER_REFUSED_USER, PASS_NOT_AFTER_USER,
    BEHIND_STLS, NO_CAPA_AFTER_STLS, FACTS_FROM_BEFORE_TLS,
    CLEAR_THOUGH_TLS, CLEAR_THOUGH_SASL, TOKEN_IN_CLEAR, MECHANISM_NOT_OFFERED,
    APOP_WITHOUT_TIMESTAMP, UNASKED_INITIAL_RESPONSE, NOT_BASE64,
    WITHIN_LOGIN_DELAY, AT_ONCE_AFTER_IN_USE, AGAIN_AFTER_SYS_PERM, AGAIN_AFTER_AUTH,
    NEVER_LISTED, DELETED_NUMBER, DELE_OF_INCOMPLETE, DELE_OF_UNSENT,
    NO_QUIT, QUIT_NOT_AWAITED, CONNECTION_RESET,
    FETCHED_AGAIN, STOPPED_AT, DELETED_UNFETCHED, DELETED_CAME_BACK,
)
# fmt: on

VIOLATIONS: Mapping[str, Violation] = {row.id: row for row in _ROWS}


# The page of the manual on violations; python -m pop3lab.conformance.registry prints it.

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


def page() -> str:
    """In Markdown."""
    rows = "".join(
        f"| [{row.id}](#{row.id}) | {row.level} | {row.clause} | {row.meaning} |\n"
        for row in VIOLATIONS.values()
    )
    return _HEAD + rows + "".join(_section(row) for row in VIOLATIONS.values())


def _section(row: Violation) -> str:
    claimed = f" (SHOULD, where the client claims that it {row.claim})" if row.claim else ""
    return f"\n## {row.id}\n\n{row.level}{claimed}, {row.clause}: {row.meaning}.\n\n{row.why}\n"


if __name__ == "__main__":
    sys.stdout.write(page())
