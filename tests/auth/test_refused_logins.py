"""What a session tells operators of logins that are refused, whoever else watches."""

from base64 import b64encode

import pytest

from pop3lab.auth.accounts import LoginOptions
from pop3lab.auth.authenticator import Authenticator
from pop3lab.auth.tokens import StaticTokens, Token, TokenState
from pop3lab.core.events import Event, LoggedIn, LoginRefused
from tests.dialogue import ACCOUNTS, done, fed, session
from tests.keeping import Keeps


class Operators(Keeps):
    """Wants no lines."""

    wants_lines = False


def told(*lines: str, users: Authenticator = ACCOUNTS) -> list[Event]:
    """The events of a session with these lines."""
    sink = Operators()
    done(fed(session(sink=sink, users=users), "".join(f"{line}\r\n" for line in lines).encode()))
    return sink.events[1:]  # the first is of the connection


def sasl(text: str) -> str:
    return b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("lines", "user", "mechanism"),
    [
        (["USER bob", "PASS secret"], "bob", "PASS"),
        (["USER ann", "PASS hunter2"], "ann", "PASS"),
        (["APOP ann 0123456789abcdef0123456789abcdef"], "ann", "APOP"),
        ([f"AUTH PLAIN {sasl(chr(0) + 'bob' + chr(0) + 'x')}"], "bob", "PLAIN"),
        (["AUTH LOGIN", sasl("bob"), sasl("x")], "bob", "LOGIN"),
        ([f"AUTH PLAIN {sasl('zoe' + chr(0) + 'ann' + chr(0) + 'secret')}"], "ann", "PLAIN"),
    ],
)
def test_the_name_that_was_given_is_told(lines: list[str], user: str, mechanism: str) -> None:
    assert told(*lines) == [LoginRefused(7, user, mechanism, "wrong name or password")]


@pytest.mark.parametrize(
    ("mechanism", "response", "user"),
    [
        ("XOAUTH2", "user=ann\1auth=Bearer t-1\1\1", "ann"),
        ("OAUTHBEARER", "n,a=ann,\1auth=Bearer t-1\1\1", "ann"),
        ("OAUTHBEARER", "n,,\1auth=Bearer t-1\1\1", ""),
    ],
)
def test_a_token_that_has_expired_is_no_wrong_password(
    mechanism: str, response: str, user: str
) -> None:
    tokens = StaticTokens({"t-1": Token("ann", TokenState.EXPIRED)})
    users = Authenticator({"ann": "secret"}, LoginOptions(tokens, allow_oauth_in_clear=True))
    events = told(f"AUTH {mechanism} {sasl(response)}", sasl("\1"), users=users)
    assert events == [LoginRefused(7, user, mechanism, "the token is refused")]


def test_a_login_is_told_also_if_nobody_wants_lines() -> None:
    [event] = told("USER ann", "PASS secret")
    assert isinstance(event, LoggedIn)
    assert (event.user, event.mechanism, event.secure) == ("ann", "PASS", False)
