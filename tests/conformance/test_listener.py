"""The listener and its table."""

import re
import threading
from pathlib import Path

import pytest

from pop3lab.conformance import checker as listener
from pop3lab.conformance.checker import ClientChecker
from pop3lab.conformance.exchange import ServerReply, ServerReplyParser
from pop3lab.conformance.history import ClientHistory, LoginWait, RetrievedMessage
from pop3lab.conformance.registry import VIOLATIONS
from pop3lab.conformance.violation import Violation
from pop3lab.core.actions import Part, Send
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
from pop3lab.core.reply_reader import ReplyReader
from pop3lab.observe.event_queue import EventQueue, Listener
from tests.dialogue import fed
from tests.immediate import immediate_queue

from .finding import Finding, Findings
from .watched import Watched


@pytest.mark.parametrize("row", VIOLATIONS.values(), ids=VIOLATIONS)
def test_a_row_is_complete(row: Violation) -> None:
    assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", row.id)
    assert row.level in ("MUST", "SHOULD", "advice")
    assert row.clause.startswith("RFC ")
    assert not row.meaning.endswith(".")
    assert re.fullmatch(r"[A-Z\[].{100,500}\.", row.why)


def test_each_violation_has_a_test_that_shows_it() -> None:
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert [name for name in VIOLATIONS if f'"{name}"' not in tests] == []


def test_a_violation_stands_right_behind_its_line() -> None:
    watched = Watched()
    session = watched.session()
    list(session.greeting())
    watched.now += 2.5
    list(fed(session, b"STAT\n"))
    kinds = [type(event) for event in watched.keeper.events]
    at = kinds.index(LineReceived)
    assert kinds[at:] == [LineReceived, ViolationFound, ViolationFound, ActionPerformed]
    assert watched.keeper.events[at + 1] == ViolationFound(
        1, "bare-lf", "the line ended in LF without CR"
    )
    assert watched.findings.found[0] == Finding("bare-lf", 1, 1002.5, r"C| STAT\n")


def told() -> tuple[ClientChecker, Findings, EventQueue]:
    findings = Findings()
    listeners: list[Listener] = [findings]
    record = immediate_queue(listeners, clock=lambda: 0.0)
    checker = ClientChecker(record.publish)
    listeners.append(checker)
    return checker, findings, record


def greeted(number: int) -> list[Event]:
    return [
        ConnectionOpened(number, "192.0.2.1:1"),
        ActionPerformed(number, Send(b"+OK\r\n", Part.HEAD)),
    ]


def test_a_response_behind_a_refused_auth_is_masked() -> None:
    _, findings, record = told()
    for event in (
        *greeted(1),
        LineReceived(1, b"AUTH PLAIN\r"),
        ActionPerformed(1, Send(b"-ERR\r\n", Part.HEAD)),
    ):
        record.emit(event)
    record.emit(LineReceived(1, b"AGFubgBzZWNyZXQ="))
    assert [found.line for found in findings.found] == [r"C| ****\n"]


def test_a_session_that_is_over_is_forgotten() -> None:
    checker, findings, record = told()
    for number in (1, 2):
        for event in (*greeted(number), SessionEnded(number, "closed", None, BoundedCounter())):
            record.emit(event)
    for event in (
        LineReceived(1, b"STAT\n"),
        ConnectionClosed(1, "reset"),
        ConnectionClosed(9, "reset"),
    ):
        record.emit(event)
    assert not findings.found
    assert not checker._sessions
    assert not checker._closing


def test_sessions_that_never_leave_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "_MOST_CLOSING", 10)
    checker, findings, record = told()
    for number in range(20):
        for event in (*greeted(number), LineReceived(number, b"QUIT\r")):
            record.emit(event)
        record.emit(ActionPerformed(number, Send(b"+OK\r\n", Part.HEAD)))
        record.emit(SessionEnded(number, "quit", None, BoundedCounter()))
    assert len(checker._closing) == 10
    record.emit(ConnectionClosed(5, "reset"))
    assert not findings.found
    record.emit(ConnectionClosed(15, "reset"))
    assert [found.id for found in findings.found] == ["quit-not-awaited"]


def test_sessions_of_several_threads() -> None:
    _, findings, record = told()

    def session(number: int) -> None:
        for event in greeted(number):
            record.emit(event)
        for _ in range(100):
            record.emit(LineReceived(number, b"CAPA"))

    threads = [threading.Thread(target=session, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([found for found in findings.found if found.id == "bare-lf"]) == 400


# Answers, however they are cut


@pytest.mark.parametrize(
    ("octets", "multi", "answer"),
    [
        (b"+OK\r\n", False, ServerReply("+OK", True)),
        (b"+OK 2 320\r\n", None, ServerReply("+OK", True, "2 320", ())),
        (b"-ERR [IN-USE] busy\r\n", True, ServerReply("-ERR", True, "[IN-USE] busy")),
        (b"+ \r\n", False, ServerReply("+", True)),
        (b"+OK\r\n.\r\n", True, ServerReply("+OK", True, "", ())),
        (b"+OK a\r\n1 2\r\n..x\r\n.\r\n", None, ServerReply("+OK", True, "a", ("1 2", "..x"))),
        (b"+OK a\r\n1 2\r\n", True, ServerReply("+OK", False, "a", (), cut=True)),
        (b"+OK a\r\n1 2\r\n.", True, ServerReply("+OK", False, "a", ())),
        (b"+OK a\r\n1 2\r\n. 3\r\n", True, ServerReply("+OK", False, "a", ("1 2",))),
        (b"+OK a\r\n1 2\n.\n", True, ServerReply("+OK", False, "a", ())),
        (b"+OK a\r\n.\r\nmore\r\n.\r\n", True, ServerReply("+OK", False, "a", (".", "more"))),
        (b"+OK\r\n+OK\r\n", False, ServerReply("+OK", False)),
        (b"-ERR\r\n-ERR\r\n", True, ServerReply("-ERR", False)),
        (b"+OK", False, ServerReply("+OK", False)),
        (b"+OK\n", False, ServerReply()),
        (b"OK\r\n", False, ServerReply()),
        (b"+OKAY\r\n", False, ServerReply()),
        (b"", False, ServerReply()),
    ],
)
def test_an_answer_at_every_cut(octets: bytes, multi: bool | None, answer: ServerReply) -> None:
    for cut in range(len(octets) + 1):
        answering = ServerReplyParser(ReplyReader(multi), kept=True)
        for piece in (octets[:cut], octets[cut:]):
            answering.add(piece)
        assert answering.read() == answer
    assert ServerReplyParser(ReplyReader(multi)).read() == ServerReply()


def test_a_long_answer_is_read_but_not_kept() -> None:
    answering = ServerReplyParser(ReplyReader(True))
    for piece in [b"+OK long\r\n", *[b"x" * 70 + b"\r\n"] * 1000, b".\r\n"]:
        answering.add(piece)
    assert answering.read() == ServerReply("+OK", True, "long", None)


# What is remembered from session to session


def test_the_past_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pop3lab.conformance.history._MOST_RETRIEVED", 2)
    monkeypatch.setattr("pop3lab.conformance.history._MOST_USERS", 2)
    past = ClientHistory()
    for uid in ("a", "b"):
        past.note_retrieved("ann", uid, RetrievedMessage.BROKEN)
    assert past.retrieved("ann", "c") is RetrievedMessage.NOTHING
    past.note_retrieved("ann", "c", RetrievedMessage.BROKEN)
    assert past.retrieved("ann", "c") is RetrievedMessage.WHOLE  # for all that is known
    assert past.retrieved("ann", "a") is RetrievedMessage.BROKEN
    past.note_deleted("ann", ("a",))
    assert past.retrieved("ann", "a") is RetrievedMessage.WHOLE
    for user in ("ann", "bob", "eve"):
        past.note_wait("192.0.2.1", user, LoginWait("IN-USE", 1, 0.0, 1.0))
    assert past.wait("192.0.2.1", "ann") is None
    assert past.wait("192.0.2.1", "eve")


def test_the_longer_wait_holds() -> None:
    past = ClientHistory()
    long, short = LoginWait("LOGIN-DELAY", 1, 0.0, 60.0), LoginWait("IN-USE", 2, 5.0, 6.0)
    past.note_wait("192.0.2.1", "ann", long)
    past.note_wait("192.0.2.1", "ann", short)
    assert past.wait("192.0.2.1", "ann") == long


def test_what_came_whole_stays_whole() -> None:
    past = ClientHistory()
    for what in (RetrievedMessage.WHOLE, RetrievedMessage.BROKEN):
        past.note_retrieved("ann", "a", what)
    assert past.retrieved("ann", "a") is RetrievedMessage.WHOLE
    assert past.retrieved("bob", "a") is RetrievedMessage.NOTHING
