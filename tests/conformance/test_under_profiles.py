"""What a client does wrong, at servers that are imitated as by the book."""

import pytest

from pop3lab.behaviours.catalogue import parse_rule
from pop3lab.behaviours.profiles.catalogue import PROFILES, profile_rules
from pop3lab.core.hooks import NO_HOOKS, Hooks
from pop3lab.rules.engine import Rules
from tests.dialogue import ONE, TWO, fed, memory

from .watched import Watched

# Each ends at a refusal, in words that are mostly the server's own.
SESSIONS = [
    ("STAT", "XYZZY"),
    ("STAT", "NOOP x", "RETR 0", "RETR 99", "DELE 2", "DELE 2"),
    ("STAT", "RETR 1", "DELE 1", "RETR 1", "USER ann"),
    ("RETR 99",),
    ("STAT", "DELE  2", "STAT "),
]
TAKE_NO_PASSWORDS = {"outlook-o365"}


def broken(script: Hooks, lines: tuple[str, ...], how: str) -> list[str]:
    watched = Watched(memory(ONE, TWO), hooks=script)
    session = watched.session()
    list(session.greeting())
    for line in ("USER ann", "PASS secret", *lines):
        list(fed(session, f"{line}\r\n".encode()))
    session.session_ended(how)
    return [name for name, _ in watched.found]


@pytest.mark.slow
@pytest.mark.parametrize("how", ["closed", "reset"])
@pytest.mark.parametrize("lines", SESSIONS)
@pytest.mark.parametrize("name", [name for name in PROFILES if name not in TAKE_NO_PASSWORDS])
def test_none_is_lost_in_the_words_of_a_profile(
    name: str, lines: tuple[str, ...], how: str
) -> None:
    script = Rules(profile=profile_rules(name, []))
    assert broken(script, lines, how) == broken(NO_HOOKS, lines, how)


@pytest.mark.parametrize("name", TAKE_NO_PASSWORDS)
def test_who_is_not_let_in_and_goes_on(name: str) -> None:
    script = Rules(profile=profile_rules(name, []))
    assert broken(script, ("STAT",), "closed") == ["wrong-state"]


@pytest.mark.parametrize(
    ("rule", "ids"),
    [
        ('unknown-command "what?"', ["no-quit"]),
        ('state=TRANSACTION -> unknown-command "what?"', []),  # not what this server is
        ("any -> delay 0", []),
    ],
)
def test_a_rule_of_the_users_own_excuses_who_leaves_unless_it_always_holds(
    rule: str, ids: list[str]
) -> None:
    assert broken(Rules([parse_rule(rule)]), ("STAT", "XYZZY"), "closed") == ids
