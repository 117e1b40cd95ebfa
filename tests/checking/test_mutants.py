"""Each case that can fail is shown by a mutant that fails it, and the careful client passes it."""

import pytest

from pop3lab.cases.catalogue import CASES, select
from tests.checking.defects import COSTLY, DEFECTS, PROGRAMS
from tests.checking.table import as_program, assigned, found_in, shown, tried

SHOWN = shown()
ASSIGNED = assigned(SHOWN)

# What the careful client does not do, and with which switch it does.
OTHER_WAYS = {
    "capa-after-login": ["capa/kills-after-login"],
    "pipelines": ["capa/overstates-pipelining"],
    "apop-first": ["login/apop-fake"],
    "sasl-first": ["sasl/mech-broken", "sasl/mech-drops"],
    "initial-response": ["sasl/no-initial", "oauth/two-step"],
    "asks-stat": [
        *("list/stat-extra", "list/stat-malformed", "list/stat-negative", "list/stat-too-many"),
        *("list/stat-too-few", "net/stall-quit", "syntax/plus-anywhere"),
    ],
    "asks-sizes-singly": ["list/arg-ignored"],
    "asks-uids-singly": ["uidl/single-form"],
    "asks-top": [case.id for case in select(["top"])],
    "says-rset": ["delete/rset-refused"],
    "says-noop": ["limits/noop"],
}

# Cases in which a client is killed, as only a program can be.
KILLED = [case.id for case in CASES.values() if case.killed]

# Cases that inform, since a client can't know, or that take long and are tried by make soak.
INFORM = {case.id for case in CASES.values() if case.damages or not (case.fail or case.warn)}
LONG = {case.id for case in select(["scale"])}

# Defects that only what takes long shows, or nothing: who says a password before STLS does
# not even fetch from a server by the book, and letters beyond ASCII only inform.
UNSHOWN = {"token-first", "ascii-only", "hoards", "fetches-a-hundred"}


def test_the_careful_client_has_no_finding_of_weight() -> None:
    others = {*KILLED, *(case for cases in OTHER_WAYS.values() for case in cases)}
    report = tried(["*", *(f"not {name}" for name in others)], timeout=1.0)
    assert {v.case.id: (v.verdict, v.reason, v.findings) for v in report.verdicts} == {
        v.case.id: (v.verdict, "", v.findings) for v in report.of("pass", "info")
    }


@pytest.mark.parametrize("switch", OTHER_WAYS)
def test_a_careful_client_of_another_way_passes(switch: str) -> None:
    report = tried(OTHER_WAYS[switch], switch)
    assert {v.case.id: v.verdict for v in report.verdicts} == {
        v.case.id: v.verdict for v in report.of("pass", "info")
    }


def test_a_careful_client_that_is_killed_passes() -> None:
    report = as_program(KILLED)
    assert [v.verdict for v in report.verdicts] == ["pass"] * len(KILLED)


@pytest.mark.parametrize("defect", [name for name in DEFECTS if ASSIGNED[name]])
def test_a_mutant_is_found(defect: str) -> None:
    """In the cases that tell it from others; python -m tests.checking.table tries it in all."""
    report = tried(ASSIGNED[defect], defect)
    assert set(found_in(report, defect)) == set(ASSIGNED[defect])


def test_each_case_that_can_fail_is_shown() -> None:
    by_some = {case for cases in SHOWN.values() for case in cases}
    assert CASES.keys() - by_some <= INFORM | LONG


def test_each_case_that_is_shown_is_tried_with_a_mutant() -> None:
    by_some = {case for cases in SHOWN.values() for case in cases}
    left_out = by_some - {case for cases in ASSIGNED.values() for case in cases}
    assert left_out - INFORM <= {case.id for name in COSTLY for case in select(PROGRAMS[name])}


def test_each_defect_is_in_the_table_and_shows_a_case() -> None:
    assert SHOWN.keys() == DEFECTS.keys()
    harmless = {name for name, text in DEFECTS.items() if "no defect" in text}
    assert {name for name, cases in SHOWN.items() if not cases} <= harmless | UNSHOWN
