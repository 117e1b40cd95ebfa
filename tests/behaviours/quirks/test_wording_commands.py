"""Commands that no RFC has, or no longer."""

import pytest

from pop3lab.behaviours.catalogue import parse_rule
from pop3lab.core.errors import ConfigError
from tests.behaviours.quirks.several import Several, quirky
from tests.behaviours.ruled import LOGIN
from tests.dialogue import ONE, TWO, memory


def last(number: int) -> str:
    return f"C: LAST\nS: +OK {number}\n"


def retr(number: int) -> str:
    text = "S: +OK 23 octets\nS: Subject: one\nS:\nS: hello\nS: .\n"
    return f"C: RETR {number}\n{text}"


def three() -> Several:
    return Several("last-command", store=memory(ONE, ONE, ONE))


def test_extra_command() -> None:
    rpop = "C: RPOP me\nS: -ERR Nice try, bunkie\nC: rpop\nS: -ERR Nice try, bunkie\n"
    quirky('extra-command rpop "-ERR Nice try, bunkie"', transcript=rpop + LOGIN + rpop)
    quirky('extra-command HELP "+OK"', transcript="C: HELP\nS: +OK")


def test_extra_command_by_state() -> None:
    quirky(
        'extra-command XTND "+OK go" state=after',
        transcript="C: XTND XMIT\nS: -ERR ..." + LOGIN + "C: XTND XMIT\nS: +OK go",
    )
    quirky(
        'extra-command HELP "+OK x" state=before',
        transcript="C: HELP\nS: +OK x" + LOGIN + "C: HELP\nS: -ERR ...",
    )


def test_extra_command_of_several_lines() -> None:
    quirky(
        'extra-command HELP "+OK as follows\\r\\nRETR\\r\\n.x\\r\\n"',
        transcript="C: HELP\nS: +OK as follows\nS: RETR\nS: ..x\nS: .",
    )


def test_unknown_command() -> None:
    quirky(
        'unknown-command "what is {verb}?"',
        transcript="C: XYZZY now\nS: -ERR what is XYZZY?\nC: STAT\nS: -ERR ...\n"
        + LOGIN
        + "C: PASS x\nS: -ERR ...\nC: RETR 9\nS: -ERR ...\n"
        + "C: xyzzy\nS: -ERR what is XYZZY?",
    )


def test_unknown_command_of_what_a_rule_took_away_or_put_there() -> None:
    quirky(
        "uidl-unsupported",
        'extra-command RPOP "-ERR no, bunkie"',
        'unknown-command ""',
        transcript=LOGIN + "C: UIDL\nS: -ERR\nC: RPOP\nS: -ERR no, bunkie",
    )


@pytest.mark.parametrize("reply", ["", "yes", "+OKAY", "+ok"])
def test_extra_command_refuses_what_is_no_reply(reply: str) -> None:
    with pytest.raises(ConfigError, match=r"wants \+OK or -ERR and a text"):
        parse_rule(f'extra-command HELP "{reply}"')


def test_last_command_as_rfc_1460_has_it() -> None:
    several = three()
    several.visit(last(0) + retr(1) + last(1))
    several.visit(
        last(1)
        + retr(3)
        + last(3)
        + retr(2)
        + last(3)
        + "C: DELE 2\nS: +OK ...\n"
        + last(3)
        + "C: RSET\nS: +OK ...\n"
        + last(1)
    )


def test_last_command_follows_the_message_not_its_number() -> None:
    several = three()
    several.visit(retr(2) + "C: DELE 1\nS: +OK ...\n")
    several.visit(last(1))


def test_last_command_is_not_moved_by_what_was_not_sent() -> None:
    three().visit(
        "C: RETR 9\nS: -ERR no such ...\nC: TOP 3 0\nS: +OK ...\n"
        "S: Subject: one\nS:\nS: .\n" + last(0)
    )


def test_last_command_before_login() -> None:
    quirky("last-command", transcript="C: LAST\nS: -ERR ...")


def test_last_command_set_to_zero_by_rset() -> None:
    several = Several("last-command zero", store=memory(ONE, TWO))
    several.visit(retr(1))
    several.visit(last(1) + "C: RSET\nS: +OK ...\n" + last(0))
    several.visit(last(0))


def test_last_command_of_a_session_only() -> None:
    several = Several("last-command remembers=no", store=memory(ONE, TWO))
    several.visit(retr(1) + last(1))
    several.visit(last(0))
