"""Events as JSON: what each says, and that nobody waits for their reader."""

import asyncio
import json
import math
import os
from collections.abc import Iterator
from io import StringIO
from threading import Thread
from typing import Any

import pytest

from pop3lab.core.actions import (
    Close,
    EndTLS,
    HalfClose,
    OffloadNext,
    Part,
    Pause,
    Reset,
    Send,
    StartTLS,
)
from pop3lab.core.counter import BoundedCounter
from pop3lab.core.events import (
    ActionPerformed,
    ConnectionClosed,
    ConnectionOpened,
    Event,
    LineReceived,
    LoggedIn,
    MessageRead,
    MessagesDeleted,
    PlaintextAfterStls,
    RuleApplied,
    SessionEnded,
    StoreError,
    TlsEstablished,
    TlsFailed,
    UnexpectedTls,
    ViolationFound,
)
from pop3lab.core.maildrop import Entry, Snapshot
from pop3lab.observe.event_queue import EventQueue
from pop3lab.observe.json_events import JsonEvents, Notes

_VERBS = BoundedCounter()
_VERBS.add("QUIT", 2)
_SNAPSHOT = Snapshot([Entry("a", 5), Entry("b", 7)])

TOLD: list[tuple[Event, dict[str, Any]]] = [
    (ConnectionOpened(1, "127.0.0.1:99"), {"event": "connection_opened", "peer": "127.0.0.1:99"}),
    (
        LineReceived(1, b"RETR 1\r", early=True),
        {"event": "line_received", "line": "RETR 1", "response": False, "early": True},
    ),
    (
        ActionPerformed(1, Send(b"+OK\xff\r\n", Part.HEAD)),
        {"part": "head", "octets": 6, "text": "+OK\\xff"},
    ),
    (
        ActionPerformed(1, Send(b"ab\r\n", Part.BODY)),
        {"event": "sent", "part": "body", "octets": 4},
    ),
    (ActionPerformed(1, Send(b".\r\n", Part.END)), {"event": "sent", "part": "end", "octets": 3}),
    (ActionPerformed(1, Pause(0.5)), {"event": "action_performed", "action": "pause", "for": 0.5}),
    (
        ActionPerformed(1, Pause(math.inf)),
        {"event": "action_performed", "action": "pause", "for": None},
    ),
    (ActionPerformed(1, StartTLS()), {"event": "action_performed", "action": "start_tls"}),
    (ActionPerformed(1, HalfClose()), {"event": "action_performed", "action": "half_close"}),
    (ActionPerformed(1, Close()), {"event": "action_performed", "action": "close"}),
    (ActionPerformed(1, Reset()), {"event": "action_performed", "action": "reset"}),
    (PlaintextAfterStls(1), {"event": "plaintext_after_stls"}),
    (UnexpectedTls(1), {"event": "unexpected_tls"}),
    (TlsFailed(1, "why"), {"event": "tls_failed", "reason": "why"}),
    (ActionPerformed(1, EndTLS()), {"event": "action_performed", "action": "end_tls"}),
    (TlsEstablished(1, "TLSv1.3"), {"event": "tls_established", "version": "TLSv1.3"}),
    (
        LoggedIn(1, "ann", "APOP", _SNAPSHOT),
        {"event": "logged_in", "user": "ann", "mechanism": "APOP", "messages": 2, "octets": 12},
    ),
    (MessageRead(1, "a"), {"event": "message_read", "uid": "a"}),
    (MessagesDeleted(1, ("a", "b")), {"event": "messages_deleted", "uids": ["a", "b"]}),
    (RuleApplied(1, "no-uidl"), {"event": "rule_applied", "rule": "no-uidl"}),
    (
        ViolationFound(1, "bare-lf", "why"),
        {"event": "violation_found", "id": "bare-lf", "meaning": "why"},
    ),
    (StoreError(1, "x\udcff\u2028"), {"event": "store_error", "reason": "x\\udcff\u2028"}),
    (
        SessionEnded(1, "quit", None, _VERBS),
        {"event": "session_ended", "end_reason": "quit", "user": None, "verbs": {"QUIT": 2}},
    ),
    (ConnectionClosed(1, "reset"), {"event": "connection_closed", "client_close": "reset"}),
]


class Pipe:
    """Events written to a pipe, and what can be read of it."""

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()
        self.complaints = StringIO()
        self._rest = b""
        self.events = JsonEvents(self.writer, self.complaints)

    def on_events(self, *events: Event) -> None:
        for event in events:
            self.events.on_event(1234.5, event)
            self.events.write()

    def read(self) -> list[dict[str, Any]]:
        """What has come until now."""
        os.set_blocking(self.reader, False)
        text = self._rest
        try:
            while some := os.read(self.reader, 65_536):
                text += some
        except BlockingIOError:
            pass
        assert text.isascii()
        *lines, self._rest = text.split(b"\n")
        return [json.loads(line) for line in lines]


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    for descriptor in (made.reader, made.writer):
        os.close(descriptor)


@pytest.mark.parametrize(("event", "told"), TOLD, ids=lambda value: type(value).__name__)
def test_each_event_is_an_object_that_is_there_at_once(
    pipe: Pipe, event: Event, told: dict[str, Any]
) -> None:
    pipe.on_events(event)
    [read] = pipe.read()
    assert {**read, **told, "session": 1, "seconds": 1234.5} == read


def test_that_the_next_action_may_take_long_is_not_told(pipe: Pipe) -> None:
    pipe.on_events(ActionPerformed(1, OffloadNext()))
    assert pipe.read() == []


def test_secrets_are_masked(pipe: Pipe) -> None:
    pipe.on_events(
        LineReceived(1, b"PASS secret\r"),
        LineReceived(1, b"APOP ann 0123456789\r"),
        LineReceived(1, b"AUTH PLAIN AGFubgBzZWNyZXQ=\r"),
        LineReceived(1, b"AUTH PLAIN\r"),
        LineReceived(2, b"AGFubgBzZWNyZXQ=\r"),
        LineReceived(1, b"AGFubgBzZWNyZXQ=\r"),
        LineReceived(1, b"AGFubgBzZWNyZXQ=\r"),
        LineReceived(1, b"c2VjcmV0\r", response=True),
        LineReceived(1, b"*\r", response=True),
    )
    assert [event["line"] for event in pipe.read()] == [
        "PASS ****",
        "APOP ann ****",
        "AUTH PLAIN ****",
        "AUTH PLAIN",
        "****",  # of a session that has not said AUTH
        "****",
        "****",
        "****",
        "*",
    ]


def test_a_reader_that_does_not_read_stops_nobody_and_is_told_what_it_missed(pipe: Pipe) -> None:
    many = 20_000
    pipe.on_events(*(MessageRead(number, "x" * 70) for number in range(many)))
    read: list[dict[str, Any]] = []
    while some := pipe.read():
        read += some
        pipe.events.write()
    pipe.events.close()
    read += pipe.read()
    numbers = [event["session"] for event in read if event["event"] == "message_read"]
    assert numbers == list(range(len(numbers)))
    assert read[len(numbers) :] == [{"event": "skipped", "events": many - len(numbers)}]
    assert 0 < len(numbers) < many


def test_what_was_skipped_is_told_before_what_comes_next(pipe: Pipe) -> None:
    pipe.on_events(*(MessageRead(1, "x" * 70) for _ in range(20_000)))
    read = pipe.read()
    pipe.on_events(MessageRead(2, "y"))
    while some := pipe.read():
        read += some
        pipe.events.write()
    names = [event["event"] for event in read]
    at = names.index("skipped")
    assert names.count("skipped") == 1
    assert {event["session"] for event in read[:at]} == {1}
    assert {event["session"] for event in read[at + 1 :]} == {2}


def test_what_waits_is_written_when_it_is_read_though_nothing_more_happens(pipe: Pipe) -> None:
    async def run() -> int:
        queue = EventQueue()
        queue.writers.append(pipe.events)
        writing = asyncio.create_task(queue.keep_draining())
        got = 0
        async with asyncio.timeout(10):
            while got < 3000:
                got += len(pipe.read())
                await asyncio.sleep(0.01)
        writing.cancel()
        return got

    pipe.on_events(*(MessageRead(1, "x" * 70) for _ in range(3000)))
    assert asyncio.run(run()) == 3000


def test_a_line_longer_than_a_pipe_takes_comes_whole(pipe: Pipe) -> None:
    verbs = BoundedCounter()
    for number in range(500):
        verbs.add(f"{number:255}")
    reading: list[bytes] = []
    thread = Thread(target=lambda: reading.extend(_all(pipe.reader)))
    thread.start()
    pipe.on_events(SessionEnded(1, "quit", None, verbs))
    pipe.events.close()
    os.close(pipe.writer)
    thread.join()
    pipe.writer = os.open(os.devnull, os.O_WRONLY)
    assert len(json.loads(b"".join(reading))["verbs"]) == 500


def _all(reader: int) -> Iterator[bytes]:
    while some := os.read(reader, 65_536):
        yield some


def test_a_reader_that_is_gone_is_complained_of_once(pipe: Pipe) -> None:
    os.close(pipe.reader)
    pipe.on_events(PlaintextAfterStls(1), PlaintextAfterStls(1))
    pipe.events.close()
    pipe.reader = os.open(os.devnull, os.O_RDONLY)
    assert pipe.complaints.getvalue() == "pop3lab: the events end here: Broken pipe\n"


def test_a_non_blocking_pipe(pipe: Pipe) -> None:
    os.set_blocking(pipe.writer, False)
    pipe.on_events(*(MessageRead(1, "x" * 70) for _ in range(3000)))
    read = pipe.read()
    assert 0 < len(read) < 3000
    assert pipe.complaints.getvalue() == ""


def test_a_note_stands_behind_the_events_that_came_before_it(pipe: Pipe) -> None:
    queue = EventQueue()
    queue.listeners.append(pipe.events)
    queue.writers.append(pipe.events)
    pipe.events.catch_up = queue.drain
    queue.emit(MessageRead(1, "a"))
    Notes(pipe.events).write("a line\n")
    queue.emit(MessageRead(1, "b"))
    queue.drain()
    read = pipe.read()
    assert [event["event"] for event in read] == ["message_read", "note", "message_read"]


def test_a_line_that_is_no_event_is_a_note() -> None:
    reader, writer = os.pipe()
    events = JsonEvents(writer, StringIO())
    notes = Notes(events)
    print("one", "\udc80", file=notes, flush=True)
    notes.write("two\n\nand")
    notes.write(" three\nnot ended")
    events.close()
    os.close(writer)
    with open(reader, encoding="ascii") as file:
        told = [json.loads(line) for line in file]
    assert told == [
        {"event": "note", "text": text} for text in ("one \\udc80", "two", "", "and three")
    ]
