"""Any three faults at once: they stand together, or are refused with a reason."""

import math
import re
from collections.abc import Iterator
from itertools import combinations, cycle

import pytest

from pop3lab.behaviours import (
    faults_cutting,
    faults_endings,
    faults_pacing,
    faults_replies,
    faults_tls,
)
from pop3lab.behaviours.catalogue import parse_rule, rows_of
from pop3lab.core.actions import Action, Close, HalfClose, Pause, Reset, Send, StartTLS
from pop3lab.core.config import ServerCapabilities
from pop3lab.core.errors import ConfigError
from pop3lab.core.session import Session
from pop3lab.rules.engine import Rules
from pop3lab.rules.rule import Rule
from tests.dialogue import fed, session
from tests.wording import NOTHING_DONE, as_sent

MODULES = (faults_endings, faults_cutting, faults_pacing, faults_replies, faults_tls)
NEEDED = {"cut-after": "20", "replace": "xyz", "insert": '"\\r\\n"'}
VARIED = [
    "cut-after 3 then go-on",
    "slice 3,20",
    "slice dots",
    "close at=end",
    "stall 1",
    "drop-at-quit commit=after then half-close",
    "stls-inject gap=1",
]
WHATS = [
    *(f"{r.name} {NEEDED.get(r.name, '')}".rstrip() for module in MODULES for r in rows_of(module)),
    *VARIED,
]
PLACES = ("part=body", "line=2", "octet=9", "part=end", "line=1", "part=head", "octet=40")
WITHOUT_PLACE = {"refuse", "blackhole", "drop-at-quit", *(row.name for row in rows_of(faults_tls))}
LINES: tuple[bytes, ...] = (
    b"CAPA",
    b"STLS",
    b"USER ann",
    b"PASS secret",
    b"LIST",
    b"UIDL 1",
    b"RETR 2",
    b"TOP 1 1",
)
LINES += (b"FOO", b"RETR 9", b"DELE 1", b"NOOP", b"QUIT")


def pulled(actions: Iterator[Action], played: Session) -> Iterator[Action]:
    """The actions as a runner pulls them."""
    for action in actions:
        yield action
        if isinstance(action, StartTLS):
            played.tls_established(played.channel._replace(secure=True))
        if isinstance(action, Close | Reset) or action == Pause(math.inf):
            return


def performed(rules: Rules) -> list[Action]:
    """All of a dialogue, up to what ends it."""
    played = session(hooks=rules, capabilities=ServerCapabilities(tls=True))
    said = list(pulled(played.greeting(), played))
    for line in LINES:
        if played.over or said[-1:] == [Pause(math.inf)]:
            break
        said += pulled(fed(played, line + b"\r\n"), played)
    played.session_ended("closed")
    return said


def check(rules: Rules) -> None:
    said = performed(rules)
    shut = next((at for at, action in enumerate(said) if isinstance(action, HalfClose)), len(said))
    assert not [action for action in said[shut:] if isinstance(action, Send)], rules.active
    ends = [action for action in said if isinstance(action, Close | Reset)]
    assert ends in ([], said[-1:])
    assert all(action.data for action in said if isinstance(action, Send))


def placed(what: str, place: str) -> Rule:
    name = what.partition(" ")[0]
    return parse_rule(what if name in WITHOUT_PLACE else f"not GREETING {place} -> {what}")


def stand(rules: list[Rule]) -> Rules | str:
    """Together, or why not."""
    try:
        return Rules(rules, seed=1)
    except ConfigError as error:
        return str(error)


@pytest.mark.parametrize("what", WHATS[:-2])
def test_any_three(what: str) -> None:
    places = cycle(PLACES)
    for others in combinations(WHATS[WHATS.index(what) + 1 :], 2):
        together = stand([placed(one, next(places)) for one in (what, *others)])
        if isinstance(together, Rules):
            check(together)
        else:
            assert re.search(
                "can't stand together: (both decide|where .* nothing to work on)", together
            )


def test_most_of_them_stand_together() -> None:
    threes = [stand([placed(one, "") for one in three]) for three in combinations(WHATS, 3)]
    assert sum(isinstance(three, Rules) for three in threes) > len(threes) / 3


@pytest.mark.parametrize("what", WHATS)
def test_each_alone_at_each_place_and_for_each_verb(what: str) -> None:
    for place in ("", *PLACES):
        check(Rules([placed(what, place)], seed=1))
    if what.partition(" ")[0] not in WITHOUT_PLACE:
        for verb in ("GREETING", "STLS", "PASS", "LIST", "RETR", "QUIT"):
            check(Rules([parse_rule(f"{verb} -> {what}")], seed=1))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("RETR -> close", "RETR 2 -> reset"),
        ("close", "any -> cut-after 100"),
        ("RETR nth=1 -> stall", "RETR nth=..3 -> drop-after-dot"),
        ("LIST line=1 -> no-reply", "LIST line=1 -> reply x"),
        ("tls-alert", "STLS -> tls-silence"),
        ("refuse", "CONNECT -> stall"),
    ],
)
def test_two_that_decide_the_same_are_refused(one: str, other: str) -> None:
    with pytest.raises(ConfigError, match=r"both decide .*; give each a condition of its own"):
        Rules([parse_rule(one), parse_rule(other)])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("RETR 1 -> close", "RETR 2 -> reset"),
        ("LIST -> close", "RETR -> reset"),
        ("RETR nth=1 -> close", "RETR nth=2.. -> reset"),
        ("RETR chance=0.1 -> close", "RETR chance=0.1 -> reset"),
        ("RETR 2 nth=1 -> close", "any nth=9 -> reset"),
        ("any tls -> close", "any plain -> reset"),
        ("RETR octet=10 -> close", "RETR octet=20 -> reset"),
        ("any session=1 -> close", "any session=2.. -> reset"),
        ("QUIT -> close at=end", "drop-at-quit"),
    ],
)
def test_two_that_need_not_meet_stand_together(one: str, other: str) -> None:
    assert len(Rules([parse_rule(one), parse_rule(other)]).active) == 2


def test_the_first_rule_is_next_to_the_protocol_and_the_last_next_to_the_wire() -> None:
    def sent(*texts: str) -> bytes:
        said = performed(Rules([parse_rule(f"NOOP -> {text}") for text in texts]))
        return b"".join(a.data for a in said if isinstance(a, Send) and b"nothing" in a.data)

    assert sent("insert a skip=3", "insert b skip=3") == b"+OKba nothing done\r\n"
    assert sent("reply-twice", "remove 18") == as_sent(NOTHING_DONE)
