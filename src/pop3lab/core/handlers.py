"""The commands of RFC 1939: each handler is called with the session and its parsed arguments."""

from collections.abc import Iterator
from itertools import chain

from pop3lab.core.actions import Close, StartTLS
from pop3lab.core.errors import NotSent, NotUnderstood, WrongState
from pop3lab.core.reply import Body, Reply, listing, ok
from pop3lab.core.request import Authenticated
from pop3lab.core.sasl import SaslExchange
from pop3lab.core.state import SessionState
from pop3lab.core.text import LongText, MessageText, cut_top

# Said again and again.
_PASSWORD = ok("now the password")
_NOTHING_DONE = ok("nothing done")
_BYE = Reply(True, "bye", then=Close())


def user(session: SessionState, name: str) -> Reply:
    """Take any name: who exists is not told before the password (RFC 1939 sections 7 and 13).

    Raises WrongState where passwords in clear are not taken (RFC 8314 section 4.1).
    """
    if not session.takes_passwords:
        raise WrongState("no passwords in clear here")
    session.set_pending_user(name)
    return _PASSWORD


def pass_(session: SessionState, password: str) -> Authenticated:
    """Raises NotUnderstood unless directly after USER, or LoginFailed (RFC 1939 section 7)."""
    if session.pending_user is None:
        raise NotUnderstood("PASS comes directly after USER")
    session.mechanism = "PASS"
    return Authenticated.of(session.users.login(session.pending_user, password))


def apop(session: SessionState, name: str, digest: str) -> Authenticated:
    """Raises LoginFailed (RFC 1939 section 7)."""
    session.mechanism = "APOP"
    return Authenticated(session.users.apop(name, session.timestamp, digest))


def stat(session: SessionState) -> Reply:
    """RFC 1939 section 5."""
    return ok(f"{session.messages.count} {session.messages.octets}")


def list_(session: SessionState, number: int | None = None) -> Reply:
    """RFC 1939 section 5. Raises NoSuchMessage."""
    messages = session.messages
    if number is None:
        return listing(messages.summary, messages.sizes)
    return ok(f"{number} {messages.entry(number).octets}")


def uidl(session: SessionState, number: int | None = None) -> Reply:
    """RFC 1939 section 7. Raises NoSuchMessage."""
    messages = session.messages
    if number is None:
        return listing("unique-ids follow", messages.uids)
    return ok(f"{number} {messages.entry(number).uid}")


def retr(session: SessionState, number: int) -> Reply:
    """RFC 1939 section 5. Raises NoSuchMessage, NeedsUTF8, StoreFailed."""
    entry = session.messages.entry(number)
    session.messages.not_sent.add(number)
    chunks = _begun(session.maildrop.read(entry.uid))
    session.messages.not_sent.discard(number)
    return Reply(True, f"{entry.octets} octets", Body(chunks))


def top(session: SessionState, number: int, lines: int) -> Reply:
    """RFC 1939 section 7. Raises NoSuchMessage, StoreFailed."""
    entry = session.messages.entry(number)
    text = session.maildrop.read(entry.uid)
    top = cut_top(text, lines)
    chunks = MessageText(b"".join(top)) if isinstance(text, MessageText) else _begun(top)
    return Reply(True, "top of message follows", Body(chunks))


def _begun(chunks: MessageText | Iterator[bytes]) -> MessageText | Iterator[bytes]:
    """The same chunks, the first already read: should that fail, +OK has not been said yet."""
    if isinstance(chunks, MessageText) or (isinstance(chunks, LongText) and chunks.stuffed_file):
        return chunks
    first = next(chunks, b"")
    if isinstance(chunks, LongText):
        chunks.put_back((first,))
        return chunks
    return chain((first,), chunks)


def dele(session: SessionState, number: int) -> Reply:
    """RFC 1939 section 5. Raises NoSuchMessage, or NotSent after a RETR that was refused.

    Clients that take no notice of the refusal would delete what they never got. What is gone
    anyway may be marked.
    """
    messages = session.messages
    if number in messages.not_sent and not session.is_gone(messages.entry(number).uid):
        raise NotSent(f"message {number} could not be retrieved, so it is kept")
    messages.mark(number)
    return ok(f"message {number} deleted")


def rset(session: SessionState) -> Reply:
    """RFC 1939 section 5."""
    session.messages.unmark_all()
    return ok(session.messages.summary)


def noop(session: SessionState) -> Reply:
    """RFC 1939 section 5."""
    return _NOTHING_DONE


def quit_(session: SessionState) -> Reply:
    """RFC 1939 section 6: +OK only after what was marked is gone. Raises StoreFailed."""
    session.update()
    return _BYE


# What CAPA lists: what works in this state of this connection, and nothing else (RFC 2449).


def capabilities(session: SessionState) -> Iterator[str]:
    """The lines, without line ends."""
    rows, capabilities = session.commands.values(), session.capabilities
    yield from (row.capability for row in rows if row.capability and row.known(session))
    if session.takes_passwords:
        yield "USER"
    if (mechanisms := session.mechanisms()) and session.knows("AUTH"):
        yield " ".join(["SASL", *(mechanism.name for mechanism in mechanisms)])
    if session.may_start_tls:
        yield "STLS"
    yield from ("RESP-CODES", "AUTH-RESP-CODE", "PIPELINING")
    if capabilities.login_delay:
        yield f"LOGIN-DELAY {capabilities.login_delay}"
    yield "EXPIRE NEVER" if capabilities.expire is None else f"EXPIRE {capabilities.expire}"
    if session.offers_utf8:
        yield "UTF8 USER"
    if capabilities.languages and session.knows("LANG"):
        yield "LANG"
    if capabilities.implementation:
        yield f"IMPLEMENTATION {capabilities.implementation}"


# The commands of the extensions: each handler is called with the session and its arguments.


def capa(session: SessionState) -> Reply:
    """RFC 2449 section 5."""
    lines = "".join(f"{line}\r\n" for line in capabilities(session))
    return listing("capabilities follow", MessageText(lines.encode("ascii")))


def stls(session: SessionState) -> Reply:
    """RFC 2595 section 4. Raises WrongState."""
    if session.channel.secure:
        raise WrongState("TLS is active")
    if not session.may_start_tls:
        raise WrongState("no TLS here")
    return Reply(True, "begin TLS negotiation", then=StartTLS())


def auth(session: SessionState, name: str, initial: str | None = None) -> Reply | Authenticated:
    """RFC 5034 section 4. Raises NotUnderstood, LoginFailed."""
    mechanisms = {mechanism.name: mechanism for mechanism in session.mechanisms()}
    mechanism = mechanisms.get(name.upper())
    if mechanism is None:
        raise NotUnderstood("no such mechanism")
    if initial is not None and not mechanism.initial:
        raise NotUnderstood("this mechanism takes no initial response")
    session.mechanism = mechanism.name
    sasl = SaslExchange(mechanism.begin())
    return session.continue_sasl(sasl, sasl.begin(initial))


def has_utf8(session: SessionState) -> bool:
    """Whether the server was asked to offer UTF8."""
    return session.capabilities.utf8


def utf8(session: SessionState) -> Reply:
    """RFC 6856 section 2.1. Raises WrongState."""
    if not session.offers_utf8:
        raise WrongState("no UTF8 here")
    session.utf8 = True
    return ok("UTF8 enabled")


def lang(session: SessionState, tag: str | None = None) -> Reply:
    """RFC 6856 section 3. Raises NotUnderstood."""
    languages = session.capabilities.languages
    if tag is None:
        lines = "".join(f"{tag} {name}\r\n" for tag, name in languages.items())
        return listing("languages follow", MessageText(lines.encode("utf-8")))
    found = next((known for known in languages if tag in ("*", known) or _same(tag, known)), None)
    if found is None:
        raise NotUnderstood("no such language")
    return ok(f"{found} texts are in {languages[found]}")


def _same(tag: str, known: str) -> bool:
    return tag.lower() == known.lower()
