import math

import pytest

from pop3lab.core.actions import Action, Close, HalfClose, Pause, Reset
from pop3lab.core.config import ServerCapabilities
from tests.behaviours.faults.faulty import actions, check, check_from_the_start
from tests.behaviours.ruled import rules
from tests.dialogue import done, fed, session

ENDINGS = {
    "close": [Close()],
    "abrupt-close": [Close(close_notify=False)],
    "reset": [Reset()],
    "half-close": [HalfClose(), Pause(math.inf)],
    "stall": [Pause(math.inf)],
}


@pytest.mark.parametrize(("name", "wanted"), ENDINGS.items())
def test_each_ending_is_these_actions_before_the_reply_or_behind_it(
    name: str, wanted: list[Action]
) -> None:
    assert actions(f"NOOP -> {name}", b"NOOP")[: len(wanted)] == wanted
    assert actions(f"NOOP -> {name} at=end", b"NOOP")[1:] == wanted


def test_close() -> None:
    listed = "C: LIST 1\nS: +OK 1 23\n"
    assert check("LIST 2 -> close", listed + "C: LIST 2\n(close)").over


def test_close_at_the_end_comes_behind_the_dot() -> None:
    check("LIST -> close at=end", "C: LIST\nS: +OK ...\nS: 1 23\nS: 2 33\nS: .\n(close)")


def test_reset_before_a_line() -> None:
    check("LIST line=2 -> reset", "C: LIST\nS: +OK ...\nS: 1 23\n(reset)")


def test_close_where_a_place_ends() -> None:
    check("LIST line=1 -> close at=end", "C: LIST\nS: +OK ...\nS: 1 23\n(close)")


def test_an_ending_at_a_place_that_there_is_not_is_none() -> None:
    check("LIST line=4 -> reset", "C: LIST\nS: +OK ...\nS: 1 23\nS: 2 33\nS: .", hits=0)
    check("LIST part=end -> close", "C: LIST 1\nS: +OK 1 23", hits=0)


def test_half_close() -> None:
    check("QUIT -> half-close at=end", "C: QUIT\nS: +OK ...\n(half-close)\n(stall)\n(close)")


def test_half_close_with_close_notify() -> None:
    assert actions("NOOP -> half-close notify=yes", b"NOOP")[0] == HalfClose(close_notify=True)


def test_stall_for_seconds_goes_on() -> None:
    check("NOOP -> stall 2.5", "C: NOOP\n(pause 2.5)\nS: +OK ...")
    assert actions("NOOP -> stall 2.5", b"NOOP")[0] == Pause(2.5)


def test_stall_after_the_status() -> None:
    check(
        "RETR part=body -> stall 1",
        "C: RETR 1\nS: +OK 23 octets\n(pause 1)\nS: Subject: one\nS:\nS: hello\nS: .",
    )


def test_no_octet_before_tls_is_read_in_a_pause() -> None:
    offered = session(
        hooks=rules("STLS -> stall 1 at=end"), capabilities=ServerCapabilities(tls=True)
    )
    done(offered.greeting())
    _, pause, start = done(fed(offered, b"STLS\r\n"))
    assert pause == Pause(1, leave_unread=True)
    assert type(start).__name__ == "StartTLS"


@pytest.mark.parametrize("name", ["refuse", "CONNECT -> reset"])
def test_refuse(name: str) -> None:
    check_from_the_start(name, "(reset)")


def test_blackhole() -> None:
    accepted = session(hooks=rules("blackhole"))
    assert next(accepted.greeting()) == Pause(math.inf)


def test_a_rule_that_does_not_name_it_does_not_hold_at_connect() -> None:
    check_from_the_start("any -> close", "(close)")
    check_from_the_start("any -> close at=end", "S: +OK ...\n(close)")
    check_from_the_start("CONNECT -> close at=end", "(close)")


def test_greeting_then_drop() -> None:
    check_from_the_start("GREETING octet=8 -> close", "S| +OK pop3\n(close)")
