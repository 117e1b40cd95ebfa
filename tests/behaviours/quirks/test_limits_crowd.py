"""More sessions than a server takes."""

from tests.behaviours.quirks.several import NO_WAIT, PASS, QUIT, Several
from tests.behaviours.ruled import LOGIN
from tests.dialogue import done, fed, play, session

MROSE = "C: USER mrose\nS: +OK ...\nC: PASS tanstaaf\n"
OK = "S: +OK ...\n"


def test_too_many_connections() -> None:
    several = Several("too-many-connections 1")
    first = several.session()
    second = session(several.store, hooks=several.rules, limits=NO_WAIT)
    play(second, "S: -ERR Too many open connections\n(close)", greet=True)
    first.session_ended("closed")
    several.visit("")


def test_too_many_connections_that_were_refused_do_not_count() -> None:
    several = Several("too-many-connections 1")
    first = several.session()
    for _ in range(3):
        refused = session(several.store, hooks=several.rules)
        play(refused, "S: -ERR Too many open connections\n(close)", greet=True)
    play(first, LOGIN + QUIT)
    several.session()


def test_too_many_connections_at_connect() -> None:
    several = Several("too-many-connections 1 at=connect")
    several.session()
    second = session(several.store, hooks=several.rules)
    play(second, "(close)", greet=True)


def test_too_many_connections_at_login() -> None:
    several = Several("too-many-connections 1 at=login")
    first = several.play(LOGIN)
    second = several.play(MROSE + "S: -ERR Too many open connections\n")
    play(first, QUIT)
    play(second, MROSE + OK)
    several.play(PASS + "S: -ERR Too many open connections")
    second.session_ended("closed")
    several.visit("")


def test_session_stolen() -> None:
    several = Several("session-stolen")
    first = several.play(LOGIN + "C: DELE 1\nS: +OK ...\n")
    several.visit("C: STAT\nS: +OK 2 56\n")
    play(first, "C: QUIT\nS: -ERR Received Kiss of Death\n(close)")
    assert several.uids == ["1", "2"]


def test_session_stolen_by_a_thief_who_is_stolen_from() -> None:
    several = Several('session-stolen "go"')
    first, second = several.play(LOGIN), several.play(LOGIN)
    third = several.play(LOGIN)
    play(first, "C: NOOP\nS: -ERR go\n(close)")
    play(second, "C: RETR 1\nS: -ERR go\n(close)")
    first.session_ended("closed")
    play(third, "C: STAT\nS: +OK 2 56\n" + QUIT)


def test_session_stolen_by_sasl_and_only_from_the_same_user() -> None:
    several = Several("session-stolen")
    first, other = several.play(LOGIN), several.play(MROSE + OK)
    several.play("C: AUTH PLAIN\nS: +\x20\nC: AGFubgBzZWNyZXQ=\nS: +OK ...")
    play(first, "C: STAT\nS: -ERR Received Kiss of Death\n(close)")
    play(other, "C: STAT\nS: +OK 0 0\n")


def test_session_stolen_not_by_a_wrong_password() -> None:
    several = Several("session-stolen")
    first = several.play(LOGIN)
    several.play("C: USER ann\nS: +OK ...\nC: PASS wrong\nS: -ERR [AUTH] ...\n")
    play(first, "C: STAT\nS: +OK 2 56\n")
    assert done(fed(first, b"NOOP\r\n"))
