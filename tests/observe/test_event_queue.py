"""Events wait until somebody wants to know, and are then told as if they had not."""

import asyncio
import gc
import os
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakSet

import pytest

from pop3lab.conformance.checker import check_clients
from pop3lab.core.actions import Close, Part, Send
from pop3lab.core.cached_replies import CachedReply
from pop3lab.core.counter import BoundedCounter
from pop3lab.core.events import (
    ActionPerformed,
    ConnectionClosed,
    ConnectionOpened,
    Event,
    LineReceived,
    LinesAnswered,
    LoggedIn,
    SessionEnded,
    StoreError,
    ViolationFound,
)
from pop3lab.core.maildrop import Snapshot
from pop3lab.observe import event_queue as module
from pop3lab.observe.answered_run import AnsweredRun
from pop3lab.observe.counters import Counters, Statistics
from pop3lab.observe.event_queue import EventQueue
from pop3lab.observe.notifier import Notifier
from pop3lab.observe.session_clock import SessionClock
from pop3lab.observe.session_recorder import SessionRecorder

OPENED = ConnectionOpened(1, "192.0.2.1:1100")
GREETING = ActionPerformed(1, Send(b"+OK\r\n", Part.HEAD))
NOOP = LineReceived(1, b"NOOP\r", verb="NOOP", known=True)
BARE_LF = LineReceived(1, b"CAPA", verb="CAPA", known=True)
ENDED = SessionEnded(1, "closed", None, BoundedCounter())
CLOSED = ConnectionClosed(1, "closed")


class Keeps:
    """A listener that keeps what it is told."""

    def __init__(self, *, wants_lines: bool = True) -> None:
        self.wants_lines = wants_lines
        self.told: list[tuple[float, Event]] = []

    def on_event(self, seconds: float, event: Event) -> None:
        self.told.append((seconds, event))

    @property
    def events(self) -> list[Event]:
        return [event for _, event in self.told]


class Ticks:
    """A clock that is a second later each time."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


def queue(*listeners: Any, at_once: Any = None) -> EventQueue:
    events = EventQueue(clock=SessionClock(lambda: 1000.0, Ticks()))
    events.listeners += listeners
    events.at_once += [at_once] if at_once else []
    return events


def emit(events: EventQueue, *these: Event) -> None:
    for event in these:
        events.emit(event)


def test_events_wait_and_are_told_in_order_with_the_times_at_which_they_came() -> None:
    keeps = Keeps()
    events = queue(keeps)
    emit(events, OPENED, GREETING, NOOP)
    assert keeps.told == []
    events.drain()
    times = [seconds - keeps.told[0][0] for seconds in (told[0] for told in keeps.told)]
    assert keeps.events == [OPENED, GREETING, NOOP]
    assert times == [0.0, 1.0, 2.0]
    emit(events, ENDED, CLOSED)
    events.drain()
    assert [seconds for seconds, _ in keeps.told[3:]] == [1003.0, 1004.0]
    assert events.now(1) == 1005.0


def test_where_nobody_listens_nothing_waits() -> None:
    events, keeps = queue(), Keeps()
    emit(events, OPENED, GREETING, NOOP)
    events.listeners.append(keeps)
    events.drain()
    assert keeps.events == []
    emit(events, NOOP)
    events.drain()
    assert keeps.events == [NOOP]


def test_no_event_is_left_behind_when_draining_ends() -> None:
    events = queue(keeps := Keeps())

    async def run() -> None:
        async with events.draining():
            emit(events, OPENED, NOOP)

    asyncio.run(run())
    assert keeps.events == [OPENED, NOOP]


def test_a_date_that_is_set_while_events_wait_does_not_move_them() -> None:
    dates, keeps = [1000.0], Keeps()
    events = EventQueue(clock=SessionClock(lambda: dates[0], lambda: 50.0))
    events.listeners.append(keeps)
    emit(events, OPENED, NOOP)
    dates[0] += 3600
    events.drain()
    assert [seconds for seconds, _ in keeps.told] == [1000.0, 1000.0]


def test_of_sessions_that_are_over_not_all_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pop3lab.observe.session_clock._MOST_OVER", 2)
    dates = [1000.0]
    events = EventQueue(clock=SessionClock(lambda: dates[0], lambda: 50.0))
    for number in (1, 2, 3):
        emit(events, OPENED._replace(session=number), ENDED._replace(session=number))
    events.drain()
    dates[0] += 3600
    assert [events.now(number) for number in (1, 2, 3)] == [4600.0, 1000.0, 1000.0]


def test_a_violation_stands_behind_the_line_that_decides_it_and_has_its_time() -> None:
    keeps = Keeps()
    events = queue(keeps)
    check_clients(events)
    emit(events, OPENED, GREETING, BARE_LF, GREETING, NOOP)
    assert keeps.told == []
    events.drain()
    kinds = [type(event) for event in keeps.events]
    at = kinds.index(ViolationFound)
    assert kinds[at - 1 : at + 2] == [LineReceived, ViolationFound, ActionPerformed]
    assert keeps.events[at] == ViolationFound(1, "bare-lf", "the line ended in LF without CR")
    assert keeps.told[at][0] == keeps.told[at - 1][0]


def test_what_is_told_at_once_has_nothing_of_lines() -> None:
    keeps, soon = Keeps(), Keeps(wants_lines=False)
    events = queue(keeps, at_once=soon)
    error = StoreError(1, "the disk is full")
    emit(events, OPENED, GREETING, NOOP, error, ENDED)
    assert soon.events == [OPENED, error, ENDED]
    events.drain()
    assert soon.events == [OPENED, error, ENDED]
    assert [told for told in keeps.told if told[1] in soon.events] == soon.told


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 10)
    keeps = Keeps()
    events = queue(keeps)
    emit(events, OPENED, *[NOOP] * 8)
    assert keeps.told == []
    emit(events, NOOP)
    assert len(keeps.told) == 10
    emit(events, NOOP)
    assert len(keeps.told) == 10


def test_octets_of_the_server_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_OCTETS", 100)
    keeps = Keeps()
    events = queue(keeps)
    body = ActionPerformed(1, Send(b"x" * 50, Part.BODY))
    emit(events, OPENED, body, body)
    assert keeps.told == []
    emit(events, GREETING)
    assert len(keeps.told) == 4
    emit(events, body, body)
    assert len(keeps.told) == 4


def test_what_many_small_events_have_become_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 10)
    monkeypatch.setattr(module, "_FAR_TOO_MANY", 50)
    events = queue(Keeps())
    events.writers.append(writes := Writes())
    emit(events, OPENED, *[NOOP] * 49)
    assert writes.times == 0
    emit(events, *[NOOP] * 20)
    assert writes.times == 1


def test_events_of_lines_that_came_together_are_not_in_memory_together() -> None:
    told: list[int] = []

    class Answers(list[CachedReply]):
        """Notes how many were told when each is asked for."""

        def __iter__(self) -> Iterator[CachedReply]:
            for answer in super().__iter__():
                told.append(len(keeps.told))
                yield answer

    events = queue(keeps := Keeps())
    noop = CachedReply(b"NOOP\r", "NOOP", None, b"+OK\r\n")
    emit(events, OPENED)
    events.emit_answered(LinesAnswered(1, False, Answers([noop] * 3), [], 15))
    events.drain()
    assert told == [1, 3, 5]
    assert [type(event) for event in keeps.events[1:]] == [LineReceived, ActionPerformed] * 3


def test_an_error_in_the_decision_on_a_run_is_raised_when_its_events_are_passed_on() -> None:
    def broken(run: AnsweredRun) -> bool:
        raise ValueError("broken")

    events = queue(keeps := Keeps())
    events.accepts = broken
    emit(events, OPENED)
    noop = CachedReply(b"NOOP\r", "NOOP", None, b"+OK\r\n")
    events.emit_answered(LinesAnswered(1, False, [noop] * 3, [], 15))
    with pytest.raises(ValueError, match="broken"):
        events.drain()
    assert [type(event) for event in keeps.events[1:]] == [LineReceived, ActionPerformed] * 3


def test_while_somebody_waits_events_are_told_at_once() -> None:
    keeps = Keeps()
    events = queue(keeps)
    emit(events, OPENED)
    waits = threading.Event()

    def found() -> bool:
        events.drain()
        waits.set()
        return NOOP in keeps.events

    def come() -> None:
        assert waits.wait(10)
        events.emit(NOOP)

    thread = threading.Thread(target=come)
    thread.start()
    assert events.changes.until(found, 10)
    thread.join()
    emit(events, CLOSED)
    assert CLOSED not in keeps.events
    assert events.changes.awaited == 0


def test_the_same_in_an_event_loop() -> None:
    keeps = Keeps()
    events = queue(keeps)

    async def run() -> bool:
        waiting = asyncio.create_task(events.changes.until_async(lambda: NOOP in keeps.events, 10))
        await asyncio.sleep(0)
        await asyncio.to_thread(emit, events, OPENED, NOOP)
        return await waiting

    assert asyncio.run(run())
    assert events.changes.awaited == 0


def test_what_comes_while_something_is_looked_for_slowly_is_not_overslept() -> None:
    sessions = SessionRecorder(events := EventQueue())
    events.listeners.append(sessions)
    emit(events, OPENED)
    looks: list[int] = []

    def find() -> bool:
        found = len(sessions.records[0].lines)
        looks.append(found)
        if not found:
            events.emit(NOOP)  # behind what was read, and before anybody waits
        return found > 0

    assert events.changes.until_slow(find, lambda: sessions.records[0].closed, 10)
    assert looks == [0, 1]


def test_nor_what_comes_between_two_looks() -> None:
    class Gap(Notifier):
        """An event comes just when nobody waits any more."""

        gaps = 0

        def until(self, find: Callable[[], Any], seconds: float) -> Any:
            found = super().until(find, seconds)
            self.gaps += 1
            if self.gaps == 1:
                events.emit(NOOP)
            return found

    sessions = SessionRecorder(events := EventQueue(Gap()))
    events.listeners.append(sessions)
    emit(events, OPENED)
    record = sessions.records[0]
    looked = threading.Thread(
        target=lambda: events.changes.until_slow(
            lambda: record.lines == ["NOOP"], lambda: record.closed, 600
        )
    )
    looked.start()
    looked.join(10)
    assert not looked.is_alive()


READS: list[Callable[[SessionRecorder], object]] = [
    lambda sessions: sessions.records[0].lines == ["CAPA"],
    lambda sessions: "C| CAPA" in sessions.transcript,
    lambda sessions: "CAPA" in repr(sessions.records[0]),
]


@pytest.mark.parametrize("read", READS)
def test_whoever_reads_finds_all(read: Callable[[SessionRecorder], object]) -> None:
    events = EventQueue()
    sessions = SessionRecorder(events)
    events.listeners.append(sessions)
    emit(events, OPENED, GREETING, BARE_LF)
    assert read(sessions)


def test_a_record_that_is_held_goes_on() -> None:
    events = EventQueue()
    sessions = SessionRecorder(events)
    events.listeners.append(sessions)
    check_clients(events)
    emit(events, OPENED, GREETING)
    (record,) = sessions.records
    emit(events, BARE_LF)
    assert [found.id for found in record.violations] == ["bare-lf"]
    emit(events, LoggedIn(1, "ann", "PASS", Snapshot([])))
    assert (record.user, record.mechanism) == ("ann", "PASS")
    emit(events, NOOP)
    assert "C: NOOP" in record.transcript
    emit(events, ENDED)
    assert (record.end_reason, record.closed) == ("closed", False)
    emit(events, CLOSED)
    assert record.closed


def test_counters_are_up_to_date_when_they_are_read_and_cleared() -> None:
    events = EventQueue()
    counts = Counters(Statistics(), events)
    events.listeners.append(counts)
    emit(events, OPENED, NOOP)
    assert "NOOP" in counts
    emit(events, NOOP)
    assert '"NOOP": 2' in counts.as_json()
    emit(events, NOOP)
    assert "NOOP=3" in str(counts)
    emit(events, NOOP)
    counts.clear()
    assert "NOOP" not in str(counts)
    assert "connections=0" in str(counts)


def test_a_listener_that_reads_another_while_it_is_told_is_not_told_twice() -> None:
    events = queue(keeps := Keeps())

    class Reads(Keeps):
        def on_event(self, seconds: float, event: Event) -> None:
            events.drain()
            super().on_event(seconds, event)

    events.listeners.insert(0, reads := Reads())
    emit(events, OPENED, NOOP)
    events.drain()
    assert reads.events == keeps.events == [OPENED, NOOP]


class Fails(Keeps):
    def on_event(self, seconds: float, event: Event) -> None:
        if event == NOOP:
            raise RuntimeError("a bug")
        super().on_event(seconds, event)


def test_a_listener_that_fails_is_told_of_and_costs_no_other_event() -> None:
    fails, writes, keeps = Fails(), Writes(), Keeps()
    events = queue(fails, keeps)
    events.writers.append(writes)
    emit(events, OPENED, NOOP, CLOSED)
    with pytest.raises(RuntimeError, match="a bug"):
        events.drain()
    assert fails.events == [OPENED, CLOSED]
    assert keeps.events == [OPENED, NOOP, CLOSED]
    assert writes.times == 1
    events.drain()
    assert fails.events == [OPENED, CLOSED]


class Writes:
    def __init__(self) -> None:
        self.times = 0

    def write(self) -> None:
        self.times += 1


def test_a_writer_that_fails_is_told_of_and_costs_no_other_its_turn() -> None:
    class Full(Writes):
        def write(self) -> None:
            super().write()
            raise ValueError("the file is closed")

    full, writes = Full(), Writes()
    events = queue(keeps := Keeps())
    events.writers += [full, writes]
    for event in (OPENED, NOOP):
        emit(events, event)
        with pytest.raises(ValueError, match="the file is closed"):
            events.drain()
    assert keeps.events == [OPENED, NOOP]
    assert (full.times, writes.times) == (2, 2)


def test_of_several_errors_the_first_is_raised() -> None:
    class FailsToo(Keeps):
        def on_event(self, seconds: float, event: Event) -> None:
            raise RuntimeError(f"no {type(event).__name__}")

    events = queue(FailsToo())
    emit(events, OPENED, NOOP)
    with pytest.raises(RuntimeError, match="no ConnectionOpened"):
        events.drain()


def test_by_a_timer_events_are_told_and_written_whatever_fails() -> None:
    fails, writes = Fails(), Writes()
    events = queue(fails)
    events.writers.append(writes)
    errors: list[object] = []

    async def run() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: errors.append(context["exception"]))
        draining = asyncio.create_task(events.keep_draining())
        emit(events, OPENED, NOOP)
        async with asyncio.timeout(10):
            while not errors:
                await asyncio.sleep(0.001)
            emit(events, CLOSED)
            while CLOSED not in fails.events or writes.times < 2:
                await asyncio.sleep(0.001)
        draining.cancel()

    asyncio.run(run())
    assert [str(error) for error in errors] == ["a bug"]


class Slow(Keeps):
    """Is told of each event for as long as the test wants."""

    def __init__(self) -> None:
        super().__init__()
        self.within = threading.Event()
        self.goes_on = threading.Event()

    def on_event(self, seconds: float, event: Event) -> None:
        self.within.set()
        assert self.goes_on.wait(10)
        super().on_event(seconds, event)


def test_who_reads_while_another_thread_is_told_waits_for_that() -> None:
    events = queue(slow := Slow())
    emit(events, OPENED)
    first = threading.Thread(target=events.drain)
    first.start()
    assert slow.within.wait(10)
    read: list[list[Event]] = []

    def reads() -> None:
        events.drain()
        read.append(slow.events)

    second = threading.Thread(target=reads)
    second.start()
    second.join(0.05)
    assert read == []
    slow.goes_on.set()
    first.join()
    second.join()
    assert read == [[OPENED]]


def noops(events: EventQueue, number: int) -> None:
    events.emit(ConnectionOpened(number, ""))
    for _ in range(2000):
        events.emit(LineReceived(number, b"NOOP\r", verb="NOOP", known=True))
    events.emit(ActionPerformed(number, Close()))


def test_no_event_of_several_threads_is_lost_while_others_read() -> None:
    events = EventQueue()
    sessions = SessionRecorder(events)
    events.listeners.append(sessions)
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            assert all(set(record.lines) <= {"NOOP"} for record in list(sessions.records))

    readers = [threading.Thread(target=read) for _ in range(2)]
    writers = [threading.Thread(target=noops, args=(events, number)) for number in (1, 2, 3)]
    for thread in (*readers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in readers:
        thread.join()
    assert [len(record.lines) for record in sessions.records] == [2000] * 3
    assert all(str(record.transcript).endswith("(close)\n") for record in sessions.records)


def test_a_fork_reads_what_a_thread_was_told_meanwhile() -> None:
    events = queue(slow := Slow())
    emit(events, OPENED)
    drains = threading.Thread(target=events.drain)
    drains.start()
    assert slow.within.wait(10)
    threading.Timer(0.05, slow.goes_on.set).start()
    if (child := os.fork()) == 0:
        signal.alarm(5)  # ends a child that waits for a thread of its parent
        events.drain()
        os._exit(0 if slow.events == [OPENED] else 1)
    drains.join()
    assert os.waitpid(child, 0)[1] == 0


def test_a_session_does_not_fail_of_a_listener_whose_error_is_raised_to_who_drains() -> None:
    class Broken:
        wants_lines = True

        def on_event(self, seconds: float, event: Event) -> None:
            raise ValueError("broken")

    events = EventQueue()
    events.listeners.append(Broken())
    for _ in range(2000):  # some are passed on by the session
        events.emit(LineReceived(1, b"NOOP\r"))
    with pytest.raises(ValueError, match="broken"):
        events.drain()
    events.drain()
    events.changes.awaited = 1
    events.emit(LineReceived(1, b"NOOP\r"))
    with pytest.raises(ValueError, match="broken"):
        events.drain()


def test_of_the_errors_of_a_listener_few_are_kept() -> None:
    class Bug(Exception):
        """May be referred to weakly, unlike those that are built in."""

    alive = WeakSet[Bug]()

    class Broken:
        wants_lines = True

        def on_event(self, seconds: float, event: Event) -> None:
            alive.add(bug := Bug())
            raise bug

    events = EventQueue()
    events.listeners.append(Broken())
    for _ in range(5000):
        events.emit(LineReceived(1, b"NOOP\r"))
    gc.collect()
    assert len(alive) < 100  # of all 5,000; its traceback knows those of the same turn
    with pytest.raises(Bug):
        events.drain()
