"""Refused logins, line by line."""

from base64 import b64encode
from hashlib import md5

import pytest

from pop3lab.core.actions import Close, Pause
from tests.behaviours.ruled import LOGIN, ruled, rules, secured
from tests.dialogue import TIMESTAMP, done, fed, logged_in, play, sent, session
from tests.wording import FAILED, as_sent

WRONG = """
    C: USER ann
    S: +OK ...
    C: PASS wrong
"""
PLAIN = b64encode(b"\0ann\0secret").decode()
DIGEST = md5(f"{TIMESTAMP}secret".encode()).hexdigest()


def test_auth_fail_disconnect() -> None:
    play(ruled("auth-fail-disconnect"), WRONG + "S: -ERR [AUTH] ...\n(close)")
    play(ruled("auth-fail-disconnect reply=no"), WRONG + "(close)")
    play(
        ruled("auth-fail-disconnect"),
        f"C: APOP ann {'0' * 32}\nS: -ERR [AUTH] ...\n(close)",
    )
    play(
        ruled("auth-fail-disconnect"),
        "C: AUTH PLAIN AGFubgB3cm9uZw==\nS: -ERR [AUTH] ...\n(close)",
    )


def test_auth_fail_disconnect_without_response_codes() -> None:
    play(
        ruled("capa-unsupported", "auth-fail-disconnect"),
        "C: PASS wrong\nS: -ERR ..." + WRONG + "S: -ERR login failed\n(close)",
    )


def test_auth_fail_disconnect_leaves_other_errors_alone() -> None:
    play(
        ruled("auth-fail-disconnect"),
        "C: PASS secret\nS: -ERR ...\nC: AUTH NTLM\nS: -ERR ...\nC: STAT\nS: -ERR ..." + LOGIN,
    )


def test_auth_fail_slow() -> None:
    slow = ruled("auth-fail-slow seconds=7")
    done(fed(slow, b"USER ann\r\n"))
    first, *rest = done(fed(slow, b"PASS wrong\r\n"))
    assert first == Pause(7.0)
    assert sent(rest) == as_sent(FAILED)
    play(slow, LOGIN)  # without a pause


@pytest.mark.parametrize(
    "login",
    [
        "C: USER ann\nS: +OK ...\nC: PASS secret\n",
        f"C: APOP ann {DIGEST}\n",
        f"C: AUTH PLAIN {PLAIN}\n",
        f"C: AUTH PLAIN\nS: +\x20\nC: {PLAIN}\n",
    ],
)
def test_auth_fail_temporary(login: str) -> None:
    play(
        ruled("auth-fail-temporary"),
        login
        + "S: -ERR [SYS/TEMP] mail storage services unavailable, wait a few minutes\n"
        + "C: STAT\nS: -ERR ...",
    )


def test_auth_fail_temporary_in_misleading_words() -> None:
    text = "Logon failure: unknown user name or bad password."
    play(
        ruled(f'auth-fail-temporary text="{text}" code=""'),
        f"C: AUTH PLAIN {PLAIN}\nS: -ERR {text}",
    )


def test_auth_fail_temporary_for_a_while() -> None:
    twice = rules("AUTH times=2 -> auth-fail-temporary code=IN-USE text=wait")
    again = session(hooks=twice)
    refused = f"C: AUTH PLAIN {PLAIN}\nS: -ERR [IN-USE] wait\n"
    play(again, refused)
    play(session(hooks=twice), refused)
    play(session(hooks=twice), f"C: AUTH PLAIN {PLAIN}\nS: +OK ...")


def test_auth_fail_temporary_keeps_no_lock() -> None:
    once = rules("session=1 -> auth-fail-temporary")
    play(session(hooks=once), f"C: AUTH PLAIN {PLAIN}\nS: -ERR [SYS/TEMP] mail storage ...")
    play(session(hooks=once), LOGIN)


def test_auth_fail_with_a_wrong_password() -> None:
    play(ruled("auth-fail-temporary"), WRONG + "S: -ERR [AUTH] ...")


def test_auth_fail_permanent() -> None:
    text = "Application-specific password required: https://example.com/app-passwords"
    play(ruled("auth-fail-permanent"), f"C: AUTH PLAIN {PLAIN}\nS: -ERR [AUTH] {text}")
    play(
        ruled('auth-fail-permanent code=SYS/PERM text="not enabled for POP"'),
        f"C: APOP ann {DIGEST}\nS: -ERR [SYS/PERM] not enabled for POP",
    )


@pytest.mark.parametrize("command", ["STAT", "CAPA", "NOOP", "RETR 1", "DELE 1", "STAT now"])
def test_login_ok_then_refused(command: str) -> None:
    play(
        ruled("login-ok-then-refused"),
        LOGIN + f"C: {command}\nS: -ERR login allowed only every 15 minutes\n(close)",
    )


def test_login_ok_then_refused_once() -> None:
    play(
        ruled('login-ok-then-refused close=no text="Too many open connections"'),
        LOGIN + "C: DELE 1\nS: -ERR Too many open connections\nC: STAT\nS: +OK 2 56",
    )


def test_login_ok_then_refused_for_ever() -> None:
    play(
        ruled("login-ok-then-refused close=no again=yes text=no"),
        LOGIN + "C: STAT\nS: -ERR no\nC: LIST\nS: -ERR no\nC: QUIT\nS: +OK ...\n(close)",
    )


def test_login_ok_then_refused_in_each_session() -> None:
    both = rules("login-ok-then-refused text=no")
    for entered in (logged_in(hooks=both), logged_in(hooks=both)):
        actions = done(fed(entered, b"STAT\r\n"))
        assert sent(actions) == b"-ERR no\r\n"
        assert actions[-1] == Close()
        entered.session_ended("closed")


@pytest.mark.parametrize(
    ("rule", "answer"),
    [
        ("", "-ERR User <ann> doesn't exist"),
        ("tls", "-ERR TLS required to log in."),
        (
            "cleartext",
            "-ERR [AUTH] Cleartext authentication disallowed on non-secure (SSL/TLS) connections.",
        ),
        (
            "plaintext",
            "-ERR [AUTH] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.",
        ),
        ('tls text="not like this"', "-ERR not like this"),
    ],
)
def test_user_refused(rule: str, answer: str) -> None:
    play(
        ruled(f"user-refused {rule}"),
        f"C: USER ann\nS: {answer}\nC: PASS secret\nS: -ERR ...",
    )


def test_user_refused_under_tls() -> None:
    play(secured("user-refused tls"), LOGIN)
    play(secured("user-refused"), "C: USER ann\nS: -ERR User <ann> doesn't exist")


def test_user_refused_in_turn() -> None:
    play(
        ruled("USER nth=1 -> user-refused", "USER nth=2 -> user-refused tls"),
        "C: USER ann\nS: -ERR User <ann> doesn't exist\n"
        "C: USER ann\nS: -ERR TLS required to log in." + LOGIN,
    )
