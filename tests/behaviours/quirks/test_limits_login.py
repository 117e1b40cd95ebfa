"""Logins refused although the credentials are right."""

from base64 import b64encode

import pytest

from pop3lab.core.events import Event, LoggedIn, RuleApplied
from tests.behaviours.quirks.several import PASS, QUIT, Several
from tests.behaviours.ruled import LOGIN, rules
from tests.dialogue import play, session

PLAIN = b64encode(b"\0ann\0secret").decode()


def test_login_delay() -> None:
    several = Several("login-delay 120")
    several.visit("")
    several.now = 119.0
    refused = "S: -ERR [LOGIN-DELAY] Logins must be at least 2 minutes apart\n"
    played = several.play(PASS + refused)
    several.now = 120.0
    play(played, LOGIN + QUIT)


def test_login_delay_by_sasl_and_apop() -> None:
    several = Several("login-delay 60")
    several.visit("")
    refused = "S: -ERR [LOGIN-DELAY] Logins must be at least 1 minutes apart\n"
    several.play(f"C: AUTH PLAIN {PLAIN}\n" + refused)
    several.play(f"C: AUTH PLAIN\nS: +\x20\nC: {PLAIN}\n" + refused + "C: NOOP\nS: -ERR ...")
    several.play("C: APOP mrose c4c9334bac560ecc979e58001b3e22fb\nS: +OK ...")
    several.play("C: APOP mrose c4c9334bac560ecc979e58001b3e22fb\n" + refused)


def test_login_delay_counts_no_wrong_password() -> None:
    several = Several("login-delay")
    wrong = "C: USER ann\nS: +OK ...\nC: PASS wrong\nS: -ERR [AUTH] ...\n"
    several.play(wrong + LOGIN + QUIT)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("login-delay form=hotmail", "S: -ERR login allowed only every 15 minutes"),
        ("login-delay form=limit", "S: -ERR Exceeded the login limit for a 15 minute period"),
        ("login-delay form=close", "(close)"),
        ('login-delay text="not {yet}"', "S: -ERR [LOGIN-DELAY] not {yet}"),
        ("duplicate-login", "S: -ERR duplicate login"),
        ("duplicate-login form=qq", "S: -ERR login fail, frequency limited"),
    ],
)
def test_a_login_too_early(rule: str, said: str) -> None:
    several = Several(rule)
    several.visit("")
    several.play(PASS + said)


def test_duplicate_login_is_forgotten_after_a_minute() -> None:
    several = Several("duplicate-login")
    several.visit("")
    several.now = 60.0
    several.visit("")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("in-use", "S: -ERR [IN-USE] ..."),
        ("in-use form=uw", "S: -ERR Can't get lock.  Mailbox in use"),
        ("in-use form=hmailserver", "S: -ERR Your mailbox is already locked"),
        ("in-use form=popper", "S: -ERR POP lock busy"),
        ("in-use form=mdaemon", "S: -ERR Maildrop already locked"),
    ],
)
def test_in_use(rule: str, said: str) -> None:
    several = Several(rule)
    played = several.play(PASS + said + "\nC: STAT\nS: -ERR ...")
    play(played, LOGIN + QUIT)


def test_in_use_for_as_many_logins_as_asked() -> None:
    refused = PASS + "S: -ERR [IN-USE] ...\n"
    Several("in-use 2").play(refused * 2 + LOGIN)
    Several("in-use 0").play(refused * 3)


def test_in_use_by_a_condition_tells_when_it_fires() -> None:
    heard: list[Event] = []

    class Heard:
        wants_lines = True
        emit = staticmethod(heard.append)

    script = rules("PASS nth=1 -> in-use 0")
    played = session(hooks=script, sink=Heard())
    play(played, PASS + "S: -ERR [IN-USE] ...\n" + LOGIN)
    told = [event for event in heard if isinstance(event, RuleApplied | LoggedIn)]
    assert [type(event) for event in told] == [RuleApplied, LoggedIn]
    assert script.active[0].hits == 1


def test_lock_lingers() -> None:
    several = Several("lock-lingers 600")
    several.visit("")
    several.lose("")
    several.now = 599.0
    several.play(PASS + "S: -ERR [IN-USE] ...")
    several.now = 600.0
    several.visit("")
    several.visit("")


def test_lock_lingers_not_for_another_user() -> None:
    several = Several("lock-lingers form=mdaemon")
    several.lose("")
    several.play("C: USER mrose\nS: +OK ...\nC: PASS tanstaaf\nS: +OK ...")
    several.play(PASS + "S: -ERR Maildrop already locked")
