"""Deadlines that share timers."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pop3lab.transport.deadlines import Deadlines


class Clock:
    """As much of a loop as deadlines need, whose time a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.timers: dict[float, tuple[Any, tuple[Any, ...]]] = {}
        self.errors: list[Any] = []

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, call: Any, *args: Any) -> Any:
        assert when not in self.timers
        self.timers[when] = call, args

    def call_soon(self, call: Any, *args: Any) -> Any:
        call(*args)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        self.errors.append(context["exception"])

    def go_to(self, end: float) -> None:
        while self.timers and min(self.timers) <= end:
            self.now = min(self.timers)
            call, args = self.timers.pop(self.now)
            call(*args)
        self.now = end


class Told:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.at: list[float] = []

    def on_deadline(self) -> None:
        self.at.append(self.clock.now)


@given(st.lists(st.floats(0.001, 10_000), min_size=1, max_size=50))
def test_each_is_told_once_never_early_and_late_by_a_sixteenth_at_most(waits: list[float]) -> None:
    clock = Clock()
    deadlines = Deadlines(clock)  # type: ignore[arg-type]
    told = [(seconds, Told(clock)) for seconds in waits]
    for seconds, each in told:
        deadlines.enter(seconds, each)
    clock.go_to(20_000.0)
    for seconds, each in told:
        (when,) = each.at
        assert 1000 + seconds <= when <= 1000 + seconds * 17 / 16 + 1e-6


def test_many_that_begin_together_share_few_timers() -> None:
    clock = Clock()
    deadlines = Deadlines(clock)  # type: ignore[arg-type]
    for number in range(10_000):
        clock.now = 1000 + number / 1000
        deadlines.enter(600.0, Told(clock))
    assert len(clock.timers) < 4


def test_who_leaves_is_not_told_and_others_are() -> None:
    clock = Clock()
    deadlines = Deadlines(clock)  # type: ignore[arg-type]
    stays, leaves = Told(clock), Told(clock)
    deadlines.enter(1.0, stays)
    when = deadlines.enter(1.0, leaves)
    deadlines.leave(when, leaves)
    deadlines.leave(when, leaves)
    clock.go_to(2000.0)
    assert (len(stays.at), leaves.at) == (1, [])


def test_an_error_of_one_is_told_and_costs_no_other_its_deadline() -> None:
    class Wrong:
        def on_deadline(self) -> None:
            raise ValueError

    clock = Clock()
    deadlines = Deadlines(clock)  # type: ignore[arg-type]
    told = [Told(clock) for _ in range(300)]
    for each in told[:150]:
        deadlines.enter(1.0, each)
    deadlines.enter(1.0, Wrong())
    for each in told[150:]:
        deadlines.enter(1.0, each)
    clock.go_to(2000.0)
    assert all(len(each.at) == 1 for each in told)
    assert [type(error) for error in clock.errors] == [ValueError]


def test_hundreds_at_once_leave_turns_to_others_and_none_is_told_behind_a_close() -> None:
    class Turns(Clock):
        def call_soon(self, call: Any, *args: Any) -> Any:
            return self.call_at(self.now, call, *args)

        def call_at(self, when: float, call: Any, *args: Any) -> Any:
            super().call_at(when, call, *args)
            return self

        def cancel(self) -> None:
            self.timers.clear()

    clock = Turns()
    deadlines = Deadlines(clock)  # type: ignore[arg-type]
    told = [Told(clock) for _ in range(600)]
    for each in told:
        deadlines.enter(1.0, each)
    counts = []
    for _ in range(2):
        (when,) = clock.timers
        call, args = clock.timers.pop(when)
        call(*args)
        counts.append(sum(len(each.at) for each in told))
    assert counts == [256, 512]
    deadlines.close()
    assert clock.timers == {}
