"""What one deletion leaves undone, and what becomes of it."""

from pathlib import Path

import pytest

from .client import Client
from .folder import TWO, State, names
from .launch import POP3LAB, running
from .moments import AtQuit
from .strace import Disturbance, Point
from .sweep import undisturbed
from .trying import killed, tried

QUIT = AtQuit(TWO)
KEPT = {"0001", "0003", "0005"}


def _first(call: str, place: Path) -> Point:
    calls = undisturbed(QUIT, POP3LAB, place).on_files
    return next(point for point in calls if point.call.startswith(call))


def test_the_next_deletion_after_a_kill_before_the_commit(tmp_path: Path) -> None:
    """What the first has left does not stand in the way of the second, and goes with it."""
    trial = killed(QUIT, POP3LAB, tmp_path, Disturbance(_first("rename", tmp_path), "signal=KILL"))
    assert trial.doomed_left == TWO.names
    with running(POP3LAB, trial.folder) as server, Client(server.port) as client:
        client.log_in()
        TWO.mark(client)
        client.must("QUIT")
    assert names(trial.folder) == KEPT


@pytest.mark.parametrize("stubborn", sorted(TWO.names))
def test_a_file_that_will_not_go_is_hidden_until_it_does(stubborn: str, tmp_path: Path) -> None:
    unlink = Point(_first("unlink", tmp_path).call, 1)
    trial = tried(QUIT, POP3LAB, tmp_path, Disturbance(unlink, "error=EPERM", True, stubborn))
    assert not trial.not_disturbed()
    assert trial.answer.startswith(b"-ERR")
    assert trial.doomed_left == {stubborn}
    assert [TWO.state_by_sizes(sizes) for sizes in trial.listed] == [State.ALL_GONE]
    assert not trial.half_done()
    assert names(trial.folder) == KEPT


def test_no_thread_is_made_for_the_deletion(tmp_path: Path) -> None:
    """That of the login does it: none is lacking when the limit of processes is reached."""
    moment = AtQuit(TWO, warm=False)
    by_either = (Disturbance(Point(call, 1), "error=EAGAIN") for call in ("clone3", "clone"))
    trials = [tried(moment, POP3LAB, tmp_path, disturbance) for disturbance in by_either]
    assert not [trial for trial in trials if trial.log.disturbed]
    for trial in trials:
        assert not trial.half_done()
        assert not trial.not_served()
