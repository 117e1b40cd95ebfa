"""Replies of one line where many are due, and the other way round."""

from tests.behaviours.quirks.several import Several, quirky
from tests.behaviours.ruled import LOGIN


def test_single_for_multi() -> None:
    quirky(
        "single-for-multi",
        transcript=LOGIN
        + """
        C: LIST
        S: +OK ...
        C: UIDL
        S: +OK ...
        C: UIDL 2
        S: +OK 2 2
        C: TOP 1 0
        S: +OK ...
        S: Subject: one
        S:
        S: .
        """,
    )


def test_single_for_multi_of_other_commands() -> None:
    quirky(
        "single-for-multi retr",
        transcript=LOGIN + "C: RETR 1\nS: +OK 23 octets\nC: LIST 1\nS: +OK 1 23",
    )


def test_multi_for_single() -> None:
    several = Several("multi-for-single")
    several.visit(
        """
        C: DELE 1
        S: +OK ...
        S: and this is more
        S: .
        C: DELE 1
        S: -ERR ...
        C: NOOP
        S: +OK ...
        S: and this is more
        S: .
        C: STAT
        S: +OK 1 33
        """
    )
    assert several.uids == ["2"]


def test_multi_for_single_leaves_a_list() -> None:
    quirky(
        'multi-for-single LIST,STAT text=".dot"',
        transcript=LOGIN
        + "C: LIST\nS: +OK ...\nS: 1 23\nS: 2 33\nS: .\n"
        + "C: STAT\nS: +OK 2 56\nS: ..dot\nS: .\n",
    )


def test_error_with_body() -> None:
    quirky(
        "error-with-body",
        transcript="C: STAT\nS: -ERR ...\nS: and this is more\nS: ." + LOGIN,
    )


def test_continuation_anywhere() -> None:
    quirky(
        "continuation-anywhere",
        transcript="""
        C: STAT
        S: -ERR ...
        C: USER ann
        S: +\x20
        C: PASS secret
        S: +OK ...
        C: STAT
        S: +\x20
        """,
    )
    quirky('continuation-anywhere NOOP text="go on"', transcript=LOGIN + "C: NOOP\nS: + go on")
