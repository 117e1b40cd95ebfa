"""Timestamps that make APOP betray the password (RFC 1939 section 7)."""

from collections.abc import Callable

from pop3lab.core.exchange import GREETING, Exchange
from pop3lab.core.reply import Reply
from pop3lab.core.script import Script
from pop3lab.core.standing import Standing
from pop3lab.faults.bending.seams import Says
from pop3lab.faults.peculiarity import Peculiarity, Shared
from pop3lab.faults.values import COUNT, TEXT, Parameter, choice

_STAMP = "the timestamp"
_BLOCK = 64  # octets that MD5 takes at once


def _with_stamp(stamp_of: Callable[[Standing], str]) -> Script:
    """Another timestamp: in the greeting, and for the digest of APOP that is checked later."""

    def say(session: Standing, exchange: Exchange, reply: Reply) -> Reply:
        own = session.timestamp
        if not own or own not in reply.text:
            return reply
        session.timestamp = stamp_of(session)
        return reply._replace(text=reply.text.replace(own, session.timestamp))

    return Says(say, GREETING.verb)


def _inner(session: Standing) -> str:
    return session.timestamp[1:-1]


_FORMS: dict[str, Callable[[Standing], str]] = {
    "8-bit": lambda session: f"<\xa7\xe9\xff{_inner(session)}>",
    "control": lambda session: f"<\x01\x1b\x7f{_inner(session)}>",
    "nul": lambda session: f"<{_inner(session)}\0>",
    "no-at": lambda session: f"<{_inner(session).partition('@')[0]}>",
    "two": lambda session: f"<<{_inner(session)}>",
    "empty": lambda session: "<>",
    "space": lambda session: f"<{_inner(session).replace('@', ' @ ')}>",
}


def _nonrfc(shared: Shared, kind: str) -> Script:
    return _with_stamp(_FORMS[kind]) if kind in _FORMS else _block(shared, _BLOCK - 1)


def _block(shared: Shared, octets: int) -> Script:
    """Filled up to so many octets: what of the password shares a block of MD5 is up to us."""

    def stamp(session: Standing) -> str:
        name, at, host = _inner(session).partition("@")
        filler = "x" * (octets - len(name + at + host) - len("<>"))
        return f"<{name}{filler}{at}{host}>"

    return _with_stamp(stamp)


def _static(shared: Shared, stamp: str) -> Script:
    return _with_stamp(lambda session: stamp)


def _redos(shared: Shared, octets: int) -> Script:
    def say(session: Standing, exchange: Exchange, reply: Reply) -> Reply:
        return reply._replace(text="<" * octets)

    return Says(say, GREETING.verb)


ROWS = (
    Peculiarity(
        "apop-nonrfc-stamp",
        "the timestamp is no msg-id of RFC 822; APOP takes its digest all the same",
        "somebody in between; CVE-2007-1558 (C)",
        _nonrfc,
        (
            Parameter(
                "kind",
                choice(*_FORMS, "block"),
                "what it has, or has not; block: 63 octets, so that one of the password fills "
                "a block of MD5",
                "8-bit",
            ),
        ),
        family="attack",
        category="login",
        bugs="Thunderbird, Evolution, mutt, fetchmail before 6.3.8: the password leaks",
        aspect=_STAMP,
        needs=("timestamp",),
    ),
    Peculiarity(
        "apop-static-stamp",
        "the timestamp is the same in each session",
        "somebody in between: a weakness of the protocol",
        _static,
        (Parameter("stamp", TEXT, "with its brackets", "<1896.697170952@dbc.mtview.ca.us>"),),
        family="attack",
        category="login",
        bugs="a digest seen once logs in for ever, or is looked up",
        aspect=_STAMP,
        needs=("timestamp",),
    ),
    Peculiarity(
        "apop-redos",
        "greets with very many brackets that are never closed",
        "an attacker's server; poplib CVE-2018-1060 (C)",
        _redos,
        (Parameter("octets", COUNT, "how many", 200_000),),
        family="attack",
        category="login",
        bugs="poplib's regular expression took time with the square of their number",
        aspect=_STAMP,
        needs=("timestamp",),
    ),
)
