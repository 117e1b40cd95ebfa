"""For each behaviour of the catalogue sessions in which it has something to do."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import md5
from hmac import digest
from typing import NamedTuple

from pop3lab.rules.behaviour import Behaviour
from pop3lab.stores.memory import MemoryStore
from tests.behaviours.test_catalogue import made
from tests.dialogue import ONE, TIMESTAMP, TWO, memory

UTF8 = b"Subject: th\xc3\xa9\r\n\r\nbye\r\n"

_WRONG = b64encode(b"\0ann\0wrong").decode()
_RIGHT = b64encode(b"\0ann\0secret").decode()
_CRAM = b64encode(b"ann " + digest(b"secret", TIMESTAMP.encode(), "md5").hex().encode()).decode()
_APOP = md5(TIMESTAMP.encode() + b"secret", usedforsecurity=False).hexdigest()

BEFORE = (
    *("(session)", "CAPA", "AUTH", "AUTH CRAM-MD5", "*", f"AUTH PLAIN {_WRONG}"),
    *("AUTH PLAIN", _WRONG, "USER ann", "PASS wrong"),
)
LOGIN = ("USER ann", "PASS secret")
AFTER = (
    *("CAPA", "STAT", "LIST", "LIST 1", "UIDL", "UIDL 1", "NOOP", "XYZZY"),
    *("RETR 1", "TOP 1 0", "TOP 2 1", "RETR 2", "RETR 9", "DELE 2", "STAT", "LIST", "UIDL"),
    *("RSET", "UIDL", "LIST", "RETR 3", "DELE 1"),
)
PLAIN = (*BEFORE, *LOGIN, *AFTER, "QUIT")
STLS = ("(session)", "CAPA", "STLS", "CAPA", *LOGIN, "CAPA", "STAT", "RETR 1", "QUIT")
TLS = ("(tls)", "CAPA", *LOGIN, "CAPA", "STAT", "RETR 1", "QUIT")
LOST = ("(session)", *LOGIN, "NOOP", "DELE 1", "(lost)")
ALL = (*PLAIN, *LOST, *PLAIN, *STLS, *TLS)

_LOOKS = ("(session)", *LOGIN, "STAT", "LIST", "UIDL", "RETR 1", "QUIT")
_ANEW = ("(session)", *LOGIN)
_APOP_IN = ("(session)", f"APOP ann {_APOP}", "QUIT")


class Trial(NamedTuple):
    """A rule, and sessions in which it has something to do. messages: of ann."""

    rule: str
    dialogue: Sequence[str] = ALL
    messages: Sequence[bytes] = (ONE, TWO, UTF8, ONE, TWO)

    @property
    def store(self) -> MemoryStore:
        """A new one."""
        return memory(*self.messages)


def _in(*lines: str) -> tuple[str, ...]:
    """One session, after login."""
    return (*_ANEW, *lines, "QUIT")


# Those for which the sessions of all others have nothing to do, or not with these values.
_OWN: Mapping[str, Trial] = {
    trial.rule.split(" ")[0]: trial
    for trial in (
        Trial("perl-split", _in("LIST\t1", "NOOP x")),
        Trial("list-at-greeting", ("(session)", "(add)", *LOGIN, "STAT", "QUIT")),
        Trial("user-then-pass", ("(session)", "USER ann", *LOGIN, "QUIT")),
        Trial("top-whole", _in("TOP 2")),
        Trial("break-command", _in("BREAK")),
        Trial("exit-command", _in("EXIT")),
        Trial("crlf-for-empty", _in("RETR 1"), (b"",)),
        Trial("greeting-apop-fake front", (*_APOP_IN, *_APOP_IN)),
        Trial("auth-long-token 20", ("(session)", f"AUTH PLAIN {_RIGHT}")),
        Trial("auth-mech-broken", ("(session)", "AUTH CRAM-MD5", _CRAM, "QUIT")),
        Trial("list-empty-err", _in("LIST", "UIDL"), ()),
        Trial("list-empty-no-dot", _in("LIST", "UIDL"), ()),
        Trial("list-huge 1000"),
        Trial("list-window 1"),
        Trial("maildrop-shifts-between-sessions", (*_LOOKS, *_LOOKS)),
        Trial("uidl-fails-temporarily", (*_LOOKS, *_LOOKS)),
        Trial("uidl-all-changed", (*_LOOKS, *_LOOKS)),
        Trial("uidl-format-changes", (*_LOOKS, *_LOOKS)),
        Trial("uidl-reused", (*_in("UIDL", "DELE 1"), "(add)", *_in("UIDL"))),
        Trial("retr-truncated-dot 5"),
        Trial("counts-after-dele counted", _in("DELE 1", "STAT", "LIST", "UIDL")),
        Trial("commit-on-drop", (*LOST, *_LOOKS)),
        Trial("too-many-connections 1", ("(session)", "(session)", *LOGIN)),
        Trial("session-stolen", (*_ANEW, *_ANEW, "STAT", "(other)", "STAT")),
        Trial("download-quota 1", _in("RETR 1", "RETR 2")),
        Trial("session-cap 1", _in("RETR 1", "RETR 2")),
        Trial("idle-short 60", (*_ANEW, "(wait 90)", "NOOP")),
        Trial("bad-command-limit 1"),
        Trial("line-limit 10"),
        Trial("strict-parser", _in("noop", "LIST  1")),
        Trial("pipelining-drops", _in("NOOP\r\nSTAT")),
        Trial("lang", _in("CAPA", "LANG", "LANG de")),
        Trial("utf8-mode", ("(session)", "CAPA", "UTF8", *LOGIN, "RETR 3", "QUIT")),
        Trial('wording RETR "hello {user}"'),
        Trial("extra-command XTND +OK", _in("XTND")),
        Trial("last-command", _in("RETR 2", "LAST")),
        Trial("apop-static-stamp <1@pop3lab>", _APOP_IN),
        Trial("resume-confusion", (*_LOOKS, *_LOOKS)),
        Trial("delayed-commit", (*_in("DELE 1"), *_LOOKS)),
        Trial("in-use"),
        Trial("lock-lingers", (*LOST, *_LOOKS)),
        Trial("reply -ERR"),
    )
}

# Of which is said here how they are tried instead.
ELSEWHERE: Mapping[str, str] = {
    "scram-bad-final": "a client that knows SCRAM, with which no two sessions are the same",
}


def trial_of(row: Behaviour) -> Trial:
    """The sessions for it."""
    return _OWN.get(row.name) or Trial(str(made(row)))


# Sessions in which most behaviours have little to do, or nothing.
BRIEF: Sequence[Sequence[str]] = (
    ("(session)", "QUIT"),
    ("(session)", *LOGIN, "QUIT"),
    ("(session)", "CAPA", "CAPA"),
    ("(session)", "USER ann", "PASS wrong", "QUIT"),
    ("(session)", f"AUTH PLAIN {_RIGHT}", "UIDL", "QUIT"),
    ("(session)", "AUTH CRAM-MD5", _CRAM, "STAT", "UIDL", "QUIT"),
    ("(session)", "AUTH", "AUTH CRAM-MD5", "*", "QUIT"),
    ("(session)", f"APOP ann {_APOP}", "STAT", "UIDL", "QUIT"),
    ("(session)", "APOP ann 00", "QUIT"),
    ("(session)", "RETR 1", "STAT", "UTF8", "LANG", "LANG de", "QUIT"),
    ("(session)", "STLS", "CAPA", *LOGIN, "QUIT"),
    TLS,
    _LOOKS,
    (*_LOOKS, *_LOOKS),
    (*LOST, *_LOOKS),
    (*_ANEW, "(wait 90)", "NOOP"),
    _in("DELE 1", "RSET"),
    _in("DELE 1"),
    _in("RETR 9", "LIST 9", "UIDL 9", "TOP 9 0", "DELE 9"),
    _in("RETR 1"),
    _in("TOP 1 0", "TOP 1 5"),
    _in("XYZZY", "NOOP"),
    _in("LIST", "LIST 1", "UIDL", "UIDL 1", "STAT"),
)
