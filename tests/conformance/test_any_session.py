"""Whatever a client sends and a server answers: nothing fails, and each find is in the table."""

from collections.abc import Iterator
from random import Random

import pytest

from pop3lab.conformance.registry import VIOLATIONS
from pop3lab.core.actions import Action, Part, Reset, Send
from pop3lab.core.config import ServerCapabilities
from pop3lab.core.hooks import NO_HOOKS, Hooks
from pop3lab.core.request import Request
from tests.dialogue import fed

from .watched import SECURE, Watched

# fmt: off
WORDS = [
    b"USER ann", b"PASS secret", b"PASS wrong", b"APOP ann 0123456789abcdef0123456789abcdef",
    b"AUTH PLAIN", b"AUTH PLAIN AGFubgBzZWNyZXQ=", b"AGFubgBzZWNyZXQ=", b"AUTH LOGIN", b"AUTH",
    b"AUTH CRAM-MD5", b"AUTH SCRAM-SHA-256 bixiLG49YSxyPXg=", b"*", b"", b" ", b"CAPA", b"STLS",
    b"UTF8", b"LANG", b"STAT", b"LIST", b"LIST 1", b"UIDL", b"UIDL 2", b"RETR 1", b"RETR 2",
    b"RETR " + b"9" * 5000, b"TOP 1 0", b"TOP 1", b"DELE 1", b"DELE 2", b"DELE 0", b"RSET", b"NOOP",
    b"QUIT", b"XYZZY", b"\xff\xfe", b"PASS \xc3\xa9", b"USER \xed\xa0\x80", b"NOOP\0", b"\t",
    b"x" * 20_000, b"RETR \xd9\xa1",
]
# fmt: on


class Mangles(Hooks):
    """Now and then says something else, twice, less, or nothing."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        for action in actions:
            chance = self._random.random()
            if chance < 0.03:
                yield Send(self._random.randbytes(20), Part.BODY)
            elif chance < 0.05:
                yield Send(b"+OK 99999999999999999999 1\r\n", Part.HEAD)
            elif chance < 0.06:
                yield Reset()
            if chance < 0.9:
                yield action


@pytest.mark.parametrize("mangled", [False, True])
def test_any_session(mangled: bool) -> None:
    random = Random(4)
    capabilities = ServerCapabilities(tls=True, utf8=True, login_delay=5)
    watched = Watched(capabilities=capabilities, hooks=Mangles(random) if mangled else NO_HOOKS)
    for _ in range(400):
        session = watched.session()
        list(session.greeting())
        for _ in range(random.randint(1, 15)):
            watched.now += random.random()
            count = 1 if random.random() < 0.8 else 3
            ends = random.choices((b"\r\n", b"\n"), (20, 1), k=count)
            octets = b"".join(random.choice(WORDS) + end for end in ends)
            before = len(watched.keeper.events)
            list(fed(session, octets, early=random.random() < 0.05))
            if any("StartTLS" in repr(event) for event in watched.keeper.events[before:]):
                session.tls_established(SECURE)
        session.session_ended(random.choice(("closed", "reset", "timeout", "stopped")))
        session.connection_closed(random.choice(("closed", "reset")))
    ids = {name for name, _ in watched.found}
    assert ids <= VIOLATIONS.keys()
    assert len(ids) > 15
    assert not any("secret" in line for _, line in watched.found)
