"""Records of very many sessions: the last ones are whole, the others are counts."""

import pytest

from pop3lab.core.actions import Part, Send
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
    SessionEnded,
    ViolationFound,
)
from pop3lab.core.maildrop import Snapshot
from pop3lab.observe import session_recorder
from pop3lab.observe.session_recorder import SessionRecorder
from pop3lab.observe.waiting import WaitCondition, timeout_error, wait_conditions

MOST = session_recorder.KEPT_SESSIONS


def opened(number: int) -> list[Event]:
    """A session of its own user, as far as it has retrieved a message and deleted it."""
    return [
        ConnectionOpened(number, f"192.0.2.1:{number}"),
        LineReceived(number, b"USER u%d\r" % number, verb="USER", known=True),
        LoggedIn(number, f"u{number}", "PASS", Snapshot(())),
        LineReceived(number, b"RETR 1\r", verb="RETR", known=True),
        MessageRead(number, f"A-{number}"),
        ActionPerformed(number, Send(b"+OK\r\n", Part.HEAD)),
        ActionPerformed(number, Send(b"text %d\r\n" % number, Part.BODY)),
        ActionPerformed(number, Send(b".\r\n", Part.END)),
        MessagesDeleted(number, (f"A-{number}",)),
    ]


def closed(number: int) -> list[Event]:
    return [
        SessionEnded(number, "quit", None, BoundedCounter()),
        ConnectionClosed(number, "closed"),
    ]


def tell(recorder: SessionRecorder, *events: Event) -> None:
    for event in events:
        recorder.on_event(1.0, event)


def recorded(sessions: int) -> SessionRecorder:
    """So many sessions, one after the other."""
    recorder = SessionRecorder()
    for number in range(1, sessions + 1):
        tell(recorder, *opened(number), *closed(number))
    return recorder


@pytest.fixture(scope="module")
def full() -> SessionRecorder:
    """As many sessions as have a record, and two more."""
    return recorded(MOST + 2)


def test_as_many_as_are_kept_all_have_a_record() -> None:
    records = recorded(MOST).records
    assert [record.number for record in records] == list(range(1, MOST + 1))
    assert records[0].retrieved == ["A-1"]


def test_all_sessions_are_numbered_and_counted(full: SessionRecorder) -> None:
    records = full.records
    assert len(records) == MOST + 2
    assert (records[2].number, records[-1].number) == (3, MOST + 2)
    assert [record.number for record in records[-2:]] == [MOST + 1, MOST + 2]
    assert len(records[-MOST:]) == MOST
    assert records[len(records) :] == []
    with pytest.raises(IndexError):
        records[MOST + 2]


def test_an_older_session_is_not_passed_over_in_silence(full: SessionRecorder) -> None:
    records = full.records
    sentence = (
        r"session 1 is only counted: the last 1,000 sessions have records; take sessions\[-1000:\],"
        " or look at sessions as they end"
    )
    for take in (
        lambda: records[0],
        lambda: records[:2],
        lambda: list(records),
        lambda: records == list(records[-MOST:]) * 2 or any(record.user for record in records),
    ):
        with pytest.raises(LookupError, match=sentence) as error:
            take()
        assert not isinstance(error.value, IndexError)  # which would end a loop
    with pytest.raises(LookupError, match="session 2 is only counted"):
        records[-MOST - 1]


def test_sessions_are_compared_as_a_list_is(full: SessionRecorder) -> None:
    assert SessionRecorder().records == []
    records = recorded(2).records
    assert records == [records[0], records[1]]
    assert records != [records[1], records[0]]
    assert records != 2
    assert full.records != []
    assert repr(records) == repr(list(records))
    assert repr(full.records).startswith("[2 earlier sessions, <session 3 from 192.0.2.1:3: closed")


def test_what_was_returned_does_not_change() -> None:
    recorder = recorded(1)
    before = recorder.records
    tell(recorder, *opened(2))
    assert (len(before), len(recorder.records)) == (1, 2)


def test_an_open_session_keeps_its_record_until_it_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session_recorder, "KEPT_SESSIONS", 2)
    recorder = SessionRecorder()
    tell(recorder, *opened(1))
    for number in range(2, 6):
        tell(recorder, *opened(number), *closed(number))
    assert recorder.records[0].retrieved == ["A-1"]
    with pytest.raises(LookupError, match="session 2 "):
        recorder.records[1]
    tell(recorder, *closed(1))
    with pytest.raises(LookupError, match="session 1 "):
        recorder.records[0]


def test_the_transcript_has_the_sessions_that_have_a_record(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session_recorder, "KEPT_SESSIONS", 3)
    recorder = SessionRecorder()
    for number in range(1, 9):
        tell(recorder, *opened(number), *closed(number))
        shown = {n for n in range(1, 9) if f"C: USER u{n}\n" in str(recorder.transcript)}
        assert shown == set(range(max(1, number - 2), number + 1))


def test_memory_of_texts_is_free_again_with_their_sessions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session_recorder, "KEPT_SESSIONS", 3)
    monkeypatch.setattr(session_recorder, "_MOST_OCTETS", 2 * len("text 1\r\n"))
    recorder = SessionRecorder()
    for number in range(1, 5):
        tell(recorder, *opened(number), *closed(number))
    # The text of the first was free for that of the last.
    whole = ["text" in str(record.transcript) for record in recorder.records[1:]]
    assert whole == [True, False, True]


def test_a_text_has_no_hole_where_memory_becomes_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_recorder, "_MOST_OCTETS", 8)
    recorder = SessionRecorder()
    tell(recorder, ConnectionOpened(1, "192.0.2.1:1"))
    for piece in (b"one\r\n", b"two more\r\n", b"3\r\n"):
        tell(recorder, ActionPerformed(1, Send(piece, Part.BODY)))
    assert "S: one\n" in recorder.transcript
    assert "3\n" not in str(recorder.transcript).partition("one\n")[2]


def condition(**wanted: object) -> WaitCondition:
    (found,) = wait_conditions(**wanted)  # type: ignore[arg-type]
    return found


def test_waits_count_the_older_sessions(full: SessionRecorder) -> None:
    records, count = full.records, MOST + 2
    for met in (
        {"sessions": count},
        {"logins": count},
        {"logins": ["u1", "u2", "u3"]},
        {"retrieved": count},
        {"retrieved": ["A-1", f"A-{count}"]},
        {"deleted": count},
        {"deleted": "A-2"},
        {"commands": {"retr": count}},
    ):
        assert condition(**met).met(records)
    for open_ in ({"sessions": count + 1}, {"logins": "u0"}, {"commands": {"RETR": count + 1}}):
        assert not condition(**open_).met(records)


def test_a_wait_that_times_out_tells_how_many_there_were(full: SessionRecorder) -> None:
    told = str(timeout_error("after 1 s", [condition(sessions=MOST + 3)], full.records))
    assert told.startswith(
        f"after 1 s, {MOST + 2} of {MOST + 3} sessions closed: {MOST - 8} others, "
        f"session {MOST - 7}, "
    )
    assert f"; {MOST - 3} sessions before these; session {MOST - 2} closed (quit);" in told


def test_names_are_bounded_and_their_number_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_recorder, "KEPT_SESSIONS", 1)
    monkeypatch.setattr(session_recorder, "_MOST_NAMES", 2)
    records = recorded(5).records
    assert condition(retrieved=["A-1", "A-2", "A-5"]).met(records)
    assert not condition(retrieved=["A-3"]).met(records)
    assert condition(retrieved=5).met(records)


def test_violations_of_all_sessions_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_recorder, "KEPT_SESSIONS", 1)
    recorder = SessionRecorder()
    late = ViolationFound(1, "quit-not-awaited", "it left")
    for number in range(1, 4):
        found = ViolationFound(number, "bare-lf", f"in {number}")
        tell(recorder, *opened(number), found, *closed(number))
    tell(recorder, late)
    assert [(each.session, each.meaning) for each in recorder.violations] == [
        (1, "in 1"),
        (1, "it left"),
        (2, "in 2"),
        (3, "in 3"),
    ]
