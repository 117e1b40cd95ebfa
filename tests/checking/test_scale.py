"""Cases and mutants that take long."""

import pytest

from tests.checking.defects import COSTLY, DEFECTS, LONG, PROGRAMS
from tests.checking.table import found_in, shown, tried

SHOWN = shown()


@pytest.mark.soak
@pytest.mark.parametrize("case", LONG)
def test_a_careful_client_copes_with_very_much(case: str) -> None:
    assert tried(case, timeout=2.0)[case].verdict == "info"


@pytest.mark.soak
@pytest.mark.parametrize("case", LONG)
def test_who_does_not_cope_with_very_much_is_found(case: str) -> None:
    report = tried(case, LONG[case], timeout=2.0)
    assert report[case].verdict in ("warn", "fail"), report[case]


@pytest.mark.soak
@pytest.mark.parametrize("defect", [name for name in COSTLY if SHOWN[name]])
def test_a_mutant_that_takes_much_is_found(defect: str) -> None:
    report = tried(SHOWN[defect], defect)
    assert set(found_in(report, defect)) == set(SHOWN[defect])


@pytest.mark.soak
@pytest.mark.parametrize("defect", [name for name in DEFECTS if name not in COSTLY])
def test_the_table_is_as_it_was_computed(defect: str) -> None:
    """What a row has is found again; more may be, where octets come together by chance."""
    found = found_in(tried(PROGRAMS.get(defect, "*"), defect), defect)
    assert set(SHOWN[defect]) <= set(found)
