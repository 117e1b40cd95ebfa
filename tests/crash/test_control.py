"""The harness must be able to fail: a naive store is caught, and so is a trial that tried nothing.

Were sessions to break before they delete anything, each sweep would be content.
"""

from pathlib import Path

import pytest

from .folder import AUTODELETE, THREE, TWO, Deletion
from .launch import NAIVE, POP3LAB
from .moments import AtQuit
from .strace import Disturbance, Point
from .sweep import failures, kills, verdict
from .trial import Trial
from .trying import tried


@pytest.mark.parametrize("deletion", [TWO, THREE, AUTODELETE], ids=["two", "three", "autodelete"])
def test_a_loop_without_a_journal_is_caught_half_done(deletion: Deletion, tmp_path: Path) -> None:
    trials = kills(AtQuit(deletion), NAIVE, tmp_path)
    assert verdict(trials, Trial.not_disturbed) == ""
    half_done = [trial for trial in trials if trial.half_done()]
    assert len(half_done) == len(deletion.numbers) - 1  # killed after each file but the last


def test_a_loop_that_does_not_care_for_errors_is_caught_lying(tmp_path: Path) -> None:
    trials = failures(AtQuit(TWO), NAIVE, tmp_path, ["EIO"])
    assert verdict(trials, Trial.not_disturbed) == ""
    assert verdict(trials, Trial.half_done)
    assert verdict(trials, Trial.falsely_acknowledged)


def test_a_call_that_never_comes_is_noticed(tmp_path: Path) -> None:
    never = Disturbance(Point("unlinkat", 1000), "error=EIO")
    assert tried(AtQuit(TWO), POP3LAB, tmp_path, never).not_disturbed()
