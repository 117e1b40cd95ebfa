"""No rule of the catalogue makes a client that does everything right look as if it did not."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import pytest

from pop3lab.behaviours.catalogue import BEHAVIOURS, parse_rule
from pop3lab.behaviours.profiles.catalogue import PROFILES, profile_rules
from pop3lab.conformance.checks_sessions import STOPPED_AT
from pop3lab.core.config import ServerCapabilities
from pop3lab.core.errors import ConfigError
from pop3lab.core.maildrop import Store
from pop3lab.rules.behaviour import Behaviour
from pop3lab.rules.engine import Rules
from tests.behaviours.test_catalogue import made
from tests.dialogue import ONE, TWO, done, fed, memory

from .right_client import Mail, RightClient
from .watched import Watched

pytestmark = pytest.mark.slow

ROWS = list(BEHAVIOURS.values())
WHERE = ["any", "RETR 1", "DELE 1", "QUIT", "LIST", "UIDL", "STAT", "PASS", "NOOP", "AUTH", "CAPA"]
SESSIONS = 3

# What has no end, or nearly none, is made shorter than the client's patience.
SHORTER: Mapping[str, str] = {
    "list-huge": "list-huge 50",
    "attachment-bomb": "attachment-bomb size=5000",
    "header-bombs": "header-bombs size=5000",
}


def rules_of(text: str) -> Iterator[str]:
    """The rule, in each of the forms in which it may be armed."""
    for where in WHERE:
        rule = text if where == "any" else f"{where} -> {text}"
        try:
            Rules([parse_rule(rule)])
        except ConfigError:
            continue
        yield rule


class Way(NamedTuple):
    """tls: it is offered. quits: who gives up says so. later: deletes come in the next session."""

    tls: bool
    quits: bool
    later: bool


WAYS = [Way(tls=True, quits=True, later=True), Way(tls=False, quits=False, later=False)]


def violations_in(rules: Rules, way: Way, store: Store | None = None) -> list[tuple[str, str]]:
    """What is found of the right client in three sessions."""
    watched = Watched(
        store or memory(ONE, TWO), capabilities=ServerCapabilities(tls=way.tls), hooks=rules
    )
    mail = Mail(later=way.later)
    for _ in range(SESSIONS):
        client = RightClient(watched, quits=way.quits)
        client.run(mail.fetch)
        if client.is_hopeless:
            break
        watched.now += 3600.0
    # True of this client: it asks again, before all others, for what was broken each time.
    return [each for each in watched.found if each[0] != STOPPED_AT.id]


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_no_rule_makes_a_right_client_look_wrong(row: Behaviour) -> None:
    """In one way where it has a condition, and in the other where it has the next."""
    for nth, rule in enumerate(rules_of(SHORTER.get(row.name, str(made(row))))):
        check(rule, WAYS[nth % 2 :][:1] if nth else WAYS)


def check(rule: str, ways: Sequence[Way]) -> None:
    for way in ways:
        assert violations_in(Rules([parse_rule(rule)]), way) == [], (rule, way)


@pytest.mark.soak
@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_no_rule_makes_a_right_client_look_wrong_in_any_way(row: Behaviour) -> None:
    for rule in rules_of(SHORTER.get(row.name, str(made(row)))):
        check(rule, WAYS)


@pytest.mark.parametrize("profile", PROFILES)
def test_no_profile_makes_a_right_client_look_wrong(profile: str) -> None:
    for way in WAYS:
        assert violations_in(Rules(profile_rules(profile)), way) == [], way


def test_by_the_book_the_right_client_gets_all_there_is() -> None:
    """Else it would be no wonder that nothing is found."""
    for way in WAYS:
        store = memory(ONE, TWO)
        assert violations_in(Rules(), way, store) == []
        assert len(store.open("ann").snapshot.entries) == 0


WRONG = ("STAT", "RETR", "USER ann", "PASS secret", "STAT", "DELE 2")


@pytest.mark.parametrize("profile", ["by the book", *PROFILES])
def test_a_list_for_auth_alone_ends_nothing(profile: str) -> None:
    def found(*lines: str) -> list[str]:
        rules = Rules(profile_rules(profile) if profile in PROFILES else ())
        watched = Watched(memory(ONE, TWO), hooks=rules)
        session = watched.session()
        list(session.greeting())
        for line in lines:
            done(fed(session, line.encode() + b"\r\n"))
        session.session_ended("closed")
        return [name for name, _ in watched.found]

    without = found(*WRONG)
    assert without[:3] == ["wrong-state", "wrong-arguments", "wrong-state"]
    assert found("AUTH", *WRONG) == ["wrong-arguments", *without]
