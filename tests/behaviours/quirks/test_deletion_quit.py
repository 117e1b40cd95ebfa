"""Quirks of QUIT."""

import pytest

from pop3lab.core.actions import Pause, Send
from tests.behaviours.quirks.several import PASS, Several, quirky
from tests.behaviours.ruled import LOGIN
from tests.dialogue import ONE, TWO, done, fed, memory, play, sent
from tests.wording import BYE, as_sent

DELE = "C: DELE 1\nS: +OK ...\nC: DELE 2\nS: +OK ...\n"


@pytest.mark.parametrize(
    ("removes", "left"), [("none", ["1", "2", "3"]), ("some", ["2", "3"]), ("all", [])]
)
def test_quit_err(removes: str, left: list[str]) -> None:
    several = Several(f"quit-err {removes}", store=memory(ONE, TWO, ONE))
    more = "C: DELE 3\nS: +OK ...\n"
    several.play(
        LOGIN + DELE + more + "C: QUIT\nS: -ERR some deleted messages not removed\n(close)"
    )
    assert several.uids == left


def test_quit_err_keeps_the_only_one() -> None:
    several = Several("quit-err")
    dele = "C: DELE 2\nS: +OK ...\n"
    several.play(LOGIN + dele + "C: QUIT\nS: -ERR some deleted messages not removed\n(close)")
    assert several.uids == ["1", "2"]


def test_quit_err_before_login_is_no_error() -> None:
    quirky("quit-err", transcript="C: QUIT\nS: +OK ...\n(close)")


def test_quit_ok_but_failed() -> None:
    several = Several("quit-ok-but-failed")
    several.play(LOGIN + DELE + "C: QUIT\nS: +OK Signing off, but message deletion failed\n(close)")
    assert several.uids == ["1", "2"]


@pytest.mark.parametrize(
    ("rule", "action", "left"),
    [
        ("quit-no-reply", "(stall)", []),
        ("quit-no-reply no", "(stall)", ["1", "2"]),
        ("quit-eof", "(close)", []),
        ("quit-eof no", "(close)", ["1", "2"]),
        ("quit-unknown-commit", "(reset)", []),
        ("quit-unknown-commit no how=close", "(close)", ["1", "2"]),
        ("rollback-on-drop", "(reset)", ["1", "2"]),
        ("rollback-on-drop how=close", "(close)", ["1", "2"]),
        ("QUIT -> rollback-on-drop", "(reset)", ["1", "2"]),
    ],
)
def test_quit_without_a_reply(rule: str, action: str, left: list[str]) -> None:
    several = Several(rule)
    several.play(LOGIN + DELE + f"C: QUIT\n{action}").session_ended("closed")
    assert several.uids == left


def test_rollback_on_drop_before_login_is_an_ordinary_quit() -> None:
    quirky("rollback-on-drop", transcript="C: QUIT\nS: +OK ...\n(close)")


def test_rollback_on_drop_behind_the_second_dele() -> None:
    several = Several("rollback-on-drop 2")
    for _ in range(2):
        several.play(LOGIN + "C: DELE 9\nS: -ERR ...\n" + DELE + "(reset)")
    assert several.uids == ["1", "2"]


def test_rollback_on_drop_once() -> None:
    several = Several("QUIT nth=1 -> rollback-on-drop")
    several.play(LOGIN + DELE + "C: QUIT\n(reset)").session_ended("reset")
    several.play(LOGIN + DELE + "C: QUIT\nS: +OK ...\n(close)")
    assert several.uids == []
    behind_dele = Several("DELE -> rollback-on-drop 2")
    behind_dele.play(LOGIN + DELE + "(reset)")
    assert behind_dele.uids == ["1", "2"]


def test_quit_slow() -> None:
    several = Several("quit-slow 90")
    played = several.play(LOGIN + DELE)
    actions = fed(played, b"QUIT\r\n")
    assert next(actions) == Pause(90.0)
    assert several.uids == [], "what was deleted is gone before the reply"
    last = done(actions)
    assert sent(last) == as_sent(BYE)
    assert isinstance(last[0], Send)


def test_quit_err_where_the_second_quit_is_good() -> None:
    several = Several("QUIT nth=1 -> quit-err none")
    several.play(LOGIN + DELE + "C: QUIT\nS: -ERR some deleted messages not removed\n(close)")
    played = several.session()
    play(played, PASS + "S: +OK ...\n" + DELE)
    play(played, "C: QUIT\nS: +OK ...\n(close)")
    assert several.uids == []
