"""Logins that should have waited, or not have been tried again at all."""

from collections.abc import Iterator

from pop3lab.core.exchange import State
from pop3lab.watch.violations.said import Said
from pop3lab.watch.violations.seen import Seen
from pop3lab.watch.violations.violation import Violation

WITHIN_LOGIN_DELAY = Violation(
    "login-within-delay",
    "SHOULD",
    "RFC 2449 sections 6.5 and 8.1.1",
    "the user logged in again before LOGIN-DELAY was over",
    "The server had announced how many seconds it wants between two logins, or had refused one "
    "with [LOGIN-DELAY]. A client that comes sooner is refused, and perhaps locked out for long.",
)
AT_ONCE_AFTER_IN_USE = Violation(
    "at-once-after-in-use",
    "advice",
    "RFC 2449 section 8.1.2",
    "the login was tried again at once after [IN-USE]",
    "Another session has the maildrop and will have it for a while. To try again within a second "
    "is of no use, and a load; a client waits, longer each time, or asks its user.",
)
AGAIN_AFTER_SYS_PERM = Violation(
    "again-after-sys-perm",
    "advice",
    "RFC 3206 section 4",
    "the login was tried again after [SYS/PERM]",
    "[SYS/PERM] says that somebody must mend something before a login can work. The client should "
    "tell its user instead of trying again.",
)
AGAIN_AFTER_AUTH = Violation(
    "again-after-auth",
    "advice",
    "RFC 3206 section 5",
    "the same credentials were tried again after [AUTH]",
    "[AUTH] says that the credentials are wrong: the user must be asked for others. The same ones "
    "are refused again, and after a few times the account may be locked.",
)


def check_attempts(said: Said, seen: Seen) -> Iterator[Violation]:
    """A line that tries to log a user in whose name it shows."""
    attempt = seen.logins.attempt(said)
    if attempt is None or seen.state is not State.AUTHORIZATION:
        return
    if seen.knows_useless(attempt, "AUTH"):
        yield AGAIN_AFTER_AUTH
    if seen.knows_useless(attempt, "SYS/PERM"):
        yield AGAIN_AFTER_SYS_PERM
    wait = seen.past.wait(seen.host, attempt.user)
    knew = wait and (wait.session == seen.number or wait.since <= seen.opened)
    if wait and knew and said.seconds < wait.until:
        yield WITHIN_LOGIN_DELAY if wait.code == "LOGIN-DELAY" else AT_ONCE_AFTER_IN_USE
