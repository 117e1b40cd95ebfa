"""Transcripts as scores, and sessions played from them."""

from textwrap import dedent

import pytest

from pop3lab.core.actions import Action, Close, Part, Pause, Reset, Send, StartTLS
from pop3lab.core.errors import ConfigError
from pop3lab.core.events import Event, LineReceived
from pop3lab.recording.player import Deviation, Player
from pop3lab.recording.script import needs_tls, read_scripts
from tests.dialogue import fed

SCRIPT = r"""
    S: +OK ready
    C: USER ann
    S: +OK
    C: PASS ****
    S: +OK 1 message
    C: RETR 1
    S: +OK
    S| half a li
    (pause 0.5)
    S| ne\r\n.\r\n
    C: QUIT
    S: +OK so long
    (close)
"""


def player(text: str, strict: bool = False) -> Player:
    (score,) = read_scripts(dedent(text))
    return Player(1, score, strict=strict, deviations=[])


def said(*texts: str) -> list[Action]:
    return [Send(text.encode(), Part.HEAD) for text in texts]


def deviations(played: Player) -> list[Deviation]:
    played.session_ended("closed")
    return played.deviations


@pytest.mark.parametrize("strict", [False, True])
def test_the_client_of_the_transcript_hears_what_it_heard(strict: bool) -> None:
    played = player(SCRIPT, strict)
    assert list(played.greeting()) == said("+OK ready\r\n")
    assert list(fed(played, b"USER a")) == []
    assert list(fed(played, b"nn\r\n")) == said("+OK\r\n")
    assert list(fed(played, b"PASS any word\r\nRETR 1\r\n")) == [
        *said("+OK 1 message\r\n", "+OK\r\nhalf a li"),
        Pause(0.5),
        *said("ne\r\n.\r\n"),
    ]
    assert list(fed(played, b"QUIT\r\nNOOP\r\n")) == [*said("+OK so long\r\n"), Close()]
    assert deviations(played) == []


def test_strictly_another_line_ends_it() -> None:
    played = player(SCRIPT, strict=True)
    list(played.greeting())
    refused = said("-ERR this is not in the transcript\r\n")
    assert list(fed(played, b"user ann\r\nPASS x\r\n")) == [*refused, Close()]
    assert deviations(played) == [
        Deviation(1, b"USER ann\r\n", b"user ann\r\n"),
        Deviation(1, b"USER ann\r\n", b""),
    ]


def test_loosely_verbs_are_enough_and_may_be_left_out() -> None:
    played = player(SCRIPT)
    list(played.greeting())
    assert list(fed(played, b"user  ann\r\n")) == said("+OK\r\n")
    assert list(fed(played, b"NOOP\r\n")) == said("-ERR this is not in the transcript\r\n")
    assert list(fed(played, b"pass x y\r\nQUIT\r\n")) == [
        *said("+OK 1 message\r\n", "+OK so long\r\n"),
        Close(),
    ]
    assert deviations(played) == [Deviation(1, b"PASS ****\r\n", b"NOOP\r\n")]


OTHERS = """
    S: +OK
    C: USER ****
    S: +OK
    C: AUTH PLAIN
    S: +
    C: ****
    S: +OK
    C: RETR 1
    S: +OK
    S: one
    S: .
    C: TOP 1 0
    S: +OK
    S: .
    C: LIST
    S: +OK
    S: .
"""


@pytest.mark.parametrize(
    ("line", "wanted", "answer"),
    [
        ("RETR 2", "RETR 1", "+OK\r\none\r\n.\r\n"),
        ("RETR", "RETR 1", "+OK\r\none\r\n.\r\n"),
        ("TOP 1 10", "TOP 1 0", "+OK\r\n.\r\n"),
        ("AUTH LOGIN", "AUTH PLAIN", "+\r\n"),
        ("USER", "USER ****", "+OK\r\n"),
    ],
)
def test_loosely_an_argument_that_differs_is_a_departure(
    line: str, wanted: str, answer: str
) -> None:
    played = player(OTHERS)
    list(played.greeting())
    assert list(fed(played, f"{line}\r\n".encode())) == said(answer)
    whole = f"{wanted}\r\n".encode()
    assert deviations(played) == [Deviation(1, whole, f"{line}\r\n".encode(), answered=True)]


@pytest.mark.parametrize("line", ["RETR 1", "retr  1", "Top 1   0", "user ann", "list "])
def test_loosely_another_spelling_of_the_same_is_none(line: str) -> None:
    played = player(OTHERS)
    list(played.greeting())
    assert b"+OK" in b"".join(
        action.data for action in fed(played, f"{line}\r\n".encode()) if type(action) is Send
    )
    assert deviations(played) == []


def test_loosely_a_list_is_no_answer_to_a_line_with_an_argument() -> None:
    played = player(OTHERS)
    list(played.greeting())
    assert list(fed(played, b"LIST 1\r\n")) == said("-ERR this is not in the transcript\r\n")
    assert deviations(played) == [Deviation(1, b"USER ****\r\n", b"LIST 1\r\n")]


def test_what_is_played_is_told_with_its_responses() -> None:
    events: list[Event] = []

    class Keeps:
        wants_lines = True

        def emit(self, event: Event) -> None:
            events.append(event)

    (score,) = read_scripts(dedent(OTHERS))
    played = Player(1, score, deviations=[], sink=Keeps())
    list(played.greeting())
    list(fed(played, b"AUTH PLAIN\r\nAGFubgBzZWNyZXQ=\r\nRETR 1\r\n"))
    lines = [event for event in events if isinstance(event, LineReceived)]
    assert [(line.verb, line.response) for line in lines] == [
        ("AUTH", False),
        ("", True),
        ("RETR", False),
    ]


def test_a_line_without_cr_is_another_line_if_strict() -> None:
    text = "S: +OK\nC| NOOP\\n\nS: +OK\n"
    for strict, line, right in [
        (True, b"NOOP\n", 1),
        (True, b"NOOP\r\n", 0),
        (False, b"NOOP\r\n", 1),
    ]:
        played = player(text, strict)
        list(played.greeting())
        assert (list(fed(played, line)) == said("+OK\r\n")) is bool(right)


def test_sessions_in_order_and_what_is_no_score() -> None:
    text = "2 0.0 S: two\n1 0.0 S: one\n1 0.1 C: QUIT\n3 0.0 C: QUIT\n1 0.2 (reset)\n"
    one, two = read_scripts(text)
    assert one[0].actions == tuple(said("one\r\n"))
    assert one[1].actions == (Reset(),)
    assert two[0].actions == tuple(said("two\r\n"))
    with pytest.raises(ConfigError, match="no line of a server"):
        read_scripts("C: QUIT\n")
    with pytest.raises(ConfigError, match="line 2"):
        read_scripts("S: +OK\nhuh\n")


def test_tls_of_the_transcript_and_of_the_port() -> None:
    text = "S: +OK\nC: STLS\nS: +OK\n(start TLS)\nC: QUIT\n"
    assert needs_tls(read_scripts(text))
    assert not needs_tls(read_scripts(SCRIPT))
    assert list(player("S: +OK").greeting(tls=True)) == [StartTLS(), *said("+OK\r\n")]
    assert list(player("(start TLS)\nS: +OK").greeting(tls=True)) == [
        StartTLS(),
        *said("+OK\r\n"),
    ]


@pytest.mark.parametrize(
    ("known", "line", "same"),
    [
        ("USER ****", b"USER ann\r\n", True),
        ("USER ****", b"USER ann\n", False),
        ("USER ****", b"USER \r\n", False),
        ("APOP **** ****", b"APOP ann c4c9\r\n", True),
        ("APOP **** ****", b"APOP ann\r\n", False),
        ("****", b"WHl6\r\n", True),
        ("TOP 1 .", b"TOP 1 0\r\n", False),
    ],
)
def test_what_is_masked_may_be_anything(known: str, line: bytes, same: bool) -> None:
    ((_, turn),) = read_scripts(f"S: +OK\nC: {known}\nS: +OK\n")
    assert turn.is_line(line) is same


ASKED_TWICE = """
    S: +OK
    C: AUTH PLAIN
    S: +
    C: ****
    S: +OK in
    C: RETR 1
    S: +OK one
    C: RETR 2
    S: +OK two
    C: RETR 3
    S: +OK three
"""


def answers(text: str, *lines: bytes) -> list[Action]:
    played = player(text)
    list(played.greeting())
    return [action for line in lines for action in fed(played, line)]


def test_loosely_the_very_line_comes_before_the_verb() -> None:
    logged_in = b"AUTH PLAIN\r\nWHl6\r\n"
    assert answers(ASKED_TWICE, logged_in, b"RETR 2\r\n", b"RETR 1\r\n")[2:] == said(
        "+OK two\r\n", "+OK three\r\n"
    )


def test_loosely_a_masked_line_fits_only_where_it_stands() -> None:
    assert answers(ASKED_TWICE, b"RETR 3\r\n") == said("+OK three\r\n")
    assert answers(ASKED_TWICE, b"AUTH PLAIN\r\n", b"RETR 3\r\n")[1:] == said("+OK in\r\n")


def test_what_was_said_is_not_said_again() -> None:
    refused = said("-ERR this is not in the transcript\r\n")
    assert answers(SCRIPT, b"USER ann\r\n", b"USER ann\r\n") == said("+OK\r\n") + refused


@pytest.mark.parametrize("strict", [False, True])
def test_what_is_left_out_at_the_end_is_a_departure_only_if_strict(strict: bool) -> None:
    played = player(SCRIPT, strict)
    list(played.greeting())
    list(fed(played, b"USER ann\r\n"))
    missing = [Deviation(1, b"PASS ****\r\n", b"")]
    assert deviations(played) == (missing if strict else [])
    assert deviations(played) == (missing if strict else [])


@pytest.mark.parametrize("end", ["close", "reset"])
def test_what_came_after_the_server_had_closed_is_not_waited_for(end: str) -> None:
    played = player(f"S: +OK\nC: STAT\nS| +OK 1\n({end})\nC: QUIT\n", strict=True)
    list(played.greeting())
    first, closed = fed(played, b"STAT\r\n")
    assert [first] == said("+OK 1")
    assert isinstance(closed, Close | Reset)
    assert deviations(played) == []


@pytest.mark.parametrize(
    ("known", "line", "same"),
    [
        ("A****B****C", b"AxBxC\r\n", True),
        ("A****B****C", b"ABBxC\r\n", True),
        ("A****B****C", b"ABxC\r\n", False),
        ("A****B****C", b"AxBC\r\n", False),
        ("A****AB****B", b"AABABABB\r\n", True),
        ("A****A", b"A\r\n", False),
        ("A****A", b"AA\r\n", False),
        ("********", b"xy\r\n", True),
        ("********", b"x\r\n", False),
    ],
)
def test_several_masks_in_a_line(known: str, line: bytes, same: bool) -> None:
    test_what_is_masked_may_be_anything(known, line, same)


@pytest.mark.parametrize("masks", [4, 40, 4000])
def test_many_masks_and_a_long_line_come_to_an_end(masks: int) -> None:
    ((_, turn),) = read_scripts(f"S: +OK\nC: {'a'.join(['****'] * masks)}b\nS: +OK\n")
    assert not turn.is_line(b"a" * 65_536 + b"\r\n")
    assert turn.is_line(b"a" * 65_536 + b"b\r\n")


def test_a_client_that_departs_without_end_is_not_put_down_without_end() -> None:
    played = player(SCRIPT)
    list(played.greeting())
    for _ in range(2000):
        list(fed(played, b"NOOP " + b"x" * 5000 + b"\r\n"))
    assert len(deviations(played)) == 1000
    assert all(len(departure.line) == 1000 for departure in played.deviations)


HIDDEN = """
    S: +OK
    C: PAS ****
    S: -ERR one
    C: ****
    S: -ERR two
    C: STAT
    S: +OK 0 0
"""


def test_what_was_hidden_behind_an_unknown_verb_is_no_command() -> None:
    first, second, stat = said("-ERR one\r\n", "-ERR two\r\n", "+OK 0 0\r\n")
    assert answers(HIDDEN, b"PAS secret\r\n", b"any words\r\n", b"STAT\r\n") == [
        first,
        second,
        stat,
    ]
    assert answers(HIDDEN, b"PAS secret\r\n", b"STAT\r\n") == [first, stat]


def test_departures_show_no_secrets() -> None:
    played = player(HIDDEN, strict=True)
    list(played.greeting())
    list(fed(played, b"LOGIN ann secret\r\n"))
    assert deviations(played)[0] == Deviation(1, b"PAS ****\r\n", b"LOGIN ****\r\n")
