"""What is remembered by name, in one process and in several."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from pop3lab.auth.shared_counters import ProcessLock, SharedCounters
from pop3lab.auth.throttle import TimedThrottle
from pop3lab.core.errors import TooEarly
from tests.auth.test_failed_login_delay import Clock

_TIMES = 5_000


def test_it_counts_until_it_is_forgotten() -> None:
    clock = Clock()
    ledger = SharedCounters(10, clock, 100)
    assert [ledger.note("ann"), ledger.note("ann"), ledger.note("bob")] == [1, 2, 1]
    assert (ledger.count("ann"), ledger.count("eve"), len(ledger)) == (2, 0, 2)
    ledger.forget("ann")
    ledger.forget("eve")
    assert (ledger.count("ann"), len(ledger)) == (0, 1)
    clock.now += 10
    assert (ledger.count("bob"), len(ledger)) == (0, 0)
    assert ledger.note("bob") == 1


class Counted(AbstractContextManager[None]):
    """A lock that counts how often it was taken, one time after the other."""

    taken, held = 0, False

    def __enter__(self) -> None:
        assert not self.held
        self.taken, self.held = self.taken + 1, True

    def __exit__(self, *_: object) -> None:
        self.held = False


@pytest.mark.parametrize(
    "act",
    [
        lambda ledger: ledger.count("ann"),
        lambda ledger: ledger.note("ann"),
        lambda ledger: ledger.note_first("ann"),
        lambda ledger: ledger.forget("ann"),
        len,
    ],
)
def test_each_look_and_note_is_one_step_for_other_processes(
    act: Callable[[SharedCounters], object],
) -> None:
    lock = Counted()
    act(SharedCounters(10, Clock(), 100, lock))
    assert lock.taken == 1


def test_what_is_noted_first_stays_as_it_was() -> None:
    clock = Clock()
    ledger = SharedCounters(10, clock, 100)
    assert ledger.note_first("ann")
    clock.now += 9
    assert not ledger.note_first("ann")
    clock.now += 1
    assert ledger.note_first("ann")


def test_a_name_that_comes_again_and_again_is_not_pushed_out() -> None:
    clock = Clock()
    ledger = SharedCounters(900, clock, 64)
    counts = []
    for number in range(5_000):
        clock.now += 0.001
        ledger.note(f"name {number}")
        counts.append(ledger.note("ann"))
    assert counts == list(range(1, 5_001))
    assert len(ledger) <= 64


@pytest.mark.slow
def test_most_names_find_their_place() -> None:
    ledger = SharedCounters(900, Clock(), 65_536)
    for number in range(10_000):
        ledger.note(f"name {number}")
    assert len(ledger) == 10_000


@contextmanager
def child(act: Callable[[], object]) -> Iterator[int]:
    """A forked process that does this."""
    process = os.fork()
    if not process:
        try:
            act()
        finally:
            os._exit(0)
    try:
        yield process
    finally:
        os.waitpid(process, 0)


def test_processes_count_together() -> None:
    ledger = SharedCounters(900, Clock(), 100, ProcessLock())

    begin, told = os.pipe()

    def note() -> None:
        os.read(begin, 1)  # all begin together
        for _ in range(_TIMES):
            ledger.note("ann")

    with child(note), child(note), child(note):
        os.write(told, b"!!!!")
        note()
    assert ledger.count("ann") == 4 * _TIMES
    os.close(begin)
    os.close(told)


def test_a_process_that_dies_holding_the_lock_lets_it_go() -> None:
    lock = ProcessLock()
    ledger = SharedCounters(900, Clock(), 100, lock)
    ready, told = os.pipe()

    def hold() -> None:
        lock.__enter__()
        os.write(told, b"!")
        signal.pause()

    with child(hold) as process:
        assert os.read(ready, 1) == b"!"
        os.kill(process, signal.SIGKILL)
        assert ledger.note("ann") == 1
    os.close(ready)
    os.close(told)


def test_workers_have_one_gate() -> None:
    gate = TimedThrottle(Clock(), login_delay=60, lock=ProcessLock())
    answers, theirs = os.pipe()

    def fail_and_enter() -> None:
        os.write(theirs, b"%d" % gate.failed("192.0.2.1"))
        gate.admit("ann")

    for _ in range(2):
        with child(fail_and_enter):
            assert os.read(answers, 1)
        gate.failed("192.0.2.1")
    assert gate.failed("192.0.2.1") == 8
    with pytest.raises(TooEarly):
        gate.admit("ann")
    os.close(answers)
    os.close(theirs)


def test_the_delays_of_two_processes_in_turn() -> None:
    gate = TimedThrottle(Clock(), lock=ProcessLock())
    answers, theirs = os.pipe()
    delays = []
    for place in range(4):
        if place % 2:
            delays.append(int(gate.failed("192.0.2.1")))
            continue
        with child(lambda: os.write(theirs, b"%d" % gate.failed("192.0.2.1"))):
            delays.append(int(os.read(answers, 1)))
    assert delays == [1, 2, 4, 8]
    os.close(answers)
    os.close(theirs)
