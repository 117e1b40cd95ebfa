"""Each profile: its rules can be read and stand together, and its sources are told."""

import importlib
import pkgutil
import re

import pytest

from pop3lab.behaviours import profiles
from pop3lab.behaviours.catalogue import parse_rule
from pop3lab.behaviours.profiles.catalogue import PROFILES, profile_rules
from pop3lab.behaviours.profiles.mail_box import mail_box
from pop3lab.behaviours.profiles.profile import Profile, ProfileRule
from pop3lab.core.errors import ConfigError
from pop3lab.rules.engine import Rules

# The table of servers; one of its rows is three here, and `+` is no part of a name.
NAMES = {
    *("gmail", "exchange5x", "exchange2003", "exchange2010", "outlook-o365", "hotmail-legacy"),
    *("dovecot", "courier", "cyrus", "uw-ipop3d", "popa3d", "qpopper", "zimbra", "maillennium"),
    *("aol-jpop", "yahoo-att", "gmx-nemesis", "o2pl", "netease-163", "qq", "sina", "domino"),
    *("hmailserver", "tpop3d", "nginx-proxy", "mdaemon", "mercury-nlm", "plala", "stalwart"),
    *("twisted", "greenmail", "inbucket", "mailpit", "wildduck", "av-proxy", "mail-box"),
    "by-the-book",
}
TRAITS = [(name, trait) for name, profile in PROFILES.items() for trait in profile.rules]

every_profile = pytest.mark.parametrize("name", sorted(PROFILES))
every_trait = pytest.mark.parametrize(
    ("name", "trait"), TRAITS, ids=[f"{name}: {trait.rule}" for name, trait in TRAITS]
)


def told(rules: list[str]) -> list[str]:
    return [str(parse_rule(rule)) for rule in rules]


def names_of(name: str, *beside: str) -> list[str]:
    """The rules of a profile, as they are written, beside others."""
    return list(map(str, profile_rules(name, [parse_rule(rule) for rule in beside])))


def test_all_servers_are_there() -> None:
    assert set(PROFILES) == NAMES


def test_no_profile_of_a_module_is_left_out() -> None:
    found = []
    for module in pkgutil.iter_modules(profiles.__path__, f"{profiles.__name__}."):
        values = vars(importlib.import_module(module.name)).values()
        found += [value for value in values if isinstance(value, Profile)]
    assert sorted(profile.name for profile in found) == sorted(PROFILES)
    assert all(PROFILES[profile.name] is profile for profile in found)


@every_profile
def test_it_is_explained(name: str) -> None:
    profile = PROFILES[name]
    assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", name)
    assert profile.name == name
    assert profile.meaning
    assert "\n" not in profile.meaning
    assert bool(profile.rules) is (name != "by-the-book")


@every_trait
def test_a_trait_is_sourced_and_its_rule_read_back(name: str, trait: ProfileRule) -> None:
    rule = parse_rule(trait.rule)
    assert str(parse_rule(str(rule))) == str(rule)
    assert trait.source
    assert trait.grade in {"A", "B", "C", "D"}


@every_profile
def test_no_trait_is_told_twice(name: str) -> None:
    rules = told([trait.rule for trait in PROFILES[name].rules])
    assert len(rules) == len(set(rules))


@every_profile
def test_its_rules_stand_together(name: str) -> None:
    in_force = [trait.rule for trait in PROFILES[name].rules if trait.in_force]
    assert names_of(name) == told(in_force)
    assert len(Rules(profile_rules(name)).active) == len(in_force)


@pytest.mark.parametrize(
    ("name", "trait"), [(name, trait) for name, trait in TRAITS if not trait.in_force]
)
def test_what_is_not_in_force_can_be_given_besides(name: str, trait: ProfileRule) -> None:
    rule = parse_rule(trait.rule)
    _ = Rules([*profile_rules(name, [rule]), rule])


def test_the_seeds_own_is_what_it_was_in_the_words_of_the_original() -> None:
    rules, seed = profile_rules("mail-box"), mail_box(())
    assert rules[: len(seed)] == seed
    assert {rule.behaviour.category for rule in rules[len(seed) :]} == {"wording"}


def test_an_unknown_profile() -> None:
    with pytest.raises(ConfigError, match="unknown profile 'dovcot', did you mean 'dovecot'"):
        profile_rules("dovcot")


@pytest.mark.parametrize(
    ("name", "given", "gone"),
    [
        ("dovecot", "uid-form cyrus", "uid-form hex16"),  # the same aspect
        ("gmail", "stls-refused", "stls-hidden"),
        ("mail-box", "no-final-newline", "extra-crlf"),
        ("outlook-o365", "auth-plus-text", "auth-plus-nospace"),
        ("plala", "capa-unsupported", ("capa-lines", "capa-split")),  # have nothing to work on
        ("gmail", "list-window count=3", "list-window"),  # the same quirk with other values
        ("outlook-o365", "auth-long-token octets=9000", "auth-long-token"),
        ("maillennium", "TOP -> retr-truncated-dot octets=9", "TOP -> retr-truncated-dot"),
        ("maillennium", "retr-truncated-dot octets=9", "TOP -> retr-truncated-dot"),
    ],
)
def test_a_trait_gives_way_to_a_rule_that_decides_the_same(
    name: str, given: str, gone: str | tuple[str, ...]
) -> None:
    before, after = names_of(name), names_of(name, given)
    assert [rule for rule in before if rule not in after] == [
        rule for rule in before if rule.startswith(gone)
    ]
    assert len(before) - len(after) == (1 if isinstance(gone, str) else len(gone))
    _ = Rules([*profile_rules(name, [parse_rule(given)]), parse_rule(given)])


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("gmail", "size-zero"),  # another quirk
        ("gmail", 'wording QUIT "so long"'),  # the later word is said
        ("gmail", "capa-lines TOP state=after"),
        ("gmail", "session=2 -> list-window count=1"),  # once only
        ("hmailserver", "RETR -> no-final-newline"),  # another verb
        ("hmailserver", "extra-command XTND +OK"),
    ],
)
def test_a_trait_stays_beside_a_rule_that_leaves_it_be(name: str, given: str) -> None:
    assert names_of(name, given) == names_of(name)
    _ = Rules([*profile_rules(name, [parse_rule(given)]), parse_rule(given)])
