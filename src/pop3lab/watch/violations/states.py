"""Commands that don't belong where they were sent."""

from collections.abc import Iterator

from pop3lab.core.commands import COMMANDS
from pop3lab.watch.violations.said import Said
from pop3lab.watch.violations.seen import Seen
from pop3lab.watch.violations.violation import Violation

WRONG_STATE = Violation(
    "wrong-state",
    "MUST",
    "RFC 1939 section 3",
    "the command does not belong to the state of the session",
    "Before the login there are no messages, after it nothing to log in to, and under TLS no TLS "
    "to begin. A client that sends a command in the wrong state has lost track of its session, "
    "mostly because it took a refusal for a success.",
)
PASS_AFTER_REFUSED_USER = Violation(
    "pass-after-refused-user",
    "MUST",
    "RFC 1939 section 7 (PASS)",
    "PASS was sent although USER had been refused",
    "PASS may follow only a USER that was granted. A server refuses USER also to say that it takes "
    "no passwords in clear here: a client that sends its password all the same has given it away. "
    "One that was sent in one piece with USER is not counted: it could not know.",
)
PASS_NOT_AFTER_USER = Violation(
    "pass-not-after-user",
    "MUST",
    "RFC 1939 section 7 (PASS)",
    "PASS was not sent directly after a granted USER",
    "PASS may be sent only directly after a USER that was granted: after a refused PASS, or with "
    "another command in between, the name must be sent again. A lenient server may take the "
    "password for another name than the client means.",
)


def check_state(said: Said, seen: Seen) -> Iterator[Violation]:
    """A command against the state that the answers before it have shown."""
    command = COMMANDS.get(said.verb)
    if command is None or said.response or seen.state is None:
        return
    if seen.state not in command.states or (said.verb == "STLS" and seen.secure):
        yield WRONG_STATE
    elif said.verb == "PASS" and seen.logins.named is None:
        after_user = seen.last is not None and seen.last.said.verb == "USER"
        if not after_user:
            yield PASS_NOT_AFTER_USER
        elif not said.early:  # one that is pipelined can't know of the refusal
            yield PASS_AFTER_REFUSED_USER
