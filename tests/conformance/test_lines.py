"""Octets, keywords and arguments."""

import pytest

from pop3lab.core.config import ServerCapabilities
from tests.dialogue import fed, sent

from .watched import Watched

LONG = "x" * 300


def found(line: str, capabilities: ServerCapabilities = ServerCapabilities()) -> list[str]:
    """What this line of the client breaks, sent as it is before the login."""
    watched = Watched(capabilities=capabilities)
    watched.play(f"S: +OK...\nC: CAPA\nS: +OK...\n{OFFERED if capabilities.utf8 else PLAIN}")
    session = watched.session()
    list(session.greeting())
    if capabilities.utf8:
        list(fed(session, b"CAPA\r\n"))
    list(fed(session, line.encode("latin-1")))
    return [name for name, _ in watched.found]


PLAIN = """
    S: UIDL
    S: TOP
    S: USER
    S: SASL SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN
    S: RESP-CODES
    S: AUTH-RESP-CODE
    S: PIPELINING
    S: EXPIRE NEVER
    S: LANG
    S: .
"""
OFFERED = PLAIN.replace("S: LANG", "S: UTF8 USER\nS: LANG")


@pytest.mark.parametrize(
    ("line", "ids"),
    [
        ("CAPA\n", ["bare-lf"]),
        ("CAPA\r\n", []),
        ("capa\r\n", []),
        (f"USER {'x' * 248}\r\n", []),
        (f"USER {'x' * 249}\r\n", ["line-too-long"]),
        (f"USER {'x' * 20_000}\r\n", ["line-too-long"]),  # its end is not kept
        (f"XYZZY {LONG}\n", ["line-too-long"]),
        (f"AUTH PLAIN {'AAAA' * 61}\r\n", ["initial-response-too-long"]),
        (f"AUTH PLAIN {'AAAA' * 60}\r\n", []),
        ("XYZZY\0\r\n", ["nul"]),
        ("XYZZY\t1\r\n", ["control-character"]),
        ("XY\rZZY\r\n", ["control-character"]),
        ("XYZZY\x7f\r\n", ["control-character"]),
        ("USER caf\xe9\r\n", ["eight-bit"]),
        ("USER caf\xc3\xa9\r\n", ["eight-bit"]),
        ("XYZZY 1 2  3 \r\n", []),  # who knows what it takes
        ("\r\n", ["no-keyword"]),
        (" CAPA\r\n", ["no-keyword"]),
        ("CAPA \r\n", ["spaces-behind-keyword"]),
        ("LANG   \r\n", ["spaces-behind-keyword"]),
        ("LANG  en\r\n", ["several-spaces"]),
        ("LANG en \r\n", ["wrong-arguments"]),
        ("LANG  en \r\n", ["several-spaces", "wrong-arguments"]),
        ("USER  ann\r\n", ["several-spaces"]),
        ("USER two  words \r\n", []),
        ("AUTH  PLAIN AAAA\r\n", ["several-spaces"]),
        ("AUTH \r\n", ["wrong-arguments"]),
        ("APOP ann  0123456789abcdef0123456789abcdef\r\n", ["several-spaces"]),
        ("CAPA x\r\n", ["wrong-arguments"]),
        ("USER\r\n", ["wrong-arguments"]),
        ("USER \r\n", ["wrong-arguments"]),
        ("USER two words\r\n", []),
        ("AUTH\r\n", ["wrong-arguments"]),
        ("AUTH PLAIN AAAA x\r\n", ["wrong-arguments"]),
        ("APOP ann 0123456789abcdef0123456789abcdef\r\n", []),
        ("APOP ann 0123456789ABCDEF0123456789ABCDEF\r\n", ["wrong-arguments"]),
        ("APOP ann\r\n", ["wrong-arguments"]),
        ("LANG\r\n", []),
        ("LANG en\r\n", []),
        ("LANG en de\r\n", ["wrong-arguments"]),
        ("QUIT now\r\n", ["wrong-arguments"]),
        ("BREAK\r\n", []),
    ],
)
def test_lines_before_the_login(line: str, ids: list[str]) -> None:
    assert found(line) == ids


@pytest.mark.parametrize(
    ("line", "ids"),
    [
        ("USER caf\xc3\xa9\r\n", []),
        ("USER caf\xe9\r\n", ["eight-bit"]),  # no UTF-8
        ("XYZZY caf\xc3\xa9\r\n", ["eight-bit"]),
    ],
)
def test_utf8_where_it_is_offered(line: str, ids: list[str]) -> None:
    assert found(line, ServerCapabilities(utf8=True)) == ids


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("STAT", False),
        ("LIST 1", False),
        ("LIST 1 ", True),
        ("LIST +1", True),
        ("LIST 00001", False),
        ("RETR ", True),
        ("LIST 1 2", True),
        ("UIDL", False),
        ("RETR", True),
        ("RETR 1", False),
        ("RETR one", True),
        ("TOP 1", True),
        ("TOP 1 0", False),
        ("TOP 1 9223372036854775807", False),
        ("TOP 1 -1", True),
        ("RSET 1", True),
        ("NOOP", False),
    ],
)
def test_lines_after_the_login(line: str, wrong: bool) -> None:
    watched = Watched()
    session = watched.play("S: +OK...\nC: USER ann\nS: +OK...\nC: PASS secret\nS: +OK...")
    list(fed(session, line.encode() + b"\r\n"))
    assert watched.found == ([("wrong-arguments", f"C: {line}")] if wrong else [])


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("STAT ", "spaces-behind-keyword"),
        ("LIST   ", "spaces-behind-keyword"),
        ("LIST  1", "several-spaces"),
        ("RETR   1", "several-spaces"),
        ("TOP 1  0", "several-spaces"),
    ],
)
def test_spaces_that_are_looked_away_from_are_told(line: str, name: str) -> None:
    watched = Watched()
    session = watched.play("S: +OK...\nC: USER ann\nS: +OK...\nC: PASS secret\nS: +OK...")
    assert sent(fed(session, line.encode() + b"\r\n")).startswith(b"+OK")
    assert watched.found == [(name, f"C: {line}")]


def test_a_password_may_have_spaces_but_not_be_empty() -> None:
    watched = Watched()
    watched.play(
        r"""
        S: +OK...
        C: USER ann
        S: +OK...
        C: PASS two words and a space\x20
        S: -ERR...
        C: USER ann
        S: +OK...
        C| PASS \r\n
        S: -ERR...
        """
    )
    assert watched.found == [("wrong-arguments", "C: PASS ")]


def test_the_deciding_line_shows_no_secret() -> None:
    watched = Watched()
    watched.play(
        r"""
        S: +OK...
        C: USER ann
        S: +OK...
        C| PASS secret\n
        S: +OK...
        """
    )
    assert watched.found == [("bare-lf", r"C| PASS ****\n")]


def test_a_response_ends_in_crlf_too_and_may_be_long() -> None:
    watched = Watched()
    watched.play(
        rf"""
        S: +OK...
        C: AUTH PLAIN
        S: +...
        C: {"AAAA" * 100}
        S: -ERR...
        C: AUTH PLAIN
        S: +...
        C| AAAA\n
        S: -ERR...
        """
    )
    assert watched.found == [("bare-lf", r"C| ****\n")]


@pytest.mark.parametrize("response", ["secret!", "AAA", "QUIT1", "AAAA===="])
def test_a_response_that_is_not_base64(response: str) -> None:
    watched = Watched()
    watched.play(f"S: +OK...\nC: AUTH PLAIN\nS: + \nC: {response}\nS: -ERR...")
    assert watched.found == [("not-base64", "C: ****")]
    watched = Watched()
    watched.play(f"S: +OK...\nC: AUTH PLAIN {response}\nS: -ERR...")
    assert watched.found == [("not-base64", "C: AUTH PLAIN ****")]


@pytest.mark.parametrize("response", ["*", "AAAA", ""])
def test_a_response_that_is_one(response: str) -> None:
    watched = Watched()
    watched.play(f"S: +OK...\nC: AUTH PLAIN\nS: + \nC: {response}\nS: -ERR...")
    watched.play("S: +OK...\nC: AUTH PLAIN =\nS: -ERR...")
    assert watched.found == []
