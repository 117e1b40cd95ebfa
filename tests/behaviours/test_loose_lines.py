"""Spaces too many, and numbers of thousands of digits: nothing of the catalogue fails at them."""

from collections.abc import Iterator
from itertools import islice

import pytest

from pop3lab.core.actions import Action
from pop3lab.core.config import Limits, ServerCapabilities
from pop3lab.core.session import Session
from pop3lab.rules.behaviour import Behaviour
from pop3lab.rules.engine import Rules
from pop3lab.rules.rule import Rule
from tests.behaviours.test_catalogue import NAMES, ROWS, made
from tests.dialogue import fed, session

MANY = "0" * 6000
LINES = [f"{verb}  {MANY}1" for verb in ("LIST", "UIDL", "RETR", "DELE", "RSET")]
LINES += [f"{verb} {'7' * 6000}" for verb in ("LIST", "UIDL", "RETR", "DELE")]
LINES += [f"TOP  {MANY}2   {MANY}0", f"TOP 2 {'9' * 6000}", "LIST   ", "UIDL ", "STAT  ", "NOOP "]
LINES += ["LAST ", "XTND  x", "CAPA  ", "LANG  en", "LANG ", "UTF8 ", "QUIT  "]


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_each_takes_them(row: Behaviour) -> None:
    for line in LINES:
        played = entered(row)
        begun(fed(played, line.encode() + b"\r\n"))
        played.session_ended("closed")


def begun(actions: Iterator[Action]) -> None:
    """Some answers have no end, or a very late one."""
    for _ in islice(actions, 30):
        pass


def entered(row: Behaviour) -> Session:
    rules = Rules([Rule(made(row))], seed=1)
    capabilities = ServerCapabilities(tls=True, utf8=True)
    played = session(hooks=rules, limits=Limits(line=20_000, busy=0), capabilities=capabilities)
    begun(played.greeting())
    for line in (b"AUTH  \r\n", b"USER  ann\r\n", b"PASS secret\r\n"):
        begun(fed(played, line))
    return played


def test_most_of_them_are_asked_after_the_login() -> None:
    states = [entered(row).state.state.value for row in ROWS]
    assert states.count("TRANSACTION") > len(states) * 0.7
