"""Texts of replies that do something where they are shown, stored or followed."""

import pytest

from pop3lab.behaviours.attacks_messages import BINARY, ESCAPES, FORMAT_STRING
from pop3lab.core.session import Session
from pop3lab.stores.memory import MemoryStore
from tests.behaviours.ruled import ruled, rules
from tests.behaviours.visiting import Visiting
from tests.dialogue import ONE, done, logged_in, memory, play, sent


def under(*texts: str, store: MemoryStore | None = None) -> Session:
    return logged_in(store, hooks=rules(*texts))


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
    assert greeted == b"+OK pop3lab ready <1896.697170952@dbc.mtview.ca.us> %s\r\n" % text
    played = under(rule, store=memory(ONE))
    for line, wanted in {
        b"STAT": b"+OK 1 23 %s\r\n" % text,
        b"X": b"-ERR unknown command %s\r\n" % text,
        b"LIST": b"+OK 1 message (23 octets) %s\r\n1 23 %s\r\n.\r\n" % (text, text),
        b"UIDL": b"+OK unique-ids follow %s\r\n1 1%s\r\n.\r\n" % (text, text),
        b"RETR 1": b"+OK 23 octets %s\r\nX-Text: %s\r\n" % (text, text)
        + ONE
        + b"%s\r\n.\r\n" % text,
        b"TOP 1 0": b"+OK top of message follows %s\r\nX-Text: %s\r\n" % (text, text)
        + b"Subject: one\r\n\r\n.\r\n",
    }.items():
        assert sent(done(played.feed(line + b"\r\n"))) == wanted
    listed = sent(done(played.feed(b"CAPA\r\n")))
    assert listed.startswith(b"+OK capabilities follow %s\r\nUIDL\r\nTOP\r\n" % text)
    assert listed.endswith(b"\r\nX-%s\r\n.\r\n" % text)


def test_what_is_everywhere() -> None:
    assert FORMAT_STRING == b"%n%s%x" * 50
    assert {b"\x1b]", b"\x1b[", b"\x07", b"\r"} <= {
        ESCAPES[at : at + n] for n in (1, 2) for at in range(len(ESCAPES))
    }
    assert len(BINARY) == 253


def test_crafted_status() -> None:
    said = sent(done(under("crafted-status").feed(b"STAT\r\nX\r\n")))
    assert said == b"+OK 2 56 %s\r\n-ERR unknown command %s\r\n" % (b"x" * 2000, b"x" * 2000)
    said = sent(done(under("crafted-status octets=1").feed(b"LIST\r\n")))
    assert said == b"+OK 2 messages (56 octets) x\r\n1 23\r\n2 33\r\n.\r\n"
    binary = sent(ruled("crafted-status form=binary").greeting())
    assert binary.endswith(b" " + BINARY + b"\r\n")


def test_redirect_referral() -> None:
    refused = "-ERR [REFERRAL/pop://mail.example.net/] Try this server instead."
    play(
        ruled("redirect-referral"),
        f"""
        C: USER ann
        S: +OK now the password
        C: PASS secret
        S: {refused}
        C: APOP mrose c4c9334bac560ecc979e58001b3e22fb
        S: {refused}
        C: AUTH PLAIN
        S: {refused}
        C: STAT
        S: -ERR log in first
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
    said = sent(done(under("format-strings text=%n", "uidl-zero").feed(b"UIDL\r\n")))
    assert said == b"+OK unique-ids follow %n\r\n1 %n\r\n2 %n\r\n.\r\n"
    said = sent(done(under("uidl-8bit", "nul-everywhere").feed(b"UIDL 1\r\n")))
    assert said == b"+OK 1 \xe9\xff\x801 before\x00behind\r\n"
