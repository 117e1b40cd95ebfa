"""Status lines that are not written as they should be."""

import pytest

from pop3lab.core.actions import Action, Send
from pop3lab.core.errors import MaildropBusy
from tests.behaviours.quirks.several import PASS, Several, quirky
from tests.behaviours.ruled import LOGIN
from tests.dialogue import done, fed, sent
from tests.wording import LOG_IN_FIRST, PASSWORD_NEXT, as_sent

WRONG = "C: USER ann\nS: +OK ...\nC: PASS wrong\n"


def answered(rule: str, *lines: bytes) -> bytes:
    played = Several(rule).session()
    actions: list[Action] = []
    for line in lines:
        actions += done(fed(played, line + b"\r\n"))
    return sent(actions)


def test_typo_plus_err() -> None:
    quirky("typo-plus-err", transcript="C: STAT\nS: +ERR ..." + LOGIN)
    quirky("typo-plus-err", transcript=WRONG + "S: +ERR [AUTH] ...")


def test_status_case() -> None:
    quirky("status-case", transcript="S: +ok ...", greet=True)
    quirky(
        "status-case",
        transcript="C: USER ann\nS: +ok ...\nC: PASS wrong\nS: -err [AUTH] ...",
    )


def test_status_case_not_of_a_challenge() -> None:
    assert answered("status-case", b"AUTH PLAIN") == b"+ \r\n"


@pytest.mark.parametrize(
    ("form", "octets"),
    [
        ("no-sign", b"OK 2 56\r\n"),
        ("plus", b"+\r\n"),
        ("number", b"500 error\r\n"),
        ("tab", b"\t+OK 2 56\r\n"),
        ("lf", b"\n"),
    ],
)
def test_status_garbage(form: str, octets: bytes) -> None:
    rule = f"STAT -> status-garbage {form}"
    said = answered(rule, b"USER ann", b"PASS secret", b"STAT")
    assert said.partition(b"octets)\r\n")[2] == octets


def test_status_garbage_is_all_there_is() -> None:
    assert answered("status-garbage", b"NOOP") == b"ERR log in first\r\n"


@pytest.mark.parametrize("octets", [513, 4096, 100_000])
def test_status_long(octets: int) -> None:
    rule = f"status-long {octets}"
    said = answered(rule, b"USER ann", b"PASS secret", b"UIDL 1", b"LIST").split(b"\r\n")
    user, password, uidl, listing = said[:4]
    assert {len(user), len(password), len(listing)} == {octets - 2}
    assert user.startswith(f"{PASSWORD_NEXT} xxx".encode())
    assert uidl == b"+OK 1 1"
    assert said[4:] == [b"1 23", b"2 33", b".", b""]


def test_status_long_with_a_response_code() -> None:
    said = answered("status-long 513", b"USER ann", b"PASS wrong")
    assert [len(line) for line in said.splitlines(keepends=True)] == [513, 513]
    assert b"-ERR [AUTH] " in said


def test_status_long_leaves_what_is_longer() -> None:
    assert answered("status-long 20", b"NOOP") == as_sent(LOG_IN_FIRST)
    assert answered("status-long 21", b"NOOP") == as_sent(f"{LOG_IN_FIRST} x")


def test_resp_code_odd() -> None:
    quirky("resp-code-odd", transcript=WRONG + "S: -ERR [X-FOO/BAR] ..." + LOGIN)
    quirky('resp-code-odd "[sys/temp]"', transcript="C: STAT\nS: -ERR [sys/temp] ...")
    quirky('resp-code-odd "[open"', transcript="C: STAT\nS: -ERR [open ...")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("misleading-words", "Account locked, please wait"),
        ("misleading-words rude", "Lies! Try again!"),
        ("misleading-words bunny", "Clueless bunny!"),
        ("misleading-words rude codes=yes", "[AUTH] Lies! Try again!"),
    ],
)
def test_misleading_words(rule: str, said: str) -> None:
    quirky(
        rule,
        transcript=f"C: PASS secret\nS: -ERR PASS comes ...\n{WRONG}S: -ERR {said}\n"
        "C: AUTH FOO\nS: -ERR ..." + LOGIN,
    )


def test_misleading_words_of_a_lock() -> None:
    several = Several("misleading-words")
    several.play(LOGIN)
    said = several.play(PASS + "S: -ERR Come again later")
    assert said.user is None
    assert MaildropBusy.code == "IN-USE"


def test_misleading_words_fire_only_when_they_are_said() -> None:
    several = Several("any -> misleading-words")
    played = several.play(LOGIN)
    assert several.rules.active[0].hits == 0
    played.session_ended("closed")
    several.play(WRONG + "S: -ERR Account locked, please wait")
    assert several.rules.active[0].hits == 1


def test_status_changes_fire_only_where_they_differ() -> None:
    several = Several("any -> typo-plus-err")
    several.play("C: STAT\nS: +ERR ..." + LOGIN)
    assert several.rules.active[0].hits == 1
    assert isinstance(done(fed(several.session(), b"NOOP\r\n"))[0], Send)
