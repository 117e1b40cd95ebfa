"""A command that comes in the wrong state is refused as ever, whoever bends how it is obeyed."""

from collections.abc import Sequence
from functools import cache
from itertools import permutations

import pytest

from pop3lab.behaviours.catalogue import BEHAVIOURS, parse_rule
from pop3lab.core.command import COMMANDS
from pop3lab.core.errors import ConfigError
from pop3lab.rules.behaviour import Behaviour, ServerContext
from tests.behaviours.comparing import differing, played
from tests.behaviours.trials import ELSEWHERE, LOGIN, Trial, trial_of

EARLY = ("STAT", "LIST", "UIDL", "RETR 1", "TOP 1 0", "DELE 1", "NOOP", "RSET", "EXIT", "LAST")
LATE = ("USER ann", "PASS secret", "APOP ann 0", "AUTH PLAIN =", "STLS")
DIALOGUE = ("(session)", *EARLY, *LOGIN, *LATE, "QUIT")


def rows_of(row: Behaviour) -> set[str]:
    """The verbs that it obeys in another way, without a word about all of them."""
    table = parse_rule(trial_of(row).rule).effect.hooks(ServerContext()).commands(COMMANDS)
    verbs = {v for v in {*COMMANDS, *table} if table.get(v) is not COMMANDS.get(v)}
    return set() if len(verbs) == len(table) else verbs


BENDING = {
    row.name: verbs
    for row in BEHAVIOURS.values()
    if row.name not in ELSEWHERE and (verbs := rows_of(row))
}


BOOK = played(Trial("", DIALOGUE))


@cache
def alone(name: str) -> Sequence[int]:
    """The steps that it changes by itself."""
    return differing(played(Trial("", DIALOGUE), trial_of(BEHAVIOURS[name]).rule), BOOK)


@pytest.mark.parametrize("name", BENDING)
@pytest.mark.parametrize("condition", ["", "any -> ", "session=9 -> "])
def test_the_first_step_that_a_pair_changes_is_one_of_each_alone(name: str, condition: str) -> None:
    """Behind one that holds or does not, the other is not asked to obey what can't be obeyed."""
    rule = condition + trial_of(BEHAVIOURS[name]).rule
    for other, verbs in BENDING.items():
        if other == name or not verbs & BENDING[name]:
            continue
        theirs = trial_of(BEHAVIOURS[other]).rule
        for rules in permutations([rule, theirs]):
            try:
                both = played(Trial("", DIALOGUE), *rules)
            except ConfigError:
                continue
            changed = differing(both, BOOK)
            assert {*changed[:1]} <= {*alone(name), *alone(other)}, rules
