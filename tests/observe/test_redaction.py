"""What of a client's lines is a secret, line by line, and what fits a line that hides one."""

import pytest

from pop3lab.core.events import LineReceived, LoggedIn
from pop3lab.core.maildrop import Snapshot
from pop3lab.observe.known_secrets import is_known, secret_spans
from pop3lab.observe.redaction import Redactor, matches_redacted

SECRETS = {"secret", "abc", "two words", "LIST", "1234"}


def knows(text: str) -> bool:
    return text in SECRETS


def shown(*lines: str, redactor: Redactor | None = None) -> list[str]:
    redactor = redactor or Redactor(knows)
    return [redactor.redact(LineReceived(1, line.encode())).decode() for line in lines]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("PAS secret", "PAS ****"),
        ("  pas  secret words ", "  pas  ****"),
        ("AUTH secret", "AUTH ****"),
        ("AUTH scram-sha-512-plus", "AUTH scram-sha-512-plus"),
        ("auth plain secret", "auth plain ****"),
        ("LOGIN ann secret", "LOGIN ****"),
        ("USER a\rPASS b", "USER a\rPASS ****"),
        ("USER a\rPASS b\r", "USER a\rPASS ****\r"),
        ("NOOP\rNOOP\rFOO", "NOOP\rNOOP\r****"),
        ("USER ann b", "USER ann ****"),
        ("* b", "* ****"),
        ("*", "*"),
        ("FOO", "FOO"),
        ("STARTTLS", "STARTTLS"),
        ("STAT", "STAT"),
        ("YW5uOnNlY3JldA==", "****"),
        ("eyJhbGciOiJSUzI1NiJ9.e30.c2ln", "****"),
    ],
)
def test_what_may_be_a_secret(line: str, text: str) -> None:
    assert Redactor().redact(LineReceived(0, line.encode())).decode() == text


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("STAT secret", "STAT ****"),
        ("STAT secrets", "STAT secrets"),
        ("STAT 'secret',", "STAT ****"),
        ("STAT abc", "STAT abc"),  # fewer than four octets
        ("TOP 1 1234", "TOP 1 ****"),
        ("NOOP the two words here", "NOOP the **** here"),
        ("NOOP two secret words", "NOOP two **** words"),
        ("NOOP c2VjcmV0", "NOOP ****"),  # secret
        ("NOOP AGFubgBzZWNyZXQ", "NOOP ****"),  # NUL ann NUL secret
        ("LIST LIST", "LIST ****"),
        ("LIST", "LIST"),  # a verb
        ("USER secret", "USER secret"),  # a name
        ("APOP secret 0123", "APOP secret ****"),
        ("secret", "****"),
        ("two words", "****"),
        ("two words more", "****"),
        ("NOOP password=secret", "NOOP ****"),
        ('NOOP user=ann&pass="secret"', "NOOP ****"),
        ("NOOP pop3://ann:secret@host/", "NOOP ****"),
        ("NOOP a=1=secrets", "NOOP a=1=secrets"),
        ("STAT \0ann\0secret", "STAT \0ann\0****"),
        ("STAT auth=Bearer secret\1\1", "STAT auth=Bearer ****\1\1"),
    ],
)
def test_what_the_server_knows_is_one_wherever_it_stands(line: str, text: str) -> None:
    assert shown(line) == [text]


def test_where_a_secret_may_come_it_is_one_until_the_next_command() -> None:
    for before in (
        "AUTH PLAIN",
        "AUTH",
        "FOO",
        "PAS x",
        "USER ann",
        "PASS",
        "pass x",
        "APOP ann x",
    ):
        assert shown(before, "one", "two three", "NOOP", "one")[1:] == [
            "****",
            "****",
            "NOOP",
            "one",
        ]
    assert shown("NOOP", "one", "CAPA", "two") == ["NOOP", "one", "CAPA", "two"]


def test_behind_a_response_a_secret_may_come_and_after_the_login_none() -> None:
    redactor = Redactor()
    assert redactor.redact(LineReceived(1, b"eA==\r", response=True)) == b"****\r"
    assert redactor.redact(LineReceived(1, b"*\r", response=True)) == b"*\r"
    assert redactor.redact(LineReceived(1, b"one\r")) == b"****\r"
    redactor.on_event(LoggedIn(1, "ann", "PLAIN", Snapshot([])))
    assert redactor.redact(LineReceived(1, b"one\r")) == b"one\r"


def test_after_the_login_a_lone_line_is_none() -> None:
    redactor = Redactor()
    assert shown("USER ann", "PASS x", redactor=redactor)[1] == "PASS ****"
    redactor.logged_in()
    assert shown("one", redactor=redactor) == ["one"]


@pytest.mark.parametrize(
    ("said", "again"),
    [
        ("PASS wombat", "wombat"),
        ("PASS  wom bat", "wom bat"),
        ("XTND PASS wombat", "wombat"),
        ("AUTH PLAIN AGFubgB3b21iYXQ=", "wombat"),  # NUL ann NUL wombat
        ("AUTH PLAIN AGFubgB3b21iYXQ=", "AGFubgB3b21iYXQ="),
        ("AUTH XOAUTH2 dXNlcj1hbm4BYXV0aD1CZWFyZXIgd29tYmF0AQE=", "wombat"),  # Bearer wombat
    ],
)
def test_what_the_client_has_said_as_a_secret_is_one_when_it_says_it_again(
    said: str, again: str
) -> None:
    redactor = Redactor()
    shown(said, redactor=redactor)
    lines = [f"NOOP {again}", f"LIST wombats {again}", "NOOP wombats", f"USER {again}"]
    assert shown(*lines, redactor=redactor)[:3] == [
        "NOOP ****",
        "LIST wombats ****",
        "NOOP wombats",
    ]
    response = LineReceived(1, said.rpartition(" ")[2].encode(), response=True)
    redactor = Redactor()
    redactor.redact(response)
    if "AUTH" in said:
        assert shown(f"NOOP {again}", redactor=redactor) == ["NOOP ****"]


def test_what_is_remembered_of_a_client_has_bounds() -> None:
    redactor = Redactor()
    for number in range(1000):
        shown(f"PASS word-{number}", redactor=redactor)
    assert shown("NOOP word-1", "NOOP word-999", redactor=redactor) == [
        "NOOP ****",
        "NOOP word-999",
    ]
    redactor = Redactor()
    shown(f"PASS {'x' * 5000}", redactor=redactor)
    assert shown(f"NOOP {'x' * 5000}", redactor=redactor) != ["NOOP ****"]


def test_a_command_that_the_session_has_is_none_of_a_stranger() -> None:
    redactor = Redactor()
    assert (
        redactor.redact(LineReceived(1, b"EXTRA 1 two", verb="EXTRA", known=True)) == b"EXTRA 1 two"
    )
    assert redactor.redact(LineReceived(1, b"one")) == b"one"
    assert redactor.redact(LineReceived(1, b"PAS x y", verb="PASS", known=True)) == b"PAS ****"


def test_of_very_many_words_the_last_are_hidden_unseen() -> None:
    asked: list[str] = []

    def counts(text: str) -> bool:
        asked.append(text)
        return False

    line = "word " * 2000
    [(begin, end)] = secret_spans(line, 0, counts)
    assert (begin, end) == (64 * 5, len(line))
    assert len(asked) < 64 * 8 * 4


@pytest.mark.parametrize("text", ["", "=", "====", "a" * 7, "\udcff" * 6, "-_-_-_-_"])
def test_what_is_no_base64_is_no_secret(text: str) -> None:
    assert not is_known(text, knows)


@pytest.mark.parametrize(
    ("pattern", "line", "fits"),
    [
        (b"PAS ****", b"PAS any words", True),
        (b"PAS ****", b"PAS ", False),
        (b"****", b"any words", True),
        (b"****", b"", False),
        (b"****", b"NOOP", False),
        (b"****", b"pass x", False),
        (b"NOOP", b"NOOP", True),
        (b"USER a\rPASS ****", b"USER a\rPASS b", True),
    ],
)
def test_what_fits_a_line_that_hides_something(pattern: bytes, line: bytes, fits: bool) -> None:
    assert matches_redacted(pattern, line) is fits


def test_a_response_may_be_anything() -> None:
    assert matches_redacted(b"****", b"QUIT", response=True)
