"""Trials at every call of a moment, several at a time."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .folder import Deletion, State
from .launch import FULL, POP3LAB, Command
from .moments import AtQuit, AtRecovery, Moment
from .strace import Disturbance, Traced, traced
from .trial import Trial
from .trying import killed, tried

ERRORS = ("ENOSPC", "EIO", "EACCES")
# A failing close closes in truth, but not here; connections can't be accepted without ioctl.
_NEVER_ON = ("close", "ioctl")
_AT_ONCE = 4  # mostly they wait


def undisturbed(moment: Moment, command: Command, place: Path) -> Traced:
    """The calls that a server makes at the moment when all goes well, as it must."""
    trial = tried(moment, command, place)
    assert trial.acknowledged, trial.answer
    assert set(trial.states) == {State.ALL_GONE}
    path = trial.folder if moment.warm else Path("/")
    return traced(trial.log, moment.command.split()[0], path)


def sweep(
    moment: Moment, command: Command, place: Path, disturbances: Iterable[Disturbance]
) -> list[Trial]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda each: tried(moment, command, place, each), disturbances))


def kills(moment: Moment, command: Command, place: Path) -> list[Trial]:
    """Killed at every call, when it is about to answer, and when it has just answered QUIT."""
    calls = undisturbed(moment, command, place)
    after = calls.after if moment.command == "QUIT" else None  # else it waits for the client
    at = [*calls.on_files, *(point for point in (calls.answer, after) if point)]
    each = [Disturbance(point, "signal=KILL") for point in dict.fromkeys(at)]
    return sweep(moment, command, place, each)


def failures(
    moment: Moment,
    command: Command,
    place: Path,
    errors: Sequence[str] = ERRORS,
    *,
    on: bool = False,
) -> list[Trial]:
    """Each call fails. on: and those of its name that follow."""
    calls = dict.fromkeys(undisturbed(moment, command, place).on_files)
    at = [point for point in calls if not (on and point.call in _NEVER_ON)]
    each = [Disturbance(point, f"error={error}", on) for error in errors for point in at]
    return sweep(moment, command, place, each)


def left_undone(deletion: Deletion, unlinked: int, place: Path) -> AtRecovery:
    """What is left if the server is killed after so many files of those to be removed."""
    moment = AtQuit(deletion)
    at = undisturbed(moment, POP3LAB, place).on_files
    renamed = next(i for i, point in enumerate(at) if point.call.startswith("rename"))
    unlinks = [point for point in at[renamed:] if point.call.startswith("unlink")]
    trial = killed(moment, POP3LAB, place, Disturbance(unlinks[unlinked], "signal=KILL"))
    assert not trial.not_disturbed()
    assert len(trial.doomed_left) == len(deletion.names) - unlinked
    return AtRecovery(deletion, trial.folder)


def left_marked(deletion: Deletion, unlinked: int, place: Path) -> AtRecovery:
    """What is left on a full disk if the server is killed after so many marked files are gone."""
    moment = AtQuit(deletion)
    at = undisturbed(moment, FULL, place).on_files
    renamed = next(i for i, point in enumerate(at) if point.call.startswith("rename"))
    unlinks = [point for point in at[renamed:] if point.call.startswith("unlink")]
    trial = killed(moment, FULL, place, Disturbance(unlinks[unlinked], "signal=KILL"))
    assert not trial.not_disturbed()
    assert len(trial.doomed_left) == len(deletion.names) - 1 - unlinked  # one has another name
    return AtRecovery(deletion, trial.folder)


def verdict(trials: Iterable[Trial], rule: Callable[[Trial], str]) -> str:
    """Where the rule was broken, a line for each trial: empty at best."""
    return "\n".join(
        f"{trial.disturbance}: {broken}" for trial in trials if (broken := rule(trial))
    )
