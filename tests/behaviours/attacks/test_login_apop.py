"""Timestamps of attackers: what is sent is what APOP is checked against."""

from hashlib import md5

import pytest

from pop3lab.core.errors import ConfigError
from pop3lab.core.session import Session
from tests.behaviours.ruled import LOGIN, ruled, rules
from tests.dialogue import TIMESTAMP, fed, play, sent, session
from tests.wording import FAILED, READY, as_sent

INNER = TIMESTAMP[1:-1].encode()


def stamp_of(greeted: Session) -> bytes:
    greeting = sent(greeted.greeting())
    assert greeting.startswith(f"{READY} <".encode())
    assert greeting.endswith(b">\r\n")
    return greeting.removeprefix(f"{READY} ".encode()).removesuffix(b"\r\n")


def log_in(asked: Session, stamp: bytes) -> bytes:
    digest = md5(stamp + b"secret").hexdigest()
    return sent(fed(asked, f"APOP ann {digest}\r\n".encode()))


@pytest.mark.parametrize(
    ("kind", "stamp"),
    [
        ("8-bit", b"<" + "\xa7\xe9\xff".encode() + INNER + b">"),
        ("control", b"<\x01\x1b\x7f" + INNER + b">"),
        ("nul", b"<" + INNER + b"\0>"),
        ("no-at", b"<1896.697170952>"),
        ("two", b"<<" + INNER + b">"),
        ("empty", b"<>"),
        ("space", b"<1896.697170952 @ dbc.mtview.ca.us>"),
        ("block", b"<1896.697170952" + b"x" * 30 + b"@dbc.mtview.ca.us>"),
    ],
)
def test_apop_nonrfc_stamp(kind: str, stamp: bytes) -> None:
    bent = ruled(f"apop-nonrfc-stamp {kind}")
    assert stamp_of(bent) == stamp
    assert log_in(bent, TIMESTAMP.encode()) == as_sent(FAILED)
    assert log_in(bent, stamp).startswith(b"+OK")
    if kind == "block":
        assert len(stamp + b"s") == 64, "the first octet of the password fills a block of MD5"


def test_apop_static_stamp() -> None:
    shared = rules("apop-static-stamp <1.2@lab>")
    for nth in (1, 2):
        bent = session(hooks=shared)
        assert stamp_of(bent) == b"<1.2@lab>", nth
        assert log_in(bent, b"<1.2@lab>").startswith(b"+OK")
        bent.session_ended("closed")


def test_a_stamp_of_one_session_only() -> None:
    shared = rules("session=1 -> apop-static-stamp <1.2@lab>")
    assert stamp_of(session(hooks=shared)) == b"<1.2@lab>"
    other = session(hooks=shared)
    assert stamp_of(other) == TIMESTAMP.encode()
    assert log_in(other, TIMESTAMP.encode()).startswith(b"+OK")


def test_no_stamp_is_made_where_there_is_none() -> None:
    with pytest.raises(ConfigError, match="there is no timestamp"):
        ruled("apop-only", "greeting-odd-text hello", "apop-nonrfc-stamp")


def test_apop_redos() -> None:
    bent = ruled("apop-redos")
    assert sent(bent.greeting()) == b"+OK " + b"<" * 200_000 + b"\r\n"
    play(bent, LOGIN)
