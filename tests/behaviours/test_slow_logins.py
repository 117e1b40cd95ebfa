"""Rules about logins, where a password takes a slow hash: they come after it, not in its place."""

import pytest

from pop3lab.auth.authenticator import Authenticator
from pop3lab.auth.credentials import Account, StoredPassword
from tests.behaviours.ruled import ruled
from tests.dialogue import play

USERS = Authenticator(
    {"ann": Account("ann", StoredPassword("SLOW", lambda given: given == b"secret"))}
)

RIGHT, WRONG = "AGFubgBzZWNyZXQ=", "AGFubgB3cm9uZw=="  # of PLAIN


def test_a_login_is_denied_only_if_its_password_is_right() -> None:
    play(
        ruled("in-use 1", users=USERS),
        """
        C: USER ann
        S: +OK ...
        C: PASS wrong
        (verify)
        S: -ERR [AUTH] ...
        C: USER ann
        S: +OK ...
        C: PASS secret
        (verify)
        S: -ERR [IN-USE] ...
        C: AUTH PLAIN
        S: +\x20
        C: AGFubgBzZWNyZXQ=
        (verify)
        S: +OK ...
        """,
    )


@pytest.mark.parametrize(("response", "said"), [(RIGHT, "authentication"), (WRONG, "login")])
@pytest.mark.parametrize("initial", [True, False])
def test_a_mechanism_that_fails_late(response: str, said: str, initial: bool) -> None:
    begun = f"C: AUTH PLAIN {response}" if initial else f"C: AUTH PLAIN\nS: +\x20\nC: {response}"
    broken = ruled("auth-mech-broken plain how=fails", users=USERS)
    play(broken, f"{begun}\n(verify)\nS: -ERR [AUTH] {said} failed")
