"""Any two of these rules, in either order: a session goes through, or they are refused at once."""

from collections.abc import Sequence
from contextlib import suppress
from itertools import islice

import pytest

from pop3lab.behaviours.catalogue import BEHAVIOURS
from pop3lab.core.errors import ConfigError
from tests.behaviours.ruled import rules
from tests.dialogue import ONE, TWO, done, fed, memory, sent, session

OURS = {"listing", "uidl", "retrieval", "sizes", "parsing"}
SMALL = {
    "list-huge": "list-huge entries=9",
    "header-bombs": "header-bombs size=9",
    "attachment-bomb": "attachment-bomb size=9",
    "uidl-overflow": "uidl-overflow octets=99",
}
RULES = [SMALL.get(name, name) for name, row in BEHAVIOURS.items() if row.category in OURS]
LINES = ["CAPA", "STAT", "LIST", "UIDL", "UIDL 1", "LIST 2", "TOP 2 0", "RETR 1", "RETR 2"]
MOST = 200  # actions that are looked at: some replies have no end


def visit(*texts: str) -> None:
    """Two sessions, the second of which sees what the first has deleted."""
    under = rules(*texts)
    store = memory(ONE, TWO, ONE)
    for _ in range(2):
        visitor = session(store, hooks=under)
        done(islice(visitor.greeting(), MOST))
        for line in ("USER ann", "PASS secret", *LINES, "DELE 3", "UIDL", "QUIT"):
            sent(islice(fed(visitor, f"{line}\r\n".encode()), MOST))
        visitor.session_ended("closed")


def go_with(rule: str, others: Sequence[str]) -> None:
    for other in others:
        if other != rule:
            with suppress(ConfigError):
                visit(rule, other)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_goes_with_others(rule: str) -> None:
    """A half of all pairs, each in one order."""
    assert len(RULES) >= 104
    go_with(rule, RULES[(RULES.index(rule) + 1) % 4 :: 4])


@pytest.mark.soak
@pytest.mark.parametrize("rule", RULES)
def test_a_rule_goes_with_any_other(rule: str) -> None:
    go_with(rule, RULES)
