"""The commands of RFC 1939: each handler is called with the session and its parsed arguments."""

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from pop3lab.core.actions import Close
from pop3lab.core.errors import NotSent, NotUnderstood, WrongState
from pop3lab.core.exchange import Login
from pop3lab.core.reply import Body, Reply, listing, ok
from pop3lab.core.text import Text
from pop3lab.core.text import top as cut_top

if TYPE_CHECKING:
    from pop3lab.core.standing import Standing

NOTHING_DONE = ok("nothing done")


def user(session: "Standing", name: str) -> Reply:
    """Take any name: who exists is not told before the password (RFC 1939 sections 7 and 13).

    Raises WrongState where passwords in clear are not taken (RFC 8314 section 4.1).
    """
    if not session.takes_passwords:
        raise WrongState("no passwords in clear here")
    session.name_for_pass(name)
    return ok("now the password")


def pass_(session: "Standing", password: str) -> Login:
    """Raises NotUnderstood unless directly after USER, or LoginFailed (RFC 1939 section 7)."""
    if session.named is None:
        raise NotUnderstood("PASS comes directly after USER")
    session.mechanism = "PASS"
    return Login.of(session.users.login(session.named, password))


def apop(session: "Standing", name: str, digest: str) -> Login:
    """Raises LoginFailed (RFC 1939 section 7)."""
    session.mechanism = "APOP"
    return Login(session.users.apop(name, session.timestamp, digest))


def stat(session: "Standing") -> Reply:
    """RFC 1939 section 5."""
    return ok(f"{session.messages.count} {session.messages.octets}")


def list_(session: "Standing", number: int | None = None) -> Reply:
    """RFC 1939 section 5. Raises NoSuchMessage."""
    messages = session.messages
    if number is None:
        return listing(messages.summary, messages.sizes)
    return ok(f"{number} {messages.entry(number).octets}")


def uidl(session: "Standing", number: int | None = None) -> Reply:
    """RFC 1939 section 7. Raises NoSuchMessage."""
    messages = session.messages
    if number is None:
        return listing("unique-ids follow", messages.uids)
    return ok(f"{number} {messages.entry(number).uid}")


def retr(session: "Standing", number: int) -> Reply:
    """RFC 1939 section 5. Raises NoSuchMessage, NeedsUTF8, StoreFailed."""
    entry = session.messages.entry(number)
    session.messages.not_sent.add(number)
    chunks = _begun(session.maildrop.read(entry.uid))
    session.messages.not_sent.discard(number)
    return Reply(True, f"{entry.octets} octets", Body(chunks))


def top(session: "Standing", number: int, lines: int) -> Reply:
    """RFC 1939 section 7. Raises NoSuchMessage, StoreFailed."""
    entry = session.messages.entry(number)
    chunks = _begun(cut_top(session.maildrop.read(entry.uid), lines))
    return Reply(True, "top of message follows", Body(chunks))


def _begun(chunks: Text | Iterator[bytes]) -> Text | Iterator[bytes]:
    """The same chunks, the first already read: should that fail, +OK has not been said yet."""
    if isinstance(chunks, Text):
        return chunks
    first = next(chunks, b"")
    return chain((first,), chunks)


def dele(session: "Standing", number: int) -> Reply:
    """RFC 1939 section 5. Raises NoSuchMessage, or NotSent after a RETR that was refused.

    Clients that take no notice of the refusal would delete what they never got. What is gone
    anyway may be marked.
    """
    messages = session.messages
    if number in messages.not_sent and not session.is_gone(messages.entry(number).uid):
        raise NotSent(f"message {number} could not be retrieved, so it is kept")
    messages.mark(number)
    return ok(f"message {number} deleted")


def rset(session: "Standing") -> Reply:
    """RFC 1939 section 5."""
    session.messages.unmark_all()
    return ok(session.messages.summary)


def noop(session: "Standing") -> Reply:
    """RFC 1939 section 5."""
    return NOTHING_DONE


def quit_(session: "Standing") -> Reply:
    """RFC 1939 section 6: +OK only after what was marked is gone. Raises StoreFailed."""
    session.update()
    return Reply(True, "bye", then=Close())
