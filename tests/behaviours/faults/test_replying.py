import pytest

from pop3lab.core.actions import Close
from pop3lab.core.config import ServerCapabilities
from tests.behaviours.faults.faulty import actions, check, check_from_the_start

STLS = ServerCapabilities(tls=True)


def test_reply() -> None:
    check("STAT -> reply", "C: STAT\nS: -ERR no\nC: NOOP\nS: +OK ...")
    check('STAT -> reply "+OK"', "C: STAT\nS: +OK")
    check(r'UIDL -> reply "+OK\r\n1 a\r\n."', "C: UIDL\nS: +OK\nS: 1 a\nS: .")
    check(r'STAT -> reply "+OK 1 2\n"', "C: STAT\nS| +OK 1 2\\n")


def test_reply_at_a_place() -> None:
    check("LIST line=1 -> reply 7", "C: LIST\nS: +OK ...\nS: 7\nS: 2 33\nS: .")
    check("RETR part=body -> reply hi", "C: RETR 2\nS: +OK 33 octets\nS: hi\nS: .")


def test_what_the_command_does_it_still_does() -> None:
    check("DELE -> reply", "C: DELE 1\nS: -ERR no\nC: STAT\nS: +OK 1 33")
    check("QUIT -> reply", "C: QUIT\nS: -ERR no\n(close)")


@pytest.mark.parametrize(
    ("what", "after"),
    [
        ("reply", "S: -ERR no\n(start TLS)"),
        ('reply "+OK go"', "S: +OK go\n(start TLS)"),
        ("no-reply", "(start TLS)"),
        ('reply "+OK go" then close', "S: +OK go\n(close)"),
    ],
)
def test_stls_is_obeyed_whatever_is_said_to_it(what: str, after: str) -> None:
    check_from_the_start(f"STLS -> {what}", f"S: +OK ...\nC: STLS\n{after}", capabilities=STLS)


@pytest.mark.parametrize(
    ("then", "end"),
    [
        ("close", "(close)"),
        ("reset", "(reset)"),
        ("half-close", "(half-close)\n(stall)"),
        ("go-on", ""),
    ],
)
def test_an_end_behind_a_reply(then: str, end: str) -> None:
    check(f'NOOP -> reply "-ERR bye" then {then}', f"C: NOOP\nS: -ERR bye\n{end}")


def test_no_reply() -> None:
    check("DELE 1 -> no-reply", "C: DELE 1\nC: STAT\nS: +OK 1 33")
    check("LIST line=1 -> no-reply", "C: LIST\nS: +OK ...\nS: 2 33\nS: .")
    check("QUIT -> no-reply", "C: QUIT\n(close)")
    assert actions("QUIT -> no-reply", b"QUIT") == [Close()]


def test_reply_twice() -> None:
    check("NOOP -> reply-twice", "C: NOOP\nS: +OK ...\nS: +OK ...")
    twice = "S: +OK ...\nS: 1 23\nS: .\n"
    check("LIST -> reply-twice", f"C: DELE 2\nS: +OK ...\nC: LIST\n{twice}{twice}")
    check("QUIT -> reply-twice", "C: QUIT\nS: +OK ...\nS: +OK ...\n(close)")
    check("LIST line=2 -> reply-twice", "C: LIST\nS: +OK ...\nS: 1 23\nS: 2 33\nS: 2 33\nS: .")


def test_unasked_line() -> None:
    check("NOOP -> unasked-line", "C: NOOP\nS: +OK ...\nS: -ERR unasked")
    check('NOOP -> unasked-line "+OK a" at=start', "C: NOOP\nS: +OK a\nS: +OK ...")
    check("QUIT -> unasked-line x", "C: QUIT\nS: +OK ...\nS: x\n(close)")


def test_unasked_line_in_a_segment_of_its_own() -> None:
    check("NOOP -> unasked-line x gap=1", "C: NOOP\nS: +OK ...\n(pause 1)\nS: x")
    check("NOOP -> unasked-line x gap=1 at=start", "C: NOOP\nS: x\n(pause 1)\nS: +OK ...")


def test_a_greeting_with_more_behind_it() -> None:
    check_from_the_start("GREETING -> unasked-line x", "S: +OK ...\nS: x")
