"""The numbers a session is bounded by."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a session; each number has its source beside it."""

    line: int = 255  # octets of a command with its CRLF; RFC 2449 section 4
    idle: float = (
        600.0  # seconds without a command; RFC 1939 section 3 asks for at least 10 minutes
    )
    busy: float = 1.0  # seconds that a login waits for the maildrop's lock before it is refused
    busy_step: float = 0.02  # seconds between two looks at that lock
