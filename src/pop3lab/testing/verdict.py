"""What is wrong when a test is over, in sentences, besides what the test itself asserts."""

from pop3lab.core.events import Violated
from pop3lab.faults.conditional import Active
from pop3lab.watch.sessions import SessionRecord
from pop3lab.watch.violations.table import VIOLATIONS


def failures(errors: list[BaseException]) -> list[str]:
    """Errors of the server."""
    return [f"the server failed: {type(error).__name__}: {error}" for error in errors]


def unused(rules: list[Active]) -> list[str]:
    """Faults that never happened: the test may not have tried what it is for."""
    return [f"this fault never happened: {active.rule}" for active in rules]


def breaches(sessions: list[SessionRecord]) -> list[str]:
    """Violations of the RFCs by clients."""
    return [
        f"session {session.number}: {_told(violated)}"
        for session in sessions
        for violated in session.violations
    ]


def _told(violated: Violated) -> str:
    row = VIOLATIONS[violated.id]
    return f"{row.id} ({row.level}, {row.clause}): {violated.meaning}"
