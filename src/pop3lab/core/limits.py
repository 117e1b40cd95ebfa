"""The numbers a session is bounded by."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a session; each number has its source beside it."""

    line: int = 255  # octets of a command with its CRLF; RFC 2449 section 4
    response: int = 12_288  # octets of a SASL response; RFC 5034 leaves it to the server
    idle: float = 600.0  # seconds without a command; RFC 1939 section 3: at least 10 minutes
    busy: float = 1.0  # seconds that a login waits for the maildrop's lock before it is refused
    busy_step: float = 0.02  # seconds between two looks at that lock
    drain: int = 0  # octets of a line that is too long, then it is closed; 0: any number
    stall: float = 0.0  # seconds in which a client must take some of what waits for it; 0: any
    rate: int = 0  # octets a second that it must take then at least
    handshake: float = 10.0  # seconds that a TLS handshake may take
    login: float = 0.0  # seconds in all that a client may take to log in; 0: any number
    bad_logins: int = 0  # refused logins, then the connection is closed; 0: any number
    bad_before: int = 0  # refused commands before login, then it is closed; 0: any number
    bad_after: int = 0  # refused commands in a row after login, then it is closed; 0: any number
