"""The rows of the catalogue, and how some of them are selected."""

import re
from collections import Counter

import pytest

from pop3lab.behaviours.catalogue import parse_rule
from pop3lab.cases.case import Case
from pop3lab.cases.catalogue import CASES, clause_names, select
from pop3lab.cases.judges.registry import JUDGES
from pop3lab.conformance.registry import VIOLATIONS
from pop3lab.core.errors import ConfigError

EACH = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
SENTENCE = re.compile(r"[A-Z0-9+\-].*[.]", re.DOTALL)


def test_ids_and_numbers_belong_to_one_case() -> None:
    assert all(many == 1 for many in Counter(case.number for case in CASES.values()).values())
    groups = {(case.number.split(".")[0], case.group) for case in CASES.values()}
    assert len(groups) == len({group for _, group in groups}) == len({n for n, _ in groups})


@EACH
def test_a_row_says_all(case: Case) -> None:
    assert re.fullmatch(r"\d+\.\d\d", case.number)
    assert re.fullmatch(r"[a-z0-9]+/[a-z0-9-]+", case.id)
    for text in (case.situation, case.why, case.expected):
        assert SENTENCE.fullmatch(text), text
    assert not case.clause or clause_names(case.clause)


@EACH
def test_the_rules_of_a_row_can_be_made(case: Case) -> None:
    parts = [part for part in case.rules.split("; ") if part]
    whens = {"*", *map(str, range(1, case.runs + 1))}
    assert {part.partition(": ")[0] for part in parts} <= whens
    for part in parts:
        rule = part.partition(": ")[2].replace("{elsewhere}", "x")
        assert parse_rule(rule.replace("{slow}", "1").replace("{crawl}", "1"))


@EACH
def test_what_a_row_grades_is_there(case: Case) -> None:
    named = f"{case.fail} {case.warn} {case.info}".split()
    assert len(set(named)) == len(named)
    assert set(named) <= JUDGES.keys() | VIOLATIONS.keys()


@pytest.mark.parametrize(
    ("words", "first"),
    [
        (["1.01"], "basic/fetch-delete"),
        (["basic/one-message"], "basic/one-message"),
        (["retr"], "retr/cut-close"),
        (["11.*"], "retr/cut-close"),
        (["rfc1939/7"], "basic/arrives-between"),
        (["*", "not basic"], "retr/cut-close"),
        (["not basic"], "retr/cut-close"),
        (["delete", "basic"], "basic/fetch-delete"),
    ],
)
def test_cases_are_selected(words: list[str], first: str) -> None:
    chosen = select(words)
    if "not basic" in words:
        assert {case.group for case in chosen} == {case.group for case in CASES.values()} - {
            "basic",
            "scale",
        }
    else:
        assert chosen[0].id == first


def test_what_takes_long_is_tried_only_if_it_is_named() -> None:
    assert not any(case.group == "scale" for case in select(["*"]))
    assert len(select(["scale"])) == len(select(["18.*"])) == 7


def test_who_sends_very_much_costs_something_though_somebody_waits() -> None:
    """Sixteen at once would be stopped before a client has taken in what one alone takes in."""
    assert CASES["retr/stall"].costs_nothing
    assert CASES["hostile/list-endless"].waits
    assert not CASES["hostile/list-endless"].costs_nothing


def test_all_cases_are_there() -> None:
    assert len(CASES) == 365


def test_a_case_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ConfigError, match="retr/cut-close"):
        select(["retr/cut-clos"])
