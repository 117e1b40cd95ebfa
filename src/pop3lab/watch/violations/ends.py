"""How sessions are left."""

from collections.abc import Iterator

from pop3lab.core.events import Ended
from pop3lab.core.exchange import State
from pop3lab.watch.violations.seen import Seen
from pop3lab.watch.violations.violation import Violation

NO_QUIT = Violation(
    "no-quit",
    "SHOULD",
    "RFC 1939 sections 3 and 6",
    "the session was left without QUIT after the login",
    "Only QUIT lets the server delete what was marked, and give the maildrop free in good order. "
    "Without it all marks are dropped, and the next session gets the same messages again.",
)
CONNECTION_RESET = Violation(
    "connection-reset",
    "advice",
    "RFC 1939 section 6, RFC 9293 section 3.5.2",
    "the client reset the connection",
    "A client resets its connection when it closes it with octets unread, or dies. What was on "
    "its way is lost, and the server can't tell that from a failure of the network.",
)
QUIT_NOT_AWAITED = Violation(
    "quit-not-awaited",
    "advice",
    "RFC 1939 section 6",
    "the client closed the connection without reading the answer to QUIT",
    "The answer to QUIT tells whether all deleted messages are gone. A client that does not wait "
    "for it never learns that they aren't, and its deletions come back as duplicates. One "
    "that reads it and resets the connection then, where it should close it, looks the same here.",
)

_SILENCE = 600.0  # seconds; RFC 1939 section 3: a server waits so long at least


def judge(seconds: float, ended: Ended, seen: Seen) -> Iterator[Violation]:
    """The end of a session, if the client made it."""
    if not seen.in_step or seen.exchanges.bent or seen.latest is None:
        return
    if ended.how == "reset":
        yield CONNECTION_RESET
    gone = ended.how in ("closed", "reset")
    silent = ended.how == "timeout" and seconds - seen.latest.seconds >= _SILENCE
    if seen.state is State.TRANSACTION and (gone or silent) and seen.latest.verb != "QUIT":
        yield NO_QUIT


def awaits(ended: Ended, seen: Seen) -> bool:
    """Whether it can be told, when the connection is gone, if the answer to QUIT was read.

    Under TLS it can't: what is unread may be the server's close_notify.
    """
    answered = seen.last is not None and seen.last.answer.whole
    return ended.how == "quit" and answered and not seen.secure and not seen.exchanges.bent
