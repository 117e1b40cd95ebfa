"""The commands of the extensions: each handler is called with the session and its arguments."""

from typing import TYPE_CHECKING

from pop3lab.core.actions import StartTLS
from pop3lab.core.capabilities import capabilities
from pop3lab.core.errors import NotUnderstood, WrongState
from pop3lab.core.exchange import Login
from pop3lab.core.reply import Reply, listing, ok
from pop3lab.core.sasl import Dialogue
from pop3lab.core.text import Text

if TYPE_CHECKING:
    from pop3lab.core.standing import Standing


def capa(session: "Standing") -> Reply:
    """RFC 2449 section 5."""
    lines = "".join(f"{line}\r\n" for line in capabilities(session))
    return listing("capabilities follow", Text(lines.encode("ascii")))


def stls(session: "Standing") -> Reply:
    """RFC 2595 section 4. Raises WrongState."""
    if session.channel.secure:
        raise WrongState("TLS is active")
    if not session.may_start_tls:
        raise WrongState("no TLS here")
    return Reply(True, "begin TLS negotiation", then=StartTLS())


def auth(session: "Standing", name: str, initial: str | None = None) -> Reply | Login:
    """RFC 5034 section 4. Raises NotUnderstood, LoginFailed."""
    mechanisms = {mechanism.name: mechanism for mechanism in session.mechanisms()}
    mechanism = mechanisms.get(name.upper())
    if mechanism is None:
        raise NotUnderstood("no such mechanism")
    if initial is not None and not mechanism.initial:
        raise NotUnderstood("this mechanism takes no initial response")
    session.mechanism = mechanism.name
    dialogue = Dialogue(mechanism.begin())
    return session.go_on(dialogue, dialogue.begin(initial))


def has_utf8(session: "Standing") -> bool:
    """Whether the server was asked to offer UTF8."""
    return session.offer.utf8


def utf8(session: "Standing") -> Reply:
    """RFC 6856 section 2.1. Raises WrongState."""
    if not session.offers_utf8:
        raise WrongState("no UTF8 here")
    session.utf8 = True
    return ok("UTF8 enabled")


def lang(session: "Standing", tag: str | None = None) -> Reply:
    """RFC 6856 section 3. Raises NotUnderstood."""
    languages = session.offer.languages
    if tag is None:
        lines = "".join(f"{tag} {name}\r\n" for tag, name in languages.items())
        return listing("languages follow", Text(lines.encode("utf-8")))
    found = next((known for known in languages if tag in ("*", known) or _same(tag, known)), None)
    if found is None:
        raise NotUnderstood("no such language")
    return ok(f"{found} texts are in {languages[found]}")


def _same(tag: str, known: str) -> bool:
    return tag.lower() == known.lower()
