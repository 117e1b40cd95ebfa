"""Each case that can fail is shown by a mutant that fails it, and the careful client passes it."""

import pytest

from pop3lab.cases.catalogue import CASES
from tests.checking.defects import DEFECTS
from tests.checking.table import shown, tried

SHOWN = shown()

# What the careful client does not do, and with which switch it does.
OTHER_WAYS = {"delete/rset-refused": "says-rset"}

# Cases that inform, since a client can't know.
INFORM = {case.id for case in CASES.values() if case.damages or not (case.fail or case.warn)}


def test_the_careful_client_has_no_finding_of_weight() -> None:
    report = tried([name for name in CASES if name not in OTHER_WAYS])
    assert {v.case.id: (v.verdict, v.reason, v.findings) for v in report.verdicts} == {
        v.case.id: (v.verdict, "", v.findings) for v in report.of("pass", "info")
    }


@pytest.mark.parametrize(("case", "switch"), OTHER_WAYS.items())
def test_a_careful_client_of_another_way_passes(case: str, switch: str) -> None:
    assert tried(case, switch)[case].verdict == "pass"


@pytest.mark.parametrize("defect", [name for name in DEFECTS if SHOWN[name]])
def test_a_mutant_is_found(defect: str) -> None:
    """In the first of its cases; python -m tests.checking.table tries it in all."""
    cases = SHOWN[defect][: 1 if defect == "spins-on-eof" else 3]  # it takes seconds of a processor
    report = tried(cases, defect)
    assert [v.case.id for v in report.of("fail", "warn")] == cases


def test_each_case_that_can_fail_is_shown() -> None:
    by_some = {case for cases in SHOWN.values() for case in cases}
    assert CASES.keys() - by_some <= INFORM


def test_each_defect_is_in_the_table() -> None:
    assert SHOWN.keys() == DEFECTS.keys()
