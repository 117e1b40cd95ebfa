"""Unique-ids as servers have been seen to list them."""

import pytest

from pop3lab.behaviours.uidl import HOSTILE
from pop3lab.core.session import Session
from pop3lab.stores.memory import MemoryStore
from tests.behaviours.ruled import rules
from tests.behaviours.visiting import Visiting
from tests.dialogue import ONE, TWO, done, fed, logged_in, memory, play, sent
from tests.wording import NO_SUCH_MESSAGE, UIDS_FOLLOW, UNKNOWN, as_sent

HEAD = as_sent(UIDS_FOLLOW)


def under(*texts: str, store: MemoryStore | None = None) -> Session:
    return logged_in(store, hooks=rules(*texts))


def asked(played: Session, line: bytes = b"UIDL") -> bytes:
    """What comes back."""
    return sent(done(fed(played, line + b"\r\n")))


def test_uidl_unsupported() -> None:
    played = under("uidl-unsupported")
    play(played, f"C: UIDL\nS: {UNKNOWN}\nC: UIDL 1\nS: {UNKNOWN}")
    assert b"UIDL" not in asked(played, b"CAPA")


def test_uidl_fails_temporarily() -> None:
    good = "C: UIDL 1\nS: +OK 1 1"
    Visiting("uidl-fails-temporarily").visits(
        good,
        "C: UIDL\nS: -ERR [SYS/TEMP] unique-ids are not available now\n"
        "C: UIDL 1\nS: -ERR [SYS/TEMP] unique-ids are not available now\nC: STAT\nS: +OK 3 79",
        good,
    )
    Visiting("uidl-fails-temporarily sessions=1 text=no").visits(
        "C: UIDL\nS: -ERR [SYS/TEMP] no", good
    )


@pytest.mark.parametrize(
    ("rule", "one", "two"),
    [
        ("uidl-duplicate", b"1 the-same", b"2 the-same"),
        ("uidl-duplicate numbers=2,3 uid=x", b"1 1", b"2 x"),
        ("uidl-empty", b"1 ", b"2 2"),
        ("uidl-empty form=bare numbers=2", b"1 1", b"2"),
        ("uidl-separator", b"1   1", b"2   2"),
        ('uidl-separator gap="\\t" before=" " after=" "', b" 1\t1 ", b" 2\t2 "),
        ("uidl-inner-space", b"1 1 uid", b"2 2 uid"),
        ("uidl-long octets=71", b"1 " + b"u" * 70 + b"1", b"2 " + b"u" * 70 + b"2"),
        ("uidl-long octets=1", b"1 1", b"2 2"),
        ("uidl-8bit", b"1 \xe9\xff\x801", b"2 \xe9\xff\x802"),
        ("uidl-hostile-chars", b"1 ../../1", b"2 ../../2"),
        ("uidl-case-only", b"1 uid-aB", b"2 uid-Ab"),
        ("uidl-ambiguous", b"1 123", b"2 123"),
    ],
)
def test_each_unique_id_is_bent_in_the_list_and_alone(rule: str, one: bytes, two: bytes) -> None:
    played = under(rule)
    assert asked(played) == b"%s%s\r\n%s\r\n.\r\n" % (HEAD, one, two)
    assert asked(played, b"UIDL 1") == b"+OK %s\r\n" % one
    assert asked(played, b"UIDL 2") == b"+OK %s\r\n" % two
    assert asked(played, b"UIDL 3") == as_sent(NO_SUCH_MESSAGE)
    assert asked(played, b"LIST 1") == b"+OK 1 23\r\n"


def test_a_message_keeps_its_unique_id_when_numbers_move() -> None:
    Visiting("uidl-duplicate numbers=2,3").visits(
        "C: UIDL\nS: +OK ...\nS: 1 1\nS: 2 the-same\nS: 3 the-same\nS: .\n"
        "C: DELE 1\nS: +OK ...\nC: QUIT\nS: +OK ...\n(close)",
        "C: UIDL\nS: +OK ...\nS: 1 the-same\nS: 2 the-same\nS: .",
    )


@pytest.mark.parametrize(
    ("form", "uid"),
    [
        ("absolute", b"/etc/1"),
        ("slash", b"a/b1"),
        ("format", b"%n%s1"),
        ("quotes", b"\"'1"),
        ("semicolon", b";1"),
        ("nul", b"a\x001"),
        ("escape", b"\x1b[2J1"),
        ("cr", b"a\r1"),
        ("dot", b"."),
        ("deep", b"A/" * 300 + b"1"),
    ],
)
def test_uidl_hostile_chars(form: str, uid: bytes) -> None:
    played = under(f"uidl-hostile-chars form={form}", store=memory(ONE))
    assert asked(played) == HEAD + b"1 " + uid + b"\r\n.\r\n"
    assert asked(played, b"UIDL 1") == b"+OK 1 " + uid + b"\r\n"


def test_unique_ids_that_are_alike_once_slashes_are_dashes() -> None:
    Visiting("uidl-hostile-chars form=alike").visits(
        "C: UIDL\nS: +OK ...\nS: 1 a/b\nS: 2 a-b\nS: 3 3\nS: .\n"
        "C: DELE 1\nS: +OK ...\nC: QUIT\nS: +OK ...\n(close)",
        "C: UIDL\nS: +OK ...\nS: 1 a-b\nS: 2 3\nS: .",
    )


def test_all_that_is_hostile_has_been_tried() -> None:
    assert len(HOSTILE) == 11


def test_uidl_ok_prefix() -> None:
    play(
        under("uidl-ok-prefix"),
        "C: UIDL\nS: +OK ...\nS: +OK 1 1\nS: +OK 2 2\nS: .\nC: UIDL 1\nS: +OK 1 1",
    )


def test_uidl_single_form() -> None:
    play(
        under("uidl-single-form"),
        "C: UIDL 2\nS: +OK 2\nC: UIDL\nS: +OK ...\nS: 1 1\nS: 2 2\nS: .",
    )
    play(under("uidl-single-form form=other"), "C: UIDL 2\nS: +OK 99 2")
    play(
        under("uidl-single-form form=other number=1"), "C: UIDL 2\nS: +OK 1 2\nC: UIDL 3\nS: -E..."
    )


def test_uidl_dot_line() -> None:
    play(under("uidl-dot-line"), "C: UIDL\nS: +OK ...\nS: ..1 1\nS: 2 2\nS: .")
    play(
        under("uidl-dot-line number=2 stuffed=no"),
        "C: UIDL\nS: +OK ...\nS: 1 1\nS: .2 2\nS: .\nC: UIDL 2\nS: +OK 2 2",
    )


def test_uidl_list_mismatch() -> None:
    play(under("uidl-list-mismatch"), "C: UIDL\nS: +OK ...\nS: 1 1\nS: .\nC: UIDL 2\nS: +OK 2 2")
    play(
        under("uidl-list-mismatch form=shifted"),
        "C: UIDL\nS: +OK ...\nS: 2 1\nS: 3 2\nS: .\nC: LIST\nS: +OK ...\nS: 1 23\nS: 2 33\nS: .",
    )


def test_bent_unique_ids_go_together() -> None:
    long = b"x  " + b"u" * 4 + b"1"
    for order in (1, -1):
        texts = ["uidl-long octets=5", 'uidl-separator gap="  " before=x'][::order]
        assert asked(under(*texts, store=memory(ONE)), b"UIDL 1") == b"+OK x1" + long[1:] + b"\r\n"
    tabbed = under('uidl-separator gap="\\t"', "uidl-inner-space")
    assert asked(tabbed, b"UIDL 2") == b"+OK 2\t2 uid\r\n"
    play(
        under("uidl-ok-prefix", "uidl-separator", "uidl-inner-space", "uidl-dot-line"),
        "C: UIDL\nS: +OK ...\nS: ..+OK 1   1 uid\nS: +OK 2   2 uid\nS: .",
    )
    assert asked(under("uidl-8bit", "uidl-single-form"), b"UIDL 1") == b"+OK \xe9\xff\x801\r\n"


def test_the_condition_of_a_rule_holds() -> None:
    play(
        under("UIDL nth=2 -> uidl-separator", store=memory(ONE, TWO)),
        "C: UIDL 1\nS: +OK 1 1\nC: UIDL 1\nS: +OK 1   1\nC: UIDL 1\nS: +OK 1 1",
    )
