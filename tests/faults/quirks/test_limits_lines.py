"""Command lines that are taken only as the RFC has them, or only one at a time."""

from tests.faults.quirks.several import quirky
from tests.faults.ruled import LOGIN


def test_strict_parser() -> None:
    quirky(
        "strict-parser",
        transcript=LOGIN
        + r"""
        C: stat
        S: -ERR unknown command
        C| STAT\n
        S: -ERR a line ends in CRLF
        C: STAT
        S: +OK 2 56
        C: STAT\x20
        S: -ERR one space stands before an argument, and none without one
        C: LIST  1
        S: -ERR one space stands before an argument, and none without one
        C: LIST 1\x20
        S: -ERR LIST takes 0 or 1 argument
        C: RETR 1 2
        S: -ERR RETR takes 1 argument
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
        S: -ERR [AUTH] login failed
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
        S: +OK nothing done
        """,
    )
