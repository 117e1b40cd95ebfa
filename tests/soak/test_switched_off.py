"""Each behaviour is switched off in turn: a test that is about it fails then."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
TESTS = ("tests/behaviours", "tests/effects", "tests/rules")


@pytest.mark.soak
def test_each_behaviour_is_missed_by_a_test_of_its_own() -> None:
    words = ["-p", "tests.behaviours.switching_off", "-n", "0", "-p", "no:cacheprovider"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *words, *TESTS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "missed by no test 0" in run.stdout, run.stdout[-2000:]
    assert run.returncode == 0
