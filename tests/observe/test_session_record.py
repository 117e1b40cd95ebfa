"""Records of sessions, from the events of real ones."""

import asyncio
import threading
from typing import Any

import pytest

from pop3lab.behaviours.catalogue import parse_rule
from pop3lab.core.actions import Part, Send
from pop3lab.core.counter import BoundedCounter
from pop3lab.core.events import (
    ActionPerformed,
    ConnectionClosed,
    ConnectionOpened,
    Event,
    LineReceived,
    RuleApplied,
    SessionEnded,
    ViolationFound,
)
from pop3lab.core.session import Session
from pop3lab.observe.event_queue import EventQueue
from pop3lab.observe.notifier import Notifier
from pop3lab.observe.session_clock import SessionClock
from pop3lab.observe.session_record import SessionRecord
from pop3lab.observe.session_recorder import PastSessions, SessionRecorder, SessionRecords
from pop3lab.observe.waiting import timeout_error, wait_conditions
from pop3lab.rules.engine import Rules
from tests.dialogue import ONE, TWO, done, fed, memory, session


class Clock:
    """Each event a second after the one before it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


def watched(**options: object) -> tuple[Session, SessionRecord, SessionRecorder]:
    """A session that has been greeted, and its record."""
    events = EventQueue(clock=SessionClock(lambda: 1000.0, steady=Clock()))
    sessions = SessionRecorder(events)
    events.listeners.append(sessions)
    played = session(sink=events, **options)  # type: ignore[arg-type]
    done(played.greeting())
    return played, sessions.records[0], sessions


def say(played: Session, *lines: str) -> None:
    for line in lines:
        done(fed(played, line.encode() + b"\r\n"))


def all_of(*records: SessionRecord) -> SessionRecords:
    """Sessions that all have a record."""
    return SessionRecords(len(records), dict(enumerate(records, 1)), PastSessions())


def leave(played: Session, how: str = "closed") -> None:
    played.session_ended(how)
    played.connection_closed(how)


def test_a_whole_session() -> None:
    played, record, _ = watched()
    say(played, "user ann", "PASS secret", "RETR 1", "TOP 2 0", "dele 2", "QUIT")
    assert not record.closed
    leave(played)
    assert (record.number, record.peer, record.user) == (7, "192.0.2.1:1100", "ann")
    assert (record.mechanism, record.tls) == ("PASS", "")
    assert record.commands == ["USER", "PASS", "RETR", "TOP", "DELE", "QUIT"]
    assert record.lines[:3] == ["user ann", "PASS ****", "RETR 1"]
    assert (record.retrieved, record.deleted) == (["1"], ["2"])
    assert (record.end_reason, record.client_close, record.closed) == ("quit", "closed", True)
    assert record.received == sum(len(line) + 2 for line in record.lines) + len("secret") - 4
    assert record.opened == 1000.0
    assert record.opened < (record.ended or 0)


def test_it_is_over_only_when_the_connection_is_gone_too() -> None:
    played, record, _ = watched()
    say(played, "QUIT")
    played.session_ended("closed")
    assert (record.end_reason, record.closed) == ("quit", False)
    assert record.status == "ended (quit), not yet closed"
    played.connection_closed("reset")
    assert (record.end_reason, record.client_close, record.closed) == ("quit", "reset", True)
    assert record.status == "closed (quit)"


def test_the_connection_may_be_gone_before_the_session_has_ended() -> None:
    played, record, _ = watched()
    played.connection_closed("reset")
    assert not record.closed
    played.session_ended("reset")
    assert (record.end_reason, record.closed) == ("reset", True)


def test_deleted_is_only_what_is_gone_from_the_store() -> None:
    played, record, _ = watched()
    say(played, "USER ann", "PASS secret", "DELE 1")
    leave(played)
    assert (record.deleted, record.end_reason) == ([], "closed")


def test_a_refused_or_unfinished_retr_is_not_retrieved() -> None:
    played, record, _ = watched()
    say(played, "USER ann", "PASS secret", "RETR 9")
    actions = iter(fed(played, b"RETR 1\r\n"))
    next(actions)  # the status line
    next(actions)  # the text, but not its end
    assert record.retrieved == []
    next(actions)
    assert record.retrieved == ["1"]


def test_a_message_sent_twice_is_there_twice() -> None:
    played, record, _ = watched()
    say(played, "USER ann", "PASS secret", "RETR 2", "RETR 2")
    assert record.retrieved == ["2", "2"]


def test_secrets_stay_out_of_the_record() -> None:
    played, record, sessions = watched()
    say(played, "AUTH PLAIN", "AGFubgBzZWNyZXQ=", "NOOP")
    assert record.user == "ann"
    assert record.lines == ["AUTH PLAIN", "NOOP"]
    say(played, "AUTH PLAIN AGFubgBzZWNyZXQ=")
    assert record.lines[-1] == "AUTH PLAIN ****"
    say(played, "AUTH NTLM", "AGFubgBzZWNyZXQ=")
    assert record.lines[-2:] == ["AUTH NTLM", "****"]
    assert record.commands[-1] == "****"
    assert "AGFub" not in str(sessions.transcript)


def test_what_was_cut_was_not_retrieved() -> None:
    for octets, uids in {22: [], 23: ["1"]}.items():
        rules = Rules([parse_rule(f"retr-truncated-dot octets={octets}")])
        played, record, _ = watched(hooks=rules)
        say(played, "USER ann", "PASS secret", "RETR 1", "QUIT")
        assert record.retrieved == uids


def ended(how: str, *events: Event) -> str:
    """How a session ends, told of these events."""
    sessions = SessionRecorder()
    ending = (SessionEnded(1, how, None, BoundedCounter()), ConnectionClosed(1, "closed"))
    told: list[Event] = [ConnectionOpened(1, "192.0.2.1:1"), *events, *ending]
    for event in told:
        sessions.on_event(1.0, event)
    return sessions.records[0].end_reason


def test_how_it_ended() -> None:
    noop, quit_ = LineReceived(1, b"NOOP\r"), LineReceived(1, b"QUIT\r")
    answer, fired = (
        ActionPerformed(1, Send(b"+OK\r\n", Part.HEAD)),
        RuleApplied(1, "QUIT -> something"),
    )
    assert ended("closed", answer, noop, answer) == "closed"
    assert ended("quit", answer, quit_, answer) == "quit"
    assert ended("dropped", noop, fired, answer) == "fault"
    assert ended("dropped", fired) == "fault"
    assert ended("dropped", noop, fired, answer, noop) == "dropped"
    assert ended("timeout", noop, fired) == "timeout"


def test_octets_that_are_no_text_are_shown() -> None:
    played, record, _ = watched()
    done(fed(played, b"NO\xff\x00OP\r\n"))
    assert record.lines == ["NO\\xff\x00OP"]


def test_what_is_not_over_when_the_server_ends_was_stopped() -> None:
    played, record, sessions = watched()
    sessions.close(lambda number: 2000.0)
    assert (record.end_reason, record.ended, record.closed) == ("stopped", 2000.0, True)
    leave(played)
    sessions.close(lambda number: 3000.0)
    assert record.ended != 3000.0


def test_violations_are_part_of_the_record() -> None:
    _, record, sessions = watched()
    violated = ViolationFound(7, "some-id", "it did")
    sessions.on_event(1.0, violated)
    assert record.violations == [violated]


def test_the_transcript_of_one_session_has_no_other() -> None:
    sessions = SessionRecorder()
    for number in (1, 2):
        sessions.on_event(1.0, ConnectionOpened(number, "192.0.2.1:1"))
        sessions.on_event(1.0, LineReceived(number, b"NOOP %d\r" % number))
    assert "NOOP 2" in sessions.transcript
    assert "NOOP 2" not in sessions.records[0].transcript
    assert "NOOP 2" in sessions.records[1].transcript


def test_long_texts_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pop3lab.observe.session_recorder._MOST_OCTETS", 30)
    played, record, sessions = watched(store=memory(ONE, TWO))
    say(played, "USER ann", "PASS secret", "RETR 1", "RETR 2", "NOOP")
    assert "S: Subject: one" in sessions.transcript
    assert "two" not in sessions.transcript
    assert "C: NOOP" in sessions.transcript
    assert record.retrieved == ["1", "2"]


def test_waiting_ends_with_the_event() -> None:
    played, record, sessions = watched()
    threading.Timer(0.05, lambda: say(played, "NOOP")).start()
    assert sessions.changes.until(lambda: record.commands == ["NOOP"], 10)
    assert not sessions.changes.until(lambda: record.closed, 0.01)


def test_waiting_in_a_loop_ends_with_the_event() -> None:
    played, record, sessions = watched()

    async def wait() -> bool:
        async with asyncio.timeout(5):
            return await sessions.changes.until_async(lambda: record.commands == ["NOOP"], 20)

    threading.Timer(0.05, lambda: say(played, "NOOP")).start()
    assert asyncio.run(wait())


def changing(changes: Notifier, stop: threading.Event) -> threading.Thread:
    """Changes in a thread, without end."""

    def change() -> None:
        while not stop.wait(0.001):
            with changes:
                pass

    thread = threading.Thread(target=change)
    thread.start()
    return thread


def test_what_takes_long_to_find_is_looked_for_seldom_and_not_in_the_way() -> None:
    changes, stop, looks = Notifier(), threading.Event(), []
    thread = changing(changes, stop)

    def find() -> bool:
        before = changes.count
        looks.append(before)
        changed = threading.Event()
        threading.Timer(0.03, changed.set).start()
        assert changed.wait(10)
        assert changes.count > before  # so nobody had to wait for this
        return False

    assert not changes.until_slow(find, lambda: False, 0.25)
    stop.set()
    thread.join()
    assert 2 <= len(looks) <= 3


def test_it_is_looked_for_at_once_when_nothing_more_will_come() -> None:
    changes, last = Notifier(), threading.Event()

    def end() -> None:
        with changes:
            last.set()

    threading.Timer(0.05, end).start()
    assert changes.until_slow(last.is_set, last.is_set, 20)
    assert not changes.until_slow(lambda: False, last.is_set, 20)


def test_a_goal_says_how_near_it_is() -> None:
    played, record, _ = watched()
    say(played, "USER ann", "PASS secret", "RETR 1", "RETR 2")
    records = all_of(record)
    (three,) = wait_conditions(retrieved=3)
    assert not three.met(records)
    assert str(timeout_error("after 2 s", [three], records)) == (
        "after 2 s, 2 of 3 retrieved: 1, 2; session 7 still open, last command RETR 2"
    )
    (named,) = wait_conditions(retrieved=["1", "x"])
    assert not named.met(records)
    assert named.progress(records) == "1 of 2 retrieved, not x: 1, 2"
    assert all(
        goal.met(records)
        for goal in wait_conditions(retrieved=2, logins="ann", commands={"retr": 2})
    )
    assert str(timeout_error("after 1 s", wait_conditions(sessions=1, retrieved=1), all_of())) == (
        "after 1 s, 0 of 1 sessions closed; 0 of 1 retrieved; nobody has connected"
    )
    with pytest.raises(TypeError, match="nothing to wait for"):
        wait_conditions()


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"retrieved": [1]}, "retrieved: 1 is not a text: write '1', or how many"),
        ({"retrieved": 1.5}, "retrieved=1.5: write a number, or a list of texts"),
        ({"deleted": b"1"}, "deleted=b'1': write a number, or a list"),
        ({"logins": True}, "logins=True: write a number, 0 or more"),
        ({"sessions": "1"}, "sessions='1': write a number, 0 or more"),
        ({"sessions": -1}, "sessions=-1: write a number, 0 or more"),
        ({"commands": "RETR"}, "commands='RETR': write how often which verb"),
        ({"commands": {"RETR": "1"}}, "commands: RETR='1': write a number"),
    ],
)
def test_what_can_not_be_waited_for(wanted: dict[str, Any], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        wait_conditions(**wanted)


def test_of_very_much_that_came_the_last_is_told() -> None:
    record = SessionRecord(1, "", 0.0)
    record.retrieved = [f"{number}" for number in range(10_000)]
    (goal,) = wait_conditions(retrieved=[f"x{number}" for number in range(10_000)])
    told = goal.progress(all_of(record))
    assert told.startswith("0 of 10000 retrieved, not 9990 others, x9990, ")
    assert told.endswith(": 9990 others, " + ", ".join(record.retrieved[-10:]))


def test_of_many_sessions_the_last_are_told() -> None:
    records = all_of(*(SessionRecord(number, "", 0.0) for number in range(1, 9)))
    told = str(timeout_error("after 1 s", wait_conditions(deleted=1), records))
    assert told.startswith("after 1 s, 0 of 1 deleted; 3 sessions before these; session 4 still")
    assert told.endswith("session 8 still open, no command yet")


def test_left_alone_is_not_the_end() -> None:
    _, record, sessions = watched()
    sessions.on_event(1.0, ConnectionClosed(7, "closed"))
    assert not record.closed
