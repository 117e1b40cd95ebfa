"""The computer's clock may be set at any time; seconds of a session pass evenly."""

import pytest

from pop3lab.core.actions import Close
from pop3lab.core.counter import BoundedCounter
from pop3lab.core.events import (
    ActionPerformed,
    ConnectionClosed,
    ConnectionOpened,
    Event,
    LineReceived,
    SessionEnded,
    ViolationFound,
)
from pop3lab.observe.event_queue import EventQueue, Listener
from pop3lab.observe.session_clock import SessionClock
from pop3lab.observe.session_recorder import SessionRecorder

HOUR = 3600.0


class Computer:
    """Its two clocks: a second passes, or the date is set."""

    def __init__(self) -> None:
        self.date = 1_800_000_000.0
        self.steady = 50.0

    def passes(self, seconds: float = 1.0) -> None:
        self.date += seconds
        self.steady += seconds

    def clock(self) -> SessionClock:
        return SessionClock(lambda: self.date, lambda: self.steady)

    def queue(self, *listeners: Listener) -> EventQueue:
        """By these clocks, and passing each event on at once."""
        queue = EventQueue(clock=self.clock())
        queue.listeners += listeners
        queue.changes.awaited = 1
        return queue


class Told:
    """Tells at what time each event is passed on."""

    wants_lines = True

    def __init__(self, computer: Computer) -> None:
        self.queue = computer.queue(self)
        self.now = self.queue.now

    def on_event(self, seconds: float, event: Event) -> None:
        self.seconds = seconds

    def at(self, event: Event) -> float:
        self.queue.emit(event)
        return self.seconds


def ended(number: int) -> SessionEnded:
    return SessionEnded(number, "quit", "ann", BoundedCounter())


@pytest.mark.parametrize("jump", [-HOUR, HOUR, -86_400.0])
def test_the_seconds_of_a_session_pass_evenly(jump: float) -> None:
    computer = Computer()
    clock = Told(computer)
    events: list[Event] = [
        LineReceived(1, b"NOOP\r"),
        ActionPerformed(1, Close()),
        ended(1),
        ConnectionClosed(1, "closed"),
    ]
    events.append(ViolationFound(1, "no-quit", ""))  # which is told at the end
    opened = clock.at(ConnectionOpened(1, "127.0.0.1:1"))
    assert opened == computer.date
    for number, event in enumerate(events, 1):
        computer.passes()
        computer.date += jump
        assert clock.at(event) - opened == pytest.approx(number)
    assert clock.now(1) - opened == pytest.approx(len(events))


def test_a_session_begins_by_the_calendar() -> None:
    computer = Computer()
    clock = Told(computer)
    first = clock.at(ConnectionOpened(1, ""))
    computer.date += HOUR
    assert clock.at(ConnectionOpened(2, "")) == computer.date == first + HOUR
    computer.passes()
    assert (clock.now(1), clock.now(2)) == (first + 1, first + HOUR + 1)
    clock.at(ended(1))
    again = clock.at(ConnectionOpened(1, ""))  # the number of a server that begins anew
    assert again == computer.date


def test_of_sessions_that_are_over_not_all_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pop3lab.observe.session_clock._MOST_OVER", 2)
    computer = Computer()
    clock = Told(computer)
    for number in (1, 2, 3, 4):
        clock.at(ConnectionOpened(number, ""))
        if number > 1:
            clock.at(ended(number))
    computer.date += HOUR
    evenly = [clock.now(number) < computer.date for number in (1, 2, 3, 4)]
    assert evenly == [True, False, True, True]


def test_transcripts_and_records_are_by_it() -> None:
    computer = Computer()
    sessions = SessionRecorder()
    told = computer.queue(sessions)
    told.emit(ConnectionOpened(1, "127.0.0.1:1"))
    computer.passes()
    computer.date -= HOUR
    told.emit(LineReceived(1, b"NOOP\r"))
    computer.passes()
    computer.date += 30 * HOUR
    told.emit(LineReceived(1, b"QUIT\r"))
    computer.passes()
    sessions.close(told.now)
    record = sessions.records[0]
    assert (record.opened, record.ended) == (1_800_000_000.0, 1_800_000_003.0)
    assert [line[:11] for line in str(sessions.transcript).splitlines()] == [
        "1    0.000 ",
        "1    1.000 ",
        "1    2.000 ",
    ]
