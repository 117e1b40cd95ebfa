"""Replies of one line where many are due, and the other way round."""

from tests.behaviours.quirks.several import Several, quirky
from tests.behaviours.ruled import LOGIN


def test_single_for_multi() -> None:
    quirky(
        "single-for-multi",
        transcript=LOGIN
        + """
        C: LIST
        S: +OK 2 messages (56 octets)
        C: UIDL
        S: +OK unique-ids follow
        C: UIDL 2
        S: +OK 2 2
        C: TOP 1 0
        S: +OK top of message follows
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
        S: +OK message 1 deleted
        S: and this is more
        S: .
        C: DELE 1
        S: -ERR message 1 is deleted
        C: NOOP
        S: +OK nothing done
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
        + "C: LIST\nS: +OK 2 messages (56 octets)\nS: 1 23\nS: 2 33\nS: .\n"
        + "C: STAT\nS: +OK 2 56\nS: ..dot\nS: .\n",
    )


def test_error_with_body() -> None:
    quirky(
        "error-with-body",
        transcript="C: STAT\nS: -ERR log in first\nS: and this is more\nS: ." + LOGIN,
    )


def test_continuation_anywhere() -> None:
    quirky(
        "continuation-anywhere",
        transcript="""
        C: STAT
        S: -ERR log in first
        C: USER ann
        S: +\x20
        C: PASS secret
        S: +OK maildrop has 2 messages (56 octets)
        C: STAT
        S: +\x20
        """,
    )
    quirky('continuation-anywhere NOOP text="go on"', transcript=LOGIN + "C: NOOP\nS: + go on")
