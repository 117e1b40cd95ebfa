"""STAT and LIST as servers have been seen to answer them."""

import pytest

from pop3lab.core.actions import Pause
from pop3lab.core.session import Session
from pop3lab.stores.memory import MemoryStore
from tests.behaviours.ruled import rules
from tests.dialogue import ONE, TWO, done, fed, logged_in, memory, play, sent


def under(*texts: str, store: MemoryStore | None = None) -> Session:
    return logged_in(store, hooks=rules(*texts))


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("stat-extra", "+OK 2 56 messages in maildrop"),
        ('stat-extra text="" gap="\\t"', "+OK 2\\t56"),
        ('stat-extra gap="  " text=octets', "+OK 2  56 octets"),
        ("stat-malformed", "+OK 2"),
        ("stat-malformed form=bare", "+OK"),
        ("stat-malformed form=words", "+OK seven 56"),
        ("stat-malformed form=hash", "+OK 2 #octets"),
        ("stat-negative-octets", "+OK 2 -1873210000"),
        ("stat-negative-octets octets=4294967296", "+OK 2 4294967296"),
        ("stat-count-wrong", "+OK 3 56"),
        ("stat-count-wrong by=-1", "+OK 1 56"),
        ("stat-count-wrong by=-3", "+OK 0 56"),
    ],
)
def test_stat(rule: str, line: str) -> None:
    play(under(rule), f"C: STAT\nS: {line}\nC: STAT 1\nS: -ERR ...")


def test_list_empty_err() -> None:
    refused = """
        C: LIST
        S: -ERR no messages
        C: UIDL
        S: -ERR no messages
        C: STAT
        S: +OK 0 0
    """
    play(under("list-empty-err", store=memory()), refused)
    play(under("list-empty", "list-empty-err"), refused)
    play(
        under("list-empty-err text=nothing", store=memory(ONE)),
        """
        C: LIST
        S: +OK ...
        S: 1 23
        S: .
        C: DELE 1
        S: +OK ...
        C: LIST
        S: -ERR nothing
        """,
    )


def test_list_empty_no_dot() -> None:
    play(
        under("list-empty-no-dot", store=memory()),
        "C: LIST\nS: +OK ...\nC: UIDL\nS: +OK ...",
    )
    play(under("list-empty-no-dot"), "C: UIDL\nS: +OK ...\nS: 1 1\nS: 2 2\nS: .")


def test_list_status_noise() -> None:
    play(
        under("list-status-noise column=octets"),
        """
        C: LIST
        S: +OK POP3 clients that break here, they violate STD53.
        S: 1 23 octets
        S: 2 33 octets
        S: .
        C: LIST 1
        S: +OK 1 23
        """,
    )
    play(
        under('list-status-noise text="20 Messages"'),
        "C: UIDL\nS: +OK 20 Messages\nS: 1 1\nS: 2 2\nS: .",
    )


def test_list_unordered() -> None:
    play(
        under("list-unordered"),
        "C: LIST\nS: +OK ...\nS: 2 33\nS: 1 23\nS: .\nC: UIDL\nS: +OK ...\nS: 2 2\nS: 1 1\nS: .",
    )


def test_list_duplicate_number() -> None:
    many = memory(*[ONE] * 11)
    play(
        under("list-duplicate-number"),
        "C: LIST\nS: +OK ...\nS: 1 23\nS: 1 23\nS: 2 33\nS: .",
    )
    play(
        under("list-duplicate-number form=renumbered"),
        "C: UIDL\nS: +OK ...\nS: 1 1\nS: 1 2\nS: .",
    )
    listed = sent(done(fed(under("list-duplicate-number", store=many), b"UIDL\r\n")))
    assert listed.count(b"\r\n1 ") == 2
    assert listed.count(b"\r\n11 ") == 1


def test_list_bogus_lines() -> None:
    bogus = "S: 0 5\nS: -1 5\nS: 99999999999 5\nS: 1\nS: 1 ten\nS: abc\nS:\n"
    true = "S: 1 23\nS: 2 33\n"
    head = "C: LIST\nS: +OK ...\n"
    play(under("list-bogus-lines"), f"{head}{bogus}{true}S: .")
    play(under("list-bogus-lines at=end"), f"{head}{true}{bogus}S: .")
    play(under('list-bogus-lines lines="3 1"'), f"{head}S: 3 1\n{true}S: .")


def test_list_arg_ignored() -> None:
    play(
        under("list-arg-ignored"),
        """
        C: LIST 1
        S: +OK ...
        S: 1 23
        S: 2 33
        S: .
        C: UIDL 9
        S: +OK ...
        S: 1 1
        S: 2 2
        S: .
        """,
    )


def test_list_cut() -> None:
    play(under("list-cut"), "C: UIDL\nS: +OK ...\nS: 1 1\n(close)")
    play(under("list-cut verb=LIST after=0 then reset"), "C: LIST\nS: +OK ...\n(reset)")
    silent = under("list-cut after=5 then silence")
    play(silent, "C: LIST 1\nS: +OK 1 23\nC: UIDL 1\nS: +OK 1 1")
    assert done(fed(silent, b"UIDL\r\n"))[-1] == Pause(float("inf"))


def test_a_listing_of_one_message_is_cut_by_none() -> None:
    play(under("list-cut"), "C: UIDL 1\nS: +OK 1 1\nC: UIDL 9\nS: -ERR ...")


def test_quirks_of_listings_go_together() -> None:
    play(
        under("list-unordered", "list-bogus-lines lines=9", "list-status-noise text=x column=y"),
        "C: LIST\nS: +OK x\nS: 9 y\nS: 2 33 y\nS: 1 23 y\nS: .",
    )
    play(
        under("stat-count-wrong", "stat-extra text=messages", store=memory(ONE, TWO)),
        "C: STAT\nS: +OK 3 56 messages",
    )
