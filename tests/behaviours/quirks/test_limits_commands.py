"""Commands that a server does not take."""

from tests.behaviours.quirks.several import Several, quirky
from tests.behaviours.ruled import LOGIN

UNKNOWN = "C: HELP\nS: -ERR ...\n"


def test_bad_command_limit() -> None:
    refused = "C: RETR x\nS: -ERR a decimal ...\n"
    quirky(
        "bad-command-limit",
        transcript=UNKNOWN
        + LOGIN
        + refused
        + UNKNOWN
        + "C: XTND XLST\nS: -ERR Too many bad commands.\n(close)",
    )


def test_bad_command_limit_is_of_each_session() -> None:
    several = Several('bad-command-limit 2 text="out"')
    for _ in range(2):
        several.play(UNKNOWN + "C: HELP\nS: -ERR out\n(close)")


def test_line_limit() -> None:
    name = "n" * 248
    quirky("line-limit", transcript=f"C: USER {name}\nS: +OK ...")
    quirky("line-limit", transcript=f"C: USER {name}n\nS: -ERR Input line too long.\n(close)")


def test_line_limit_below_and_above_the_books() -> None:
    quirky("line-limit 8", transcript="C: STAT\nS: -ERR ...\n")
    quirky("line-limit 8", transcript="C: LIST 10\nS: -ERR Input line too long.\n(close)")
    quirky("line-limit 300", transcript=f"C: USER {'n' * 290}\nS: -ERR a line has at most ...")


def test_line_limit_does_not_obey_what_is_too_long() -> None:
    several = Several('AUTH -> line-limit 16 text="no"')
    played = several.play("C: AUTH PLAIN AGFubgBzZWNyZXQ=\nS: -ERR no\n(close)")
    assert played.user is None
    several.play("C: AUTH PLAIN\nS: +\x20\nC: AGFubgBzZWNyZXQ=\nS: +OK ...")
