"""Logins that take a slow hash: what is left to a thread, and what comes of it."""

import pytest

from pop3lab.auth.authenticator import Authenticator
from pop3lab.auth.credentials import Account, StoredPassword, clear_password
from pop3lab.core.actions import Proof
from pop3lab.core.config import Limits
from pop3lab.core.reply import Reply, err
from pop3lab.core.request import Authenticated
from tests.dialogue import play, session


def compared(given: bytes) -> bool:
    if given == b"broken":
        raise OSError("no more memory")
    return given == b"secret"


USERS = Authenticator(
    {
        "ann": Account("ann", StoredPassword("SLOW", compared)),
        "bob": Account("bob", clear_password("word")),
    }
)


@pytest.mark.parametrize("name", ["ann", "bob", "nobody"])
def test_who_fails_waits_for_a_hash_whoever_it_is(name: str) -> None:
    play(
        session(users=USERS),
        f"""
        C: USER {name}
        S: +OK ...
        C: PASS wrong
        (verify)
        S: -ERR [AUTH] ...
        C: NOOP
        S: -ERR ...
        """,
    )


def test_a_login_by_a_slow_hash() -> None:
    play(
        session(users=USERS),
        """
        C: USER ann
        S: +OK ...
        C| PASS secret\\r\\nSTAT\\r\\n
        (verify)
        S: +OK ...
        S: +OK 2 56
        """,
    )


def test_what_needs_no_hash_waits_for_none() -> None:
    play(
        session(users=USERS),
        """
        C: USER bob
        S: +OK ...
        C: PASS word
        S: +OK ...
        """,
    )


@pytest.mark.parametrize("response", ["AGFubgBzZWNyZXQ=", "YW5uAGFubgBzZWNyZXQ="])
def test_by_a_mechanism(response: str) -> None:
    play(
        session(users=USERS),
        f"""
        C: AUTH PLAIN {response}
        (verify)
        S: +OK ...
        """,
    )


def test_by_a_mechanism_of_several_steps() -> None:
    play(
        session(users=USERS),
        """
        C: AUTH LOGIN
        S: + VXNlcm5hbWU6
        C: YW5u
        S: + UGFzc3dvcmQ6
        C: d3Jvbmc=
        (verify)
        S: -ERR [AUTH] ...
        """,
    )


def test_p208_to_act_for_another_is_judged_behind_the_hash() -> None:
    play(
        session(users=USERS),
        """
        C: AUTH PLAIN Ym9iAGFubgBzZWNyZXQ=
        (verify)
        S: -ERR [AUTH] ...
        """,
    )


def test_where_too_many_wait_the_login_is_put_off() -> None:
    play(
        session(users=USERS, limits=Limits(bad_logins=1)),
        """
        C: USER ann
        S: +OK ...
        C: PASS secret
        (verify)
        S: -ERR [SYS/TEMP] ...
        C: USER bob
        S: +OK ...
        C: PASS word
        S: +OK ...
        """,
        verifies=False,
    )


def test_what_can_not_be_known_is_no_wrong_password() -> None:
    play(
        session(users=USERS),
        """
        C: USER ann
        S: +OK ...
        C: PASS broken
        (verify)
        S: -ERR [SYS/TEMP] passwords can't be checked now
        """,
    )


def test_what_is_made_of_a_login_waits_for_the_proof() -> None:
    asked: list[str] = []

    def note(login: Authenticated) -> Authenticated:
        asked.append(login.user)
        return login

    def refuse(login: Authenticated) -> Reply:
        return err("not today")

    proof = Proof(lambda: "ann")
    login = Authenticated.of(proof).then(note)
    assert isinstance(login, Authenticated)
    refused = login.then(refuse)
    assert isinstance(refused, Authenticated)
    assert asked == []
    proof.run()
    assert login.proved() == Authenticated("ann")
    assert refused.proved() == err("not today")
    assert asked == ["ann", "ann"]
    assert Authenticated.of("bob").then(refuse) == err("not today")
