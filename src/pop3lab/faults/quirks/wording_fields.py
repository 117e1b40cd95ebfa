"""Templates of status texts: fields in braces that are filled in for each reply."""

from collections.abc import Callable, Mapping
from hashlib import md5
from string import Formatter

from pop3lab.core.arguments import first_number
from pop3lab.core.exchange import Exchange, State
from pop3lab.core.maildrop import Entry
from pop3lab.core.reply import Reply
from pop3lab.core.standing import Standing
from pop3lab.faults.values import TEXT, Kind

_Field = Callable[[Standing, Exchange, Reply], object]


def _number(session: Standing, exchange: Exchange, reply: Reply) -> object:
    return "".join(exchange.arguments[:1])


def _entry(session: Standing, exchange: Exchange) -> Entry | None:
    """The message that the command named, if there is one."""
    number = first_number(exchange)
    if session.state is not State.TRANSACTION or number is None:
        return None
    entries = session.maildrop.snapshot.entries
    return entries[number - 1] if 1 <= number <= len(entries) else None


def _octets(session: Standing, exchange: Exchange, reply: Reply) -> object:
    if entry := _entry(session, exchange):
        return entry.octets
    return 0 if session.state is State.AUTHORIZATION else session.messages.octets


def _uid(session: Standing, exchange: Exchange, reply: Reply) -> object:
    entry = _entry(session, exchange)
    return entry.uid if entry else ""


def _count(session: Standing, exchange: Exchange, reply: Reply) -> object:
    return 0 if session.state is State.AUTHORIZATION else session.messages.count


def _deleted(session: Standing, exchange: Exchange, reply: Reply) -> object:
    before = session.state is State.AUTHORIZATION
    return 0 if before else len(session.messages.marked_uids)


def _user(session: Standing, exchange: Exchange, reply: Reply) -> object:
    named = exchange.arguments[:1] if exchange.verb in ("USER", "APOP") else []
    return session.user or session.named or "".join(named)


def _stamp(session: Standing, exchange: Exchange, reply: Reply) -> object:
    """As the book's greeting has it: only where APOP can use it."""
    return session.timestamp if session.timestamp and session.timestamp in reply.text else ""


def _host(session: Standing, exchange: Exchange, reply: Reply) -> object:
    return session.timestamp.rpartition("@")[2].rstrip(">") or "localhost"


def _ip(session: Standing, exchange: Exchange, reply: Reply) -> object:
    return session.address


def _id(session: Standing, exchange: Exchange, reply: Reply) -> object:
    seed = f"{session.number} {session.timestamp}".encode()
    return md5(seed, usedforsecurity=False).hexdigest()[:16]


def _verb(session: Standing, exchange: Exchange, reply: Reply) -> object:
    return exchange.verb


def _text(session: Standing, exchange: Exchange, reply: Reply) -> object:
    return reply.text


FIELDS: Mapping[str, _Field] = {
    "n": _number,
    "octets": _octets,
    "uid": _uid,
    "count": _count,
    "deleted": _deleted,
    "user": _user,
    "stamp": _stamp,
    "host": _host,
    "ip": _ip,
    "id": _id,
    "verb": _verb,
    "text": _text,
}


def _take(given: object) -> str:
    template: str = TEXT.take(given)
    fields = {field for _, field, _, _ in Formatter().parse(template) if field is not None}
    if fields - FIELDS.keys() or "\r" in template or "\n" in template:
        raise ValueError
    return template


TEMPLATE = Kind(
    f"a line whose fields are among {' '.join(f'{{{field}}}' for field in FIELDS)}", _take
)


def filled(template: str, session: Standing, exchange: Exchange, reply: Reply) -> str:
    """The template with its fields filled in; without blanks at its ends."""
    text = "".join(
        literal + (str(FIELDS[field](session, exchange, reply)) if field else "")
        for literal, field, _, _ in Formatter().parse(template)
    )
    return text.strip(" ")
