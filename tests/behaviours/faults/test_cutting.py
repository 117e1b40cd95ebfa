import math

import pytest

from pop3lab.core.actions import Action, Close, HalfClose, Pause, Reset
from tests.behaviours.faults.faulty import actions, check
from tests.dialogue import sent

WHOLE = sent(actions("RETR 9 -> close"))


@pytest.mark.parametrize("octets", range(len(WHOLE) + 1))
def test_cut_after_at_every_octet(octets: int) -> None:
    cut = actions(f"RETR 2 -> cut-after {octets} then reset")
    assert sent(cut) == WHOLE[:octets]
    assert cut[-1] == Reset()


@pytest.mark.parametrize(
    ("then", "wanted"),
    [
        ("close", [Close()]),
        ("abrupt-close", [Close(close_notify=False)]),
        ("reset", [Reset()]),
        ("half-close", [HalfClose(), Pause(math.inf)]),
        ("stall", [Pause(math.inf)]),
        ("go-on", []),
    ],
)
def test_cut_after_then(then: str, wanted: list[Action]) -> None:
    head, *rest = actions(f"RETR 2 -> cut-after 5 then {then}")
    assert head.data == b"+OK 3"  # type: ignore[union-attr]
    assert rest == wanted


def test_cut_after_closes_by_default() -> None:
    check("LIST -> cut-after 28", "C: LIST\nS: +OK ...\n(close)")


def test_a_cut_beyond_the_end_is_none() -> None:
    check("NOOP -> cut-after 19", "C: NOOP\nS: +OK ...", hits=0)
    check("NOOP -> cut-after 18", "C: NOOP\nS: +OK ...\n(close)")
    check("NOOP -> cut-after 18 then go-on", "C: NOOP\nS: +OK ...", hits=0)


def test_cut_after_counts_from_the_place() -> None:
    check("RETR part=body -> cut-after 7", "C: RETR 1\nS: +OK 23 octets\nS| Subject\n(close)")
    check(
        "LIST line=1 -> cut-after 1 then go-on",
        "C: LIST\nS: +OK ...\nS: 12 33\nS: .",
    )
    check("RETR octet=10 -> cut-after 3", "C: RETR 1\nS| +OK 23 octets\n(close)")


def test_what_follows_a_reply_that_is_cut_still_follows() -> None:
    check("QUIT -> cut-after 3 then go-on", "C: QUIT\nS| +OK\n(close)")


LIST = "C: LIST\nS: +OK ...\nS: 1 23\nS: 2 33\n"
NOOP = "C: NOOP\nS: +OK ...\n"


def test_drop_terminator() -> None:
    check("drop-terminator", LIST + NOOP)
    check("RETR 2 -> drop-terminator", LIST + "S: .", hits=0)


def test_drop_after_dot() -> None:
    check("drop-after-dot", NOOP + LIST + "S: .\n(close)")
    check("LIST -> drop-after-dot then reset", "C: LIST 1\nS: +OK 1 23\n" + LIST + "S: .\n(reset)")
