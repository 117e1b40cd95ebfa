"""EXTERNAL without TLS, octet by octet."""

import pytest

from pop3lab.core.session import Session
from tests.behaviours.ruled import ruled, rules, secured
from tests.dialogue import fed, play, sent, session
from tests.wording import CANCELLED, FAILED, MALFORMED, OPEN_TWO, as_sent

ANN = "YW5u"


def sasl(asked: Session) -> bytes:
    lines = sent(fed(asked, b"CAPA\r\n")).split(b"\r\n")
    return next(line for line in lines if line.startswith(b"SASL"))


@pytest.mark.parametrize("response", ["=", ANN], ids=["nobody", "the user"])
def test_external_in_clear(response: str) -> None:
    bent = ruled("external-in-clear ann")
    assert sasl(bent).endswith(b" EXTERNAL")
    play(bent, f"C: AUTH EXTERNAL {response}\nS: +OK ...")
    assert bent.user == "ann"


def said(asked: Session, *lines: bytes) -> list[bytes]:
    return [sent(fed(asked, line + b"\r\n")) for line in lines]


def test_external_in_clear_in_two_lines() -> None:
    answers = said(ruled("external-in-clear ann"), b"AUTH EXTERNAL", ANN.encode())
    assert answers == [b"+ \r\n", as_sent(OPEN_TWO)]


def test_nobody_else_logs_in() -> None:
    bent = ruled("external-in-clear ann")
    assert said(bent, b"AUTH EXTERNAL bXJvc2U=", b"AUTH EXTERNAL /w==") == [
        as_sent(FAILED),
        as_sent(MALFORMED),
    ]
    assert said(bent, b"AUTH EXTERNAL", b"*") == [b"+ \r\n", as_sent(CANCELLED)]


def test_it_is_offered_under_tls_too_but_not_by_the_book() -> None:
    assert sasl(secured("external-in-clear ann")).endswith(b" EXTERNAL")
    assert b"EXTERNAL" not in sasl(ruled())
    shared = rules("session=1 -> external-in-clear ann")
    listed = [b"EXTERNAL" in sasl(session(hooks=shared)) for _ in range(2)]
    assert listed == [True, False]
