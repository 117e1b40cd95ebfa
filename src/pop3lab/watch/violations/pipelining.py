"""Lines that were sent too soon."""

from collections.abc import Iterator

from pop3lab.watch.violations.said import Said
from pop3lab.watch.violations.seen import Seen
from pop3lab.watch.violations.tls import BEHIND_STLS, FACTS_FROM_BEFORE_TLS
from pop3lab.watch.violations.violation import Violation

BEFORE_GREETING = Violation(
    "before-greeting",
    "MUST",
    "RFC 1939 sections 3 and 4",
    "the client spoke before the greeting",
    "The server speaks first: until its greeting has come, a client knows neither that there is a "
    "session nor, for APOP, the timestamp. Servers that look for spam robots hang up on whoever "
    "speaks first, and a greeting that is a refusal is missed.",
)
PIPELINING = Violation(
    "pipelining",
    "MUST",
    "RFC 2449 section 6.6",
    "the line came before the answer to the line before it, and PIPELINING was not announced",
    "A client waits for each answer before it sends the next command, unless CAPA has listed "
    "PIPELINING. Some servers drop what else is in their buffer, and the client waits for an "
    "answer that never comes.",
)


def check_pipelining(said: Said, seen: Seen) -> Iterator[Violation]:
    """A line that was early."""
    if not said.early:
        return
    if seen.previous is None:
        if said.verb != "QUIT":  # of a client that waits no longer
            yield BEFORE_GREETING
    elif seen.previous.verb == "STLS":
        yield BEHIND_STLS
    elif not seen.exchanges.sound:
        return  # the answer may have looked as if it had ended before
    elif "PIPELINING" not in (seen.capabilities or {}):
        yield FACTS_FROM_BEFORE_TLS if "PIPELINING" in (seen.before or {}) else PIPELINING
