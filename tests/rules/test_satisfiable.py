"""Rules that can't hold are refused, and those that can are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop3lab.core.errors import ConfigError
from pop3lab.rules.condition_parser import parse_condition
from pop3lab.rules.satisfiable import may_meet, why_never
from tests.behaviours.ruled import rules
from tests.rules.conditions import conditions
from tests.rules.test_condition_parser import Asked

NEVER = [
    ("tls plain", "under TLS, or it is not"),
    ("tls not tls", "its contrary"),
    ("plain not (plain or RETR)", "its contrary"),
    ("RETR not RETR", "its contrary"),
    ("not any", "nothing but any"),
    ("chance=0", "leaves no chance"),
    ("RETR not chance=1", "leaves no chance"),
    ("session=1 session=2", "no session"),
    ("session=2.. not session=2..", "its contrary"),
    ("session=..2 not session=1 not session=2", "no session"),
    ("user=ann user=eve", "one user"),
    ("RETR 1 RETR 2", "one word"),
    ("RETR 1 1=2", "one word"),
    ("USER 1=ann 1=eve", "one word"),
    ("AUTH 1=PLAIN words=0", "so many words"),
    ("RETR 1 words=0", "so many words"),
    ("TOP 2=0 words=..1", "so many words"),
    ("nth=1 nth=2", "no count"),
    ("RETR nth=1 every=2", "no count"),
    ("every=2 every=3 nth=2..5", "no count"),
    ("(tls RETR) (plain or LIST)", "under TLS"),
    ("CONNECT user=ann", "no user is named yet"),
    ("GREETING user=ann", "no user is named yet"),
    ("(CONNECT or GREETING) user=ann", "no user is named yet"),
    ("CONNECT tls", "before TLS"),
    ("CONNECT not plain", "before TLS"),
    ("CONNECT 1", "no words"),
    ("GREETING 1=x", "no words"),
    ("GREETING words=1..", "no words"),
    ("CONNECT idle=2s", "no time has passed"),
    ("CONNECT after=2s", "no time has passed"),
    ("GREETING idle=2s", "no time has passed"),
    ("RESPONSE 2=x", "so many words"),
    ("RESPONSE words=0", "so many words"),
    ("RESPONSE words=2..", "so many words"),
    ("USER user=ann 1=bob", "one user"),
    ("APOP 1=bob user=ann", "one user"),
    ("not idle=2s", "when a time has passed"),
    ("tls not (idle=2s or after=3s)", "when a time has passed"),
    ("idle=2s 1=x", "silence has no words"),
    ("after=2s words=1..", "silence has no words"),
]


@pytest.mark.parametrize(("when", "why"), NEVER)
def test_what_can_not_hold_is_refused(when: str, why: str) -> None:
    with pytest.raises(ConfigError, match="never holds") as caught:
        rules(f"{when} -> stall")
    assert why in str(caught.value)


@pytest.mark.parametrize(
    "when",
    [
        "tls or plain",
        "RETR (tls or plain)",
        "chance=1 not chance=0",
        "chance=0.5",
        "session=2.. session=..2",
        "session=1..4 not session=2..3",
        "not user=ann not user=eve",
        "(user=ann or user=eve) user=ann",
        "RETR 1 words=1 1=01",
        "AUTH 1=plain 1=PLAIN",
        "nth=2..5 every=3",
        "nth=2 (nth=1 LIST)",  # counted differently
        "GREETING not user=ann",
        "GREETING words=0",
        "GREETING tls",
        "CONNECT plain",
        "CONNECT user=ann or RETR user=ann",
        "any not RETR",
        "GREETING after=2s",  # behind a greeting that is delayed
        "RETR not idle=2s",
        "any idle=2s 1=x",
        "idle=2s words=0",
        "after=9s not idle=2s",
        "idle=2s or after=9s tls",
        "RESPONSE 1=PLAIN words=1",
        "USER user=ann 1=ann",
        " or ".join(["(RETR or LIST)"] * 40),
    ],
)
def test_what_may_hold_is_taken(when: str) -> None:
    rules(f"({when}) -> stall")


@pytest.mark.parametrize(
    "when",
    [
        "RETR or idle=2s",
        "tls or idle=2s",
        "any or after=2s",
        "state=TRANSACTION (RETR or not after=2s)",
    ],
)
def test_what_is_about_commands_and_about_silence_is_refused(when: str) -> None:
    with pytest.raises(ConfigError, match="is about commands and about silence: give a rule"):
        rules(f"{when} -> stall")


@given(conditions, st.lists(st.sampled_from(["RETR 2", "LIST", "QUIT", "X-Y 7"]), max_size=9))
def test_what_is_found_impossible_never_holds(text: str, lines: list[str]) -> None:
    if why_never(parse_condition(text).condition):
        assert Asked(text).times(*lines) == []


@given(conditions, conditions, st.sampled_from(["RETR 2", "LIST", "QUIT 1", "X-Y 7"]))
def test_what_is_found_apart_never_meets(one: str, other: str, line: str) -> None:
    if not may_meet(parse_condition(one).condition, parse_condition(other).condition):
        assert not (Asked(one).about(line) and Asked(other).about(line))


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("STAT part=body -> corrupt", "STAT is answered by one line, its head: 'STAT part=body'"),
        ("(STAT or NOOP) part=end -> close", "NOOP and STAT is answered by one line"),
        ("GREETING part=body -> corrupt", "GREETING is answered by one line"),
        ("CONNECT part=head -> stall", "at CONNECT nothing is answered"),
        ("CONNECT octet=1 -> stall", "at CONNECT nothing is answered"),
    ],
)
def test_a_place_that_no_answer_has_is_refused(rule: str, why: str) -> None:
    with pytest.raises(ConfigError, match="never holds") as caught:
        rules(rule)
    assert str(caught.value).startswith(why)


def test_a_place_that_an_answer_may_have_is_taken() -> None:
    rules("STAT part=head -> stall", "(STAT or LIST) part=body -> stall", "AUTH part=body -> stall")
    rules("multi-for-single NOOP", "NOOP part=body -> remove")
    with pytest.raises(ConfigError, match="answered by one line"):
        rules("NOOP part=body -> remove", "multi-for-single NOOP")
