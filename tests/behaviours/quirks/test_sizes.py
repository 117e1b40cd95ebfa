"""Sizes that are not what is sent."""

import pytest

from pop3lab.behaviours.sizes import line_ends
from pop3lab.core.session import Session
from pop3lab.stores.memory import MemoryStore
from tests.behaviours.ruled import rules
from tests.behaviours.visiting import Visiting
from tests.cuts import every_cut
from tests.dialogue import ONE, TWO, done, fed, logged_in, memory, play, sent


def under(*texts: str, store: MemoryStore | None = None) -> Session:
    return logged_in(store, hooks=rules(*texts))


@pytest.mark.parametrize(
    ("rule", "one", "two", "both"),
    [
        ("size-lf", 20, 28, 48),
        ("size-estimate", 12, 17, 29),
        ("size-estimate factor=100", 2300, 3300, 5600),
        ("size-estimate factor=1 multiple=1024", 1024, 1024, 2048),
        ("size-estimate factor=0 multiple=0", 0, 0, 0),
        ("size-zero", 0, 0, 0),
        ("size-zero numbers=2", 23, 0, 23),
        ("size-huge", 4294967400, 4294967400, 8589934800),
        (
            "size-huge octets=340282366920938463463374607431768211456 numbers=1",
            1 << 128,
            33,
            (1 << 128) + 33,
        ),
        ("size-negative", -1, -1, -2),
        ("size-negative octets=-2147483648 numbers=1,9", -2147483648, 33, -2147483615),
    ],
)
def test_sizes_are_told_so_everywhere(rule: str, one: int, two: int, both: int) -> None:
    play(
        under(rule),
        f"""
        C: STAT
        S: +OK 2 {both}
        C: LIST
        S: +OK ...
        S: 1 {one}
        S: 2 {two}
        S: .
        C: LIST 2
        S: +OK 2 {two}
        C: RETR 1
        S: +OK {one} octets
        S: Subject: one
        S:
        S: hello
        S: .
        """,
    )


def test_size_zero_may_be_left_out() -> None:
    play(
        under("size-zero form=missing numbers=1"),
        "C: LIST\nS: +OK ...\nS: 1\nS: 2 33\nS: .\nC: LIST 1\nS: +OK 1\nC: STAT\nS: +OK 2 56",
    )


def test_a_line_end_is_counted_wherever_the_text_is_cut() -> None:
    for chunks in every_cut(b"a\r\n\rb\r\n\r\n\n"):
        assert line_ends(chunks) == 3


def test_retr_octets_lie() -> None:
    play(
        under("retr-octets-lie", store=memory(ONE)),
        "C: RETR 1\nS: +OK 120 octets\nS: Subject: one\nS:\nS: hello\nS: .\n"
        "C: LIST 1\nS: +OK 1 23\nC: RETR 2\nS: -ERR ...",
    )
    lied = sent(done(fed(under("retr-octets-lie octets=999999999"), b"RETR 1\r\n")))
    assert lied.startswith(b"+OK 999999999 octets\r\n")


def test_size_varies() -> None:
    Visiting("size-varies").visits(
        "C: LIST 1\nS: +OK 1 23", "C: LIST 1\nS: +OK 1 30", "C: LIST 1\nS: +OK 1 37"
    )


def test_sizes_go_together() -> None:
    play(
        under("size-zero numbers=1", "size-huge octets=99 numbers=2", "list-unordered"),
        "C: LIST\nS: +OK ...\nS: 2 99\nS: 1 0\nS: .",
    )
    play(under("size-lf", "size-estimate", store=memory(ONE, TWO)), "C: STAT\nS: +OK 2 24")
