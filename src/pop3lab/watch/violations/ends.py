"""How sessions are left."""

from collections.abc import Iterator

from pop3lab.core.events import Ended
from pop3lab.core.exchange import State
from pop3lab.watch.violations.exchanges import PATIENCE
from pop3lab.watch.violations.said import Done
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

_GONE = ("closed", "reset")  # how a client ends it
_SILENCE = 600.0  # seconds; RFC 1939 section 3: a server waits so long at least


def check_end(seconds: float, ended: Ended, seen: Seen) -> Iterator[Violation]:
    """The end of a session, if the client made it."""
    if not seen.in_step or seen.latest is None:
        return
    if _left_at_quit(seconds, ended, seen):
        yield QUIT_NOT_AWAITED
        return
    unanswered = seen.left is not None and not seen.left.answer.status
    if seen.exchanges.bent or unanswered:
        return
    if ended.how == "reset":
        yield CONNECTION_RESET
    gone = ended.how in _GONE
    silent = ended.how == "timeout" and seconds - seen.latest.seconds >= _SILENCE
    if seen.state is State.TRANSACTION and (gone or silent) and seen.latest.verb != "QUIT":
        yield NO_QUIT


def _left_at_quit(seconds: float, ended: Ended, seen: Seen) -> bool:
    """Whether the client was gone before the answer to QUIT, and can't have waited for it long."""
    if ended.how not in _GONE:
        return False
    if seen.left is None:
        return ended.how == "reset" and _quit_answered(seen)
    left = seen.left
    return left.said.verb == "QUIT" and not left.answer.status and _is_soon(seconds, left)


def _quit_answered(seen: Seen) -> bool:
    """Whether the last answer is one to QUIT that every client understands, and came soon."""
    last = seen.last
    if last is None or last.said.verb != "QUIT" or not seen.in_step:
        return False
    return last.answer.whole and _is_soon(last.seconds, last)


def _is_soon(seconds: float, done: Done) -> bool:
    return seconds - done.said.seconds < PATIENCE


def awaits(ended: Ended, seen: Seen) -> bool:
    """Whether it can be told, when the connection is gone, if the answer to QUIT was read.

    Under TLS it can't: what is unread may be the server's close_notify.
    """
    return ended.how == "quit" and not seen.secure and _quit_answered(seen)
