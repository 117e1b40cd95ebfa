"""The first line of a session, octet by octet."""

import math
from hashlib import md5

import pytest

from pop3lab.core.actions import Close, Part, Pause, Reset, Send
from tests.behaviours.ruled import LOGIN, ruled, rules
from tests.dialogue import TIMESTAMP, done, play, sent, session
from tests.wording import READY, as_sent


def greeting(rule: str) -> bytes:
    return sent(ruled(rule).greeting())


def test_bare_status() -> None:
    play(
        ruled("bare-status"),
        """
        S: +OK
        C: USER ann
        S: +OK
        C: PASS wrong
        S: -ERR
        C: USER ann
        S: +OK
        C: PASS secret
        S: +OK
        C: STAT
        S: +OK 2 56
        C: LIST 1
        S: +OK 1 23
        C: UIDL 2
        S: +OK 2 2
        C: UIDL
        S: +OK
        S: 1 1
        S: 2 2
        S: .
        C: LIST 3
        S: -ERR
        C: NOOP
        S: +OK
        C: QUIT
        S: +OK
        (close)
        """,
        greet=True,
    )


def test_bare_status_of_some_verbs() -> None:
    play(
        ruled("bare-status verbs=GREETING,dele"),
        "S: +OK" + LOGIN + "C: NOOP\nS: +OK ...\nC: DELE 1\nS: +OK",
        greet=True,
    )


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("", b"+OK The *WGS* Microsoft Exchange POP3 service is ready.\r\n"),
        ("hello", b"+OK Hello there.\r\n"),
        ("xclient", b"+OK [XCLIENT] Dovecot ready.\r\n"),
        ("half-stamp", b"+OK ready <1896.697170952@dbc.mtview.ca.us\r\n"),
        ("hello stamp=yes", f"+OK Hello there. {TIMESTAMP}\r\n".encode()),
        ('text="\\xc4\\xe3" stamp=no', b"+OK \xc4\xe3\r\n"),
    ],
)
def test_greeting_odd_text(rule: str, line: bytes) -> None:
    assert greeting(f"greeting-odd-text {rule}") == line


def test_greeting_odd_text_with_something_like_a_response_code() -> None:
    found = greeting("greeting-odd-text base64")
    assert found.startswith(b"+OK The Microsoft Exchange POP3 service is ready. [RgBSAEE")
    assert found.endswith(b"==]\r\n")


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("", f"{READY} {TIMESTAMP}\r\n".encode()),
        ("place=front", f"+OK {TIMESTAMP} pop3lab ready\r\n".encode()),
        ("place=inside", f"+OK pop3lab {TIMESTAMP} ready\r\n".encode()),
        (
            "octets=unprintable",
            READY.encode() + b" <\x05\xb8\xe2\x05\xa1\xf7@\xc4\xe3>\r\n",
        ),
    ],
)
def test_greeting_apop_fake(rule: str, line: bytes) -> None:
    faking = ruled(f"greeting-apop-fake {rule}")
    assert sent(faking.greeting()) == line
    digest = md5(f"{TIMESTAMP}secret".encode()).hexdigest()
    play(faking, f"C: APOP ann {digest}\nS: -ERR ..." + LOGIN)


def test_greeting_err() -> None:
    play(
        ruled("greeting-err"),
        "S: -ERR the server is too busy, try again later\n(close)",
        greet=True,
    )
    play(
        ruled('greeting-err text="come back" code=SYS/TEMP'),
        "S: -ERR [SYS/TEMP] come back\n(close)",
        greet=True,
    )


def test_greeting_drop() -> None:
    banner = Send(f"{READY} {TIMESTAMP}\r\n".encode(), Part.HEAD)
    assert done(ruled("greeting-drop").greeting()) == [banner, Close()]
    assert done(ruled("greeting-drop how=reset").greeting()) == [banner, Reset()]
    assert done(ruled("greeting-drop banner=no").greeting()) == [Close()]


def test_greeting_drop_in_the_first_session_only() -> None:
    first_only = rules("session=1 -> greeting-drop banner=no")
    play(session(hooks=first_only), "(close)", greet=True)
    play(session(hooks=first_only), "S: +OK ...", greet=True)


def test_greeting_silent() -> None:
    assert done(ruled("greeting-silent").greeting()) == [Pause(math.inf)]


def test_greeting_slow() -> None:
    first, *rest = done(ruled("greeting-slow seconds=2.5").greeting())
    assert first == Pause(2.5)
    assert sent(rest) == f"{READY} {TIMESTAMP}\r\n".encode()


@pytest.mark.parametrize(
    ("kind", "octets"),
    [
        ("imap", b"* OK Gimap ready for requests\r\n"),
        ("smtp", b"220 mail.example.com ESMTP\r\n"),
        ("tls", b"\x15\x03\x03\x00\x02\x02\x46" + as_sent(f"{READY} {TIMESTAMP}")),
        (
            "tls-data",
            b"\x17\x03\x03\x00\x10\x80\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f"
            + as_sent(f"{READY} {TIMESTAMP}"),
        ),
    ],
)
def test_greeting_wrong_protocol(kind: str, octets: bytes) -> None:
    wrong = ruled(f"greeting-wrong-protocol kind={kind}")
    assert sent(wrong.greeting()) == octets
    play(wrong, LOGIN)


def test_greeting_wrong_protocol_that_closes() -> None:
    actions = done(ruled("greeting-wrong-protocol http").greeting())
    assert sent(actions) == b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"
    assert actions[-1] == Close()


@pytest.mark.parametrize(
    ("rule", "octets"),
    [
        ("", b"+OK\r\n"),
        ("listing", b"+OK 1 messages\r\n1 120\r\n.\r\n"),
        ("capa", b"+OK\r\nTOP\r\nUIDL\r\nUSER\r\n.\r\n"),
        ('octets="-ERR no\\r\\n"', b"-ERR no\r\n"),
    ],
)
def test_greeting_glued(rule: str, octets: bytes) -> None:
    glued = ruled(f"greeting-glued {rule}")
    own = f"{READY} {TIMESTAMP}\r\n".encode()
    actions = done(glued.greeting())
    assert sent(actions) == own + octets
    assert {type(action) for action in actions} == {Send}, "no pause: it is one packet"
    play(glued, LOGIN)
