"""Transcripts as scores, and sessions played from them."""

from textwrap import dedent

import pytest

from pop3lab.core.actions import Action, Close, Part, Pause, Reset, Send, StartTLS
from pop3lab.core.errors import ConfigError
from pop3lab.replay.player import Departure, Player
from pop3lab.replay.score import needs_tls, read_scores

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
    S: +OK bye
    (close)
"""


def player(text: str, strict: bool = False) -> Player:
    (score,) = read_scores(dedent(text))
    return Player(1, score, strict=strict, departures=[])


def said(*texts: str) -> list[Action]:
    return [Send(text.encode(), Part.HEAD) for text in texts]


def departures(played: Player) -> list[Departure]:
    played.end("closed")
    return played.departures


@pytest.mark.parametrize("strict", [False, True])
def test_the_client_of_the_transcript_hears_what_it_heard(strict: bool) -> None:
    played = player(SCRIPT, strict)
    assert list(played.greeting()) == said("+OK ready\r\n")
    assert list(played.receive(b"USER a")) == []
    assert list(played.receive(b"nn\r\n")) == said("+OK\r\n")
    assert list(played.receive(b"PASS any word\r\nRETR 1\r\n")) == [
        *said("+OK 1 message\r\n", "+OK\r\nhalf a li"),
        Pause(0.5),
        *said("ne\r\n.\r\n"),
    ]
    assert list(played.receive(b"QUIT\r\nNOOP\r\n")) == [*said("+OK bye\r\n"), Close()]
    assert departures(played) == []


def test_strictly_another_line_ends_it() -> None:
    played = player(SCRIPT, strict=True)
    list(played.greeting())
    refused = said("-ERR this is not in the transcript\r\n")
    assert list(played.receive(b"user ann\r\nPASS x\r\n")) == [*refused, Close()]
    assert departures(played) == [
        Departure(1, b"USER ann\r\n", b"user ann\r\n"),
        Departure(1, b"USER ann\r\n", b""),
    ]


def test_loosely_verbs_are_enough_and_may_be_left_out() -> None:
    played = player(SCRIPT)
    list(played.greeting())
    assert list(played.receive(b"user bob\r\n")) == said("+OK\r\n")
    assert list(played.receive(b"NOOP\r\n")) == said("-ERR this is not in the transcript\r\n")
    assert list(played.receive(b"PASS\r\nQUIT\r\n")) == [
        *said("+OK 1 message\r\n", "+OK bye\r\n"),
        Close(),
    ]
    assert departures(played) == [Departure(1, b"PASS ****\r\n", b"NOOP\r\n")]


def test_a_line_without_cr_is_another_line_if_strict() -> None:
    text = "S: +OK\nC| NOOP\\n\nS: +OK\n"
    for strict, line, right in [
        (True, b"NOOP\n", 1),
        (True, b"NOOP\r\n", 0),
        (False, b"NOOP\r\n", 1),
    ]:
        played = player(text, strict)
        list(played.greeting())
        assert (list(played.receive(line)) == said("+OK\r\n")) is bool(right)


def test_sessions_in_order_and_what_is_no_score() -> None:
    text = "2 0.0 S: two\n1 0.0 S: one\n1 0.1 C: QUIT\n3 0.0 C: QUIT\n1 0.2 (reset)\n"
    one, two = read_scores(text)
    assert one[0].actions == tuple(said("one\r\n"))
    assert one[1].actions == (Reset(),)
    assert two[0].actions == tuple(said("two\r\n"))
    with pytest.raises(ConfigError, match="no line of a server"):
        read_scores("C: QUIT\n")
    with pytest.raises(ConfigError, match="line 2"):
        read_scores("S: +OK\nhuh\n")


def test_tls_of_the_transcript_and_of_the_port() -> None:
    text = "S: +OK\nC: STLS\nS: +OK\n(start TLS)\nC: QUIT\n"
    assert needs_tls(read_scores(text))
    assert not needs_tls(read_scores(SCRIPT))
    assert list(player("S: +OK").greeting(tls=True)) == [StartTLS(), *said("+OK\r\n")]
    assert list(player("(start TLS)\nS: +OK").greeting(tls=True)) == [
        StartTLS(),
        *said("+OK\r\n"),
    ]
