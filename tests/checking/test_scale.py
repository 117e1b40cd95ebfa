"""Cases and mutants that take long."""

import pytest

from tests.checking.defects import COSTLY
from tests.checking.table import shown, tried

SHOWN = shown()


@pytest.mark.soak
@pytest.mark.parametrize("case", ["scale/many-1k", "scale/big-100m", "scale/second-run-10k"])
def test_a_careful_client_copes_with_very_much(case: str) -> None:
    assert tried(case, timeout=2.0)[case].verdict == "info"


@pytest.mark.soak
@pytest.mark.parametrize("defect", COSTLY)
def test_a_mutant_that_takes_much_is_found(defect: str) -> None:
    report = tried(SHOWN[defect], defect)
    assert {v.case.id for v in report.of("fail", "warn")} == set(SHOWN[defect])
