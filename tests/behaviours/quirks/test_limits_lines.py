"""Command lines that are taken only as the RFC has them, or only one at a time."""

import pytest

from tests.behaviours.quirks.several import quirky
from tests.behaviours.ruled import LOGIN, rules
from tests.dialogue import play, session


def test_strict_parser() -> None:
    quirky(
        "strict-parser",
        transcript=LOGIN
        + r"""
        C: stat
        S: -ERR ...
        C| STAT\n
        S: -ERR a line ends in CRLF
        C: STAT
        S: +OK 2 56
        C: STAT\x20
        S: -ERR one space stands before an argument, and none without one
        C: LIST  1
        S: -ERR one space stands before an argument, and none without one
        C: LIST 1\x20
        S: -ERR ...
        C: RETR 1 2
        S: -ERR ...
        """,
    )


def test_strict_parser_in_part() -> None:
    quirky("strict-parser no", transcript=LOGIN + "C: stat\nS: +OK 2 56\n")
    quirky("strict-parser spaces=no", transcript=LOGIN + "C: STAT\\x20\nS: +OK 2 56\n")
    quirky("strict-parser lf=taken", transcript=LOGIN + r"C| STAT\n" + "\nS: +OK 2 56\n")
    quirky(
        "strict-parser lf=silence",
        transcript=LOGIN + r"C| STAT\n" + "\nC: STAT\nS: +OK 2 56\n",
    )


def test_strict_parser_leaves_passwords_alone() -> None:
    quirky(
        "strict-parser",
        transcript="""
        C: USER ann
        S: +OK...
        C: PASS  secret
        S: -ERR [AUTH] ...
        """,
    )


def test_pipelining_drops() -> None:
    quirky(
        "pipelining-drops",
        transcript=LOGIN
        + r"""
        C: STAT\r\nLIST 1\r\nNOOP
        S: +OK 2 56
        C: NOOP
        S: +OK ...
        """,
    )


TOGETHER = r"C: RETR 1\r\nRETR 2\r\nUIDL\r\nNOOP"
INTERLEAVED = f"""
    {TOGETHER}
    S: +OK 23 octets
    S: Subject: one
    S:
    S: hello
    S: +OK 33 octets
    S: .
    S: ..Subject: two
    S:
    S: ..
    S: ...dots
    S: end
    S: +OK ...
    S: .
    S: 1 1
    S: 2 2
    S: +OK ...
    S: .
"""


def test_pipelining_interleaves() -> None:
    quirky("pipelining-drops how=interleaves", transcript=LOGIN + INTERLEAVED)


@pytest.mark.parametrize("condition", ["session=1", "user=ann", "state=TRANSACTION", "any"])
def test_pipelining_interleaves_under_a_condition(condition: str) -> None:
    rule = f"{condition} -> pipelining-drops how=interleaves"
    in_force = rules(rule)
    asked = session(hooks=in_force)
    play(asked, LOGIN + INTERLEAVED)
    assert in_force.active[0].hits == 3


def test_what_is_held_comes_whatever_comes_next() -> None:
    """The rule is about one message; a reply without octets, or a close, is no place for it."""
    quirky(
        "RETR 1 -> pipelining-drops how=interleaves",
        transcript=LOGIN
        + r"""
        C: RETR 1\r\nSTAT\r\nRETR 2
        S: +OK 23 octets
        S: Subject: one
        S:
        S: hello
        S: +OK 2 56
        S: .
        S: +OK 33 octets
        S: ..Subject: two
        S:
        S: ..
        S: ...dots
        S: end
        S: .
        """,
    )
    for last, end in (("NOOP -> no-reply", ""), ("NOOP -> close", "(close)")):
        quirky(
            last,
            "pipelining-drops how=interleaves",
            transcript=LOGIN
            + rf"""
            C: TOP 1 0\r\nNOOP
            S: +OK ...
            S: Subject: one
            S:
            S: .
            {end}
            """,
        )


def test_commands_that_come_one_by_one_are_answered_one_by_one() -> None:
    quirky(
        "pipelining-drops how=interleaves",
        transcript=LOGIN
        + """
        C: RETR 1
        S: +OK 23 octets
        S: Subject: one
        S:
        S: hello
        S: .
        C: STAT
        S: +OK 2 56
        """,
    )
