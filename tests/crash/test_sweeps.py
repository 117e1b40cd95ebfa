"""Whatever happens at whichever call: all or none is deleted, and nobody is told otherwise."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from .folder import TWO, State
from .launch import POP3LAB
from .moments import AtQuit, Moment
from .sweep import failures, left_undone, verdict
from .sweeps import SOAK, SWEEPS, Sweep
from .trial import Trial

MANY = 10  # a sweep over no more calls than this has not seen the store at work

SAFETY = (
    Trial.not_disturbed,
    Trial.half_done,
    Trial.falsely_acknowledged,
    Trial.not_served,
)
RULES = (*SAFETY, Trial.not_answered, Trial.escaped, Trial.littered)


@pytest.fixture(
    scope="module",
    params=[
        *(pytest.param(sweep, id=name) for name, sweep in SWEEPS.items()),
        *(pytest.param(sweep, id=name, marks=pytest.mark.soak) for name, sweep in SOAK.items()),
    ],
)
def trials(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Trial]:
    sweep: Sweep = request.param
    return sweep(tmp_path_factory.mktemp("sweep"))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_trial_breaks_the_rule(trials: list[Trial], rule: Callable[[Trial], str]) -> None:
    assert verdict(trials, rule) == ""


def test_the_sweep_saw_the_store_at_work(trials: list[Trial]) -> None:
    disturbed = {trial.disturbance.point for trial in trials if trial.disturbance}
    assert len(disturbed) > MANY
    for call in ("open", "fsync", "unlink"):
        assert any(point.call.startswith(call) for point in disturbed), call


def test_the_sweep_saw_marks_and_the_rename_on_a_full_disk(
    trials: list[Trial], request: pytest.FixtureRequest
) -> None:
    disturbed = {trial.disturbance.point.call for trial in trials if trial.disturbance}
    on_full_disk = "QUIT, full disk" in request.node.name
    assert ("fchmod" in disturbed) == on_full_disk
    assert not on_full_disk or {"rename", "renameat", "renameat2"} & disturbed


def test_the_sweep_saw_all_that_can_become_of_it(trials: list[Trial]) -> None:
    moment = trials[0].moment
    assert {trial.states[-1] for trial in trials} == set(moment.allowed)
    assert not all(trial.acknowledged for trial in trials)
    if moment.command == "QUIT" and moment.warm:
        assert any(trial.acknowledged for trial in trials)
        if trials[0].killed:
            assert any(_recovered(trial) for trial in trials)


def _recovered(trial: Trial) -> bool:
    """Whether it was a later login that removed files."""
    return bool(trial.doomed_left) and trial.states[-1] is State.ALL_GONE


@pytest.mark.soak
def test_modules_that_cannot_be_imported_at_quit(tmp_path: Path) -> None:
    _lost_is_only_the_session(AtQuit(TWO, warm=False), tmp_path)


@pytest.mark.soak
def test_modules_that_cannot_be_imported_in_recovery(tmp_path: Path) -> None:
    left = left_undone(TWO, 1, tmp_path)
    _lost_is_only_the_session(replace(left, warm=False), tmp_path)


def _lost_is_only_the_session(moment: Moment, place: Path) -> None:
    trials = failures(moment, POP3LAB, place, ["EIO"])
    assert len(trials) > MANY
    assert [verdict(trials, rule) for rule in SAFETY] == [""] * len(SAFETY)
