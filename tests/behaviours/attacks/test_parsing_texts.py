"""Texts of replies that do something where they are shown, stored or followed."""

import pytest

from pop3lab.behaviours.attacks_messages import BINARY, ESCAPES, FORMAT_STRING
from pop3lab.core.session import Session
from pop3lab.stores.memory import MemoryStore
from tests.behaviours.ruled import ruled, rules
from tests.behaviours.visiting import Visiting
from tests.dialogue import ONE, TIMESTAMP, done, fed, logged_in, memory, play, sent
from tests.wording import (
    CAPABILITIES_FOLLOW,
    ONE_LISTED,
    READY,
    TOP_FOLLOWS,
    TWO_LISTED,
    UIDS_FOLLOW,
    UNKNOWN,
)


def under(*texts: str, store: MemoryStore | None = None) -> Session:
    return logged_in(store, hooks=rules(*texts))


def behind(wording: str, text: bytes) -> bytes:
    return b"%s %s\r\n" % (wording.encode(), text)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("format-strings", FORMAT_STRING),
        ("format-strings text=%p", b"%p"),
        ("terminal-escapes", ESCAPES),
        ("nul-everywhere", b"before\x00behind"),
        ('nul-everywhere text="\\xff\\x00"', b"\xff\x00"),
    ],
)
def test_a_text_everywhere(rule: str, text: bytes) -> None:
    greeted = sent(ruled(rule).greeting())
    assert greeted == behind(f"{READY} {TIMESTAMP}", text)
    played = under(rule, store=memory(ONE))
    for line, wanted in {
        b"STAT": b"+OK 1 23 %s\r\n" % text,
        b"X": behind(UNKNOWN, text),
        b"LIST": behind(ONE_LISTED, text) + b"1 23 %s\r\n.\r\n" % text,
        b"UIDL": behind(UIDS_FOLLOW, text) + b"1 1%s\r\n.\r\n" % text,
        b"RETR 1": b"+OK 23 octets %s\r\nX-Text: %s\r\n" % (text, text)
        + ONE
        + b"%s\r\n.\r\n" % text,
        b"TOP 1 0": behind(TOP_FOLLOWS, text)
        + b"X-Text: %s\r\n" % text
        + b"Subject: one\r\n\r\n.\r\n",
    }.items():
        assert sent(done(fed(played, line + b"\r\n"))) == wanted
    listed = sent(done(fed(played, b"CAPA\r\n")))
    assert listed.startswith(behind(CAPABILITIES_FOLLOW, text) + b"UIDL\r\nTOP\r\n")
    assert listed.endswith(b"\r\nX-%s\r\n.\r\n" % text)


def test_what_is_everywhere() -> None:
    assert FORMAT_STRING == b"%n%s%x" * 50
    assert {b"\x1b]", b"\x1b[", b"\x07", b"\r"} <= {
        ESCAPES[at : at + n] for n in (1, 2) for at in range(len(ESCAPES))
    }
    assert len(BINARY) == 253


def test_crafted_status() -> None:
    said = sent(done(fed(under("crafted-status"), b"STAT\r\nX\r\n")))
    assert said == behind("+OK 2 56", b"x" * 2000) + behind(UNKNOWN, b"x" * 2000)
    said = sent(done(fed(under("crafted-status octets=1"), b"LIST\r\n")))
    assert said == behind(TWO_LISTED, b"x") + b"1 23\r\n2 33\r\n.\r\n"
    binary = sent(ruled("crafted-status form=binary").greeting())
    assert binary.endswith(b" " + BINARY + b"\r\n")


def test_redirect_referral() -> None:
    refused = "-ERR [REFERRAL/pop://mail.example.net/] Try this server instead."
    play(
        ruled("redirect-referral"),
        f"""
        C: USER ann
        S: +OK ...
        C: PASS secret
        S: {refused}
        C: APOP mrose c4c9334bac560ecc979e58001b3e22fb
        S: {refused}
        C: AUTH PLAIN
        S: {refused}
        C: STAT
        S: -ERR ...
        """,
    )
    play(
        ruled("redirect-referral url=pop://x"), "C: PASS x\nS: -ERR [REFERRAL/pop://x] Try this..."
    )


def test_resume_confusion() -> None:
    there = Visiting("resume-confusion", store=memory(ONE))
    own = "C: RETR 1\nS: +OK 23 octets\nS: Subject: one\nS:\nS: hello\nS: .\nC: UIDL 1\nS: +OK 1 1"
    other = """
        C: RETR 1
        S: +OK 40 octets
        S: Subject: another server's
        S:
        S: message 1
        S: .
        C: LIST 1
        S: +OK 1 40
        C: UIDL 1
        S: +OK 1 1
    """
    there.visits(own, other, other)
    Visiting("resume-confusion session=3", store=memory(ONE)).visits(own, own, other)


def test_texts_go_together() -> None:
    said = sent(done(fed(under("format-strings text=%n", "uidl-zero"), b"UIDL\r\n")))
    assert said == behind(UIDS_FOLLOW, b"%n") + b"1 %n\r\n2 %n\r\n.\r\n"
    said = sent(done(fed(under("uidl-8bit", "nul-everywhere"), b"UIDL 1\r\n")))
    assert said == b"+OK 1 \xe9\xff\x801 before\x00behind\r\n"
