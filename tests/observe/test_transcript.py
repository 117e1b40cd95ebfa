import io
import math
import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop3lab.core.actions import (
    Action,
    AwaitData,
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
    ViolationFound,
)
from pop3lab.core.maildrop import Entry, Snapshot
from pop3lab.observe.counters import Statistics
from pop3lab.observe.escapes import escaped
from pop3lab.observe.event_queue import EventQueue
from pop3lab.observe.stderr import StoreErrorReporter
from pop3lab.observe.transcript import action_from_note, parse, print_lines
from pop3lab.observe.transcript_file import TranscriptFile
from pop3lab.observe.transcript_writer import TranscriptWriter
from tests.dialogue import done, fed, memory, session
from tests.immediate import immediate_queue
from tests.wording import BYE, OPEN_ONE, PASSWORD_NEXT


def lines(*events: Event) -> list[str]:
    transcript = TranscriptWriter()
    return "".join(transcript.text(0.0, event) for event in events).split("\n")[:-1]


def shown(*events: Event) -> list[str]:
    return [line.removeprefix("1    0.000 ") for line in lines(*events)]


def said(data: bytes) -> ActionPerformed:
    return ActionPerformed(1, Send(data, Part.BODY))


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b"NOOP\r", "C: NOOP"),
        (b"NOOP", "C| NOOP\\n"),
        (b"\r", "C: "),
        (b"a\\b\x00\xff\t\r\r", "C: a\\\\b\\x00\\xff\\t\\r"),
        (b"PASS secret\r", "C: PASS ****"),
        (b"pass  two words \r", "C: pass  ****"),
        (b" PASS secret\r", "C:  PASS ****"),
        (b"PASS\tsecret\r", "C: PASS\\t****"),
        (b"PASS:secret", "C| PASS****\\n"),
        (b"PASS\r", "C: PASS"),
        (b"PASS se\x00cr\net\r", "C: PASS ****"),
        (b"APOP ann 0123abcd\r", "C: APOP ann ****"),
        (b"apop ann 0123 4567", "C| apop ann ****\\n"),
        (b"APOP ann\r", "C: APOP ann"),
        (b"AUTH PLAIN AGFubgBzZWNyZXQ=\r", "C: AUTH PLAIN ****"),
        (b"auth plain\r", "C: auth plain"),
        (b"USER pass\r", "C: USER pass"),
    ],
)
def test_lines_of_the_client(line: bytes, text: str) -> None:
    assert shown(LineReceived(1, line)) == [text]


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ([b"+OK\r\n"], ["S: +OK"]),
        ([b"+O", b"K\r", b"\n1 2\r\n"], ["S: +OK", "S: 1 2"]),
        ([b"a\nb\rc\\\r\n\r\n"], ["S: a\\nb\\rc\\\\", "S: "]),
        ([b"\r\n\r\n"], ["S: ", "S: "]),
        ([b"a\r\n\rb\n\r\nc\r\n"], ["S: a", "S: \\rb\\n", "S: c"]),
        ([b"a\r\r\nb\n\r\n"], ["S: a\\r", "S: b\\n"]),
        ([b"+OK\r\nhalf"], ["S: +OK", "S| half"]),
        ([b"half\r"], ["S| half\\r"]),
    ],
)
def test_lines_of_the_server_however_they_are_cut(pieces: list[bytes], text: list[str]) -> None:
    close = ActionPerformed(1, Close())
    assert shown(*map(said, pieces), close) == [*text, "(close)"]


def test_what_else_happens() -> None:
    assert shown(
        ConnectionOpened(1, "192.0.2.1:5"),
        ActionPerformed(1, OffloadNext()),
        said(b"+OK 1"),
        ActionPerformed(1, Pause(0.5)),
        TlsEstablished(1, "TLSv1.3"),
        LoggedIn(1, "ann", "PASS", Snapshot([Entry("a", 1)] * 3)),
        LoggedIn(1, "b\n", "SCRAM-SHA-256", Snapshot([Entry("a", 1)])),
        RuleApplied(1, "RETR 2 nth=1 -> cut-after 512 then reset"),
        MessageRead(1, "a"),
        ViolationFound(1, "no-quit", "the session ended without QUIT"),
        PlaintextAfterStls(1),
        MessagesDeleted(1, ("a", "b")),
        StoreError(1, "no disk for \udcff'\u00e9'\n"),
        SessionEnded(1, "quit", "ann", BoundedCounter()),
        ConnectionClosed(1, "reset"),
        ConnectionOpened(1, "192.0.2.1:6"),
        said(b"x"),
        SessionEnded(1, "reset", None, BoundedCounter()),
    ) == [
        "(connection opened from 192.0.2.1:5 at 1970-01-01T00:00:00.000+00:00)",
        "S| +OK 1",
        "(pause 0.5)",
        "(TLS established: TLSv1.3)",
        "(logged in: ann by PASS, 3 messages)",
        "(logged in: b\\n by SCRAM-SHA-256, 1 message)",
        "(rule: RETR 2 nth=1 -> cut-after 512 then reset)",
        "(violation no-quit: the session ended without QUIT)",
        "(plaintext after STLS)",
        "(deleted: a b)",
        "(store error: no disk for \\xff'\\xc3\\xa9'\\n)",
        "(session ended: quit, user ann)",
        "(client reset the connection)",
        "(connection opened from 192.0.2.1:6 at 1970-01-01T00:00:00.000+00:00)",
        "S| x",
        "(session ended: reset)",
    ]


def test_a_note_stands_where_it_happened_within_a_line() -> None:
    assert shown(said(b"+O"), RuleApplied(1, "x"), said(b"K\r\n")) == ["S| +O", "(rule: x)", "S: K"]


BETWEEN = " and in clear between its records "
ACTIONS: list[tuple[Action, str]] = [
    (Pause(0.5), "pause 0.5"),
    (Pause(2.0), "pause 2"),
    (Pause(1e-7), "pause 1e-07"),
    (Pause(math.inf), "stall"),
    (Pause(0.5, leave_unread=True), "pause 0.5 without reading"),
    (Pause(math.inf, leave_unread=True), "stall without reading"),
    (AwaitData(), "wait for the client"),
    (StartTLS(), "start TLS"),
    (StartTLS("expired"), "start TLS with certificate expired"),
    (StartTLS(between=b"+OK"), "start TLS" + BETWEEN + "+OK"),
    (StartTLS("expired", b" x"), "start TLS with certificate expired" + BETWEEN + " x"),
    (EndTLS(), "end TLS"),
    (HalfClose(), "half-close"),
    (HalfClose(close_notify=True), "half-close with close_notify"),
    (Close(), "close"),
    (Close(close_notify=False), "close without close_notify"),
    (Reset(), "reset"),
]


@pytest.mark.parametrize(("action", "name"), ACTIONS)
def test_actions_have_names_that_say_which(action: Action, name: str) -> None:
    assert shown(ActionPerformed(1, action)) == [f"({name})"]
    assert repr(action_from_note(name)) == repr(action)  # actions of different kinds may be equal


def test_octets_in_a_note_are_escaped_and_come_back() -> None:
    action = StartTLS(between=b"+OK x\r\n\\\xff")
    (line,) = shown(ActionPerformed(1, action))
    assert line == f"(start TLS{BETWEEN}" + r"+OK x\r\n\\\xc3\xbf)"
    (entry,) = parse(line + "\n")
    assert action_from_note(entry.note) == action


@pytest.mark.parametrize(
    "note",
    [
        "",
        "pause",
        "pause inf",
        "pause nan",
        "pause -1",
        "pause 1e",
        "wait",
        "send",
        "session ended: quit",
        "client closed the connection",
    ],
)
def test_other_notes_are_no_actions(note: str) -> None:
    assert action_from_note(note) is None


def test_times_are_since_the_session_began_and_sessions_are_told_apart() -> None:
    transcript = TranscriptWriter()
    events: list[tuple[float, Event]] = [
        (5.0, ConnectionOpened(1, "a")),
        (5.5, ConnectionOpened(12, "b")),
        (6.25, LineReceived(1, b"x\r")),
    ]
    texts = [transcript.text(at, event) for at, event in events]
    assert texts[1].startswith("12    0.000 (connection opened from b")
    assert texts[2] == "1    1.250 C: x\n"


ENDED = SessionEnded(1, "quit", None, BoundedCounter())


def at_each_second(*events: Event) -> list[str]:
    transcript = TranscriptWriter()
    texts = [transcript.text(float(second), event) for second, event in enumerate(events)]
    return [line.strip() for line in "".join(texts).splitlines()][1:]


def test_what_comes_after_the_end_has_the_time_of_its_session() -> None:
    assert at_each_second(
        ConnectionOpened(1, "a"), ENDED, ViolationFound(1, "x", "y"), ConnectionClosed(1, "closed")
    ) == [
        "1    1.000 (session ended: quit)",
        "1    2.000 (violation x: y)",
        "1    3.000 (client closed the connection)",
    ]


def test_a_client_may_leave_before_its_session_ends() -> None:
    assert at_each_second(
        ConnectionOpened(1, "a"), ConnectionClosed(1, "reset"), StoreError(1, "x"), ENDED
    ) == [
        "1    1.000 (client reset the connection)",
        "1    2.000 (store error: x)",
        "1    3.000 (session ended: quit)",
    ]


def test_a_number_that_comes_again_is_a_new_session() -> None:
    assert at_each_second(
        ConnectionOpened(1, "a"), ENDED, ConnectionOpened(1, "b"), LineReceived(1, b"x\r")
    )[2:] == ["1    1.000 C: x"]


@pytest.mark.parametrize("leaves_first", [False, True])
def test_nothing_is_kept_of_sessions_that_are_over(leaves_first: bool) -> None:
    def life(number: int) -> list[Event]:
        end: list[Event] = [
            SessionEnded(number, "quit", None, BoundedCounter()),
            ConnectionClosed(number, "closed"),
        ]
        begin: list[Event] = [
            ConnectionOpened(number, "a"),
            LineReceived(number, b"AUTH\r"),
            ActionPerformed(number, said(b"x").action),
        ]
        return [*begin, *(end[::-1] if leaves_first else end), ViolationFound(number, "x", "y")]

    assert kept_after(life, 10) == kept_after(life, 0)


def test_little_is_kept_of_sessions_that_never_leave() -> None:
    def life(number: int) -> list[Event]:
        return [ConnectionOpened(number, "a"), SessionEnded(number, "quit", None, BoundedCounter())]

    assert kept_after(life, 20_000) - kept_after(life, 15_000) < 10_000


def kept_after(life: Callable[[int], list[Event]], sessions: int) -> int:
    """Octets of what a transcript keeps after so many sessions."""
    transcript = TranscriptWriter()
    for number in range(1, sessions + 1):
        for event in life(number):
            transcript.text(0.0, event)
    return len(pickle.dumps(transcript))


PIECES = st.binary() | st.lists(st.sampled_from([b"\r", b"\n", b"\\", b"+OK", b"\xff"])).map(
    b"".join
)
EVENTS = st.one_of(
    st.builds(LineReceived, st.just(1), PIECES.map(lambda octets: octets.replace(b"\n", b""))),
    st.builds(said, PIECES),
    st.builds(ActionPerformed, st.just(1), st.sampled_from([action for action, _ in ACTIONS])),
    st.builds(StoreError, st.just(1), st.text()),
    st.builds(RuleApplied, st.just(1), st.text()),
    st.builds(ViolationFound, st.just(1), st.text(), st.text()),
    st.builds(SessionEnded, st.just(1), st.text(), st.text(), st.just(BoundedCounter())),
    st.builds(ConnectionClosed, st.just(1), st.text()),
)


@given(st.lists(EVENTS))
def test_a_transcript_can_be_read_back_and_has_all_that_was_said(events: list[Event]) -> None:
    transcript = TranscriptWriter()
    events = [ConnectionOpened(1, "192.0.2.1:5"), *events, ActionPerformed(1, Close())]
    text = "".join(transcript.text(second / 8, event) for second, event in enumerate(events))
    lines = parse(text)
    assert print_lines(lines) == text
    actions = [event.action for event in events if isinstance(event, ActionPerformed)]
    sent = b"".join(action.data for action in actions if isinstance(action, Send))
    assert b"".join(line.octets for line in lines if line.who == "server") == sent
    whole = [event.line.endswith(b"\r") for event in events if isinstance(event, LineReceived)]
    heard = [line.octets for line in lines if line.who == "client"]
    assert [octets.endswith(b"\r\n") for octets in heard] == whole
    assert all(octets.endswith(b"\n") for octets in heard)


def test_escaped_is_printable_and_can_be_undone() -> None:
    everything = bytes(range(256))
    text = escaped(everything)
    assert text.isprintable()
    assert text.encode().decode("unicode_escape").encode("latin-1") == everything


def ticking() -> Iterator[float]:
    yield from range(1000)


def test_a_session_written_to_a_file_and_counted() -> None:
    file, complaints, statistics = io.StringIO(), io.StringIO(), Statistics()
    transcript = TranscriptFile(file, complaints)
    clock = ticking()
    record = immediate_queue(
        [statistics, StoreErrorReporter(complaints), transcript], lambda: next(clock)
    )
    assert record.wants_lines
    told = session(memory(b"hello\r\n"), sink=record)
    done(fed(told, b"USER ann\r\nPASS secret\r\nretr 1\r\nQUIT\r\n"))
    assert file.getvalue() == ""
    told.session_ended("closed")
    transcript.write()
    shown = [line.split(" ", 1)[1].lstrip() for line in file.getvalue().splitlines()]
    assert shown[1:] == [
        "1.000 C: USER ann",
        f"2.000 S: {PASSWORD_NEXT}",
        "3.000 C: PASS ****",
        "4.000 (logged in: ann by PASS, 1 message)",
        f"5.000 S: {OPEN_ONE.replace('23', '7')}",
        "6.000 C: retr 1",
        "8.000 S: +OK 7 octets",
        "9.000 S: hello",
        "10.000 S: .",
        "11.000 C: QUIT",
        f"12.000 S: {BYE}",
        "13.000 (close)",
        "14.000 (session ended: quit, user ann)",
    ]
    assert str(statistics) == "1\nPASS 1\nQUIT 1\nRETR 1\nUSER 1\n"
    assert complaints.getvalue() == ""


def test_without_a_listener_for_lines_only_the_ends_are_told() -> None:
    statistics, events = Statistics(), EventQueue()
    events.at_once.append(statistics)
    assert not events.wants_lines
    told = session(memory(b"hello\r\n"), sink=events)
    done(fed(told, b"USER ann\r\nPASS secret\r\nQUIT\r\n"))
    told.session_ended("closed")
    assert statistics.logins == 1


def test_statistics_add_up_in_byte_order_and_keep_their_lines() -> None:
    statistics = Statistics()
    for user, verbs in ((None, ("b", "A~", "A")), ("ann", ("A", "\n1", "\x1b[0m", "\\XFF"))):
        tally = BoundedCounter()
        for verb in verbs:
            tally.add(verb)
        statistics.on_event(0.0, SessionEnded(1, "closed", user, tally))
    assert str(statistics).split("\n") == [
        "1",
        "A 2",
        "A~ 1",
        "\\X0A1 1",
        "\\X1B[0m 1",
        "\\XFF 1",
        "b 1",
        "",
    ]


def test_complaints() -> None:
    file = io.StringIO()
    StoreErrorReporter(file).on_event(0.0, StoreError(3, "the disk is full"))
    StoreErrorReporter(file).on_event(0.0, ConnectionOpened(3, "x"))
    assert file.getvalue() == "pop3lab: session 3: the disk is full\n"


def test_a_transcript_is_written_whenever_events_are_passed_on() -> None:
    file, events = io.StringIO(), EventQueue()
    events.add_writer(TranscriptFile(file, io.StringIO()))
    for _ in range(4):
        events.emit(said(b"x" * 262_142 + b"\r\n"))
    assert file.getvalue() == ""
    events.emit(said(b"y\r\n"))  # more than may wait
    assert file.getvalue().count("\n") == 5
    events.emit(said(b"z\r\n"))
    assert "z" not in file.getvalue()
    events.drain()
    assert file.getvalue().endswith("S: z\n")
    assert file.getvalue().count("\n") == 6


def test_a_transcript_that_can_not_be_written_ends_and_says_so_once() -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    complaints = io.StringIO()
    transcript = TranscriptFile(Full(), complaints)
    for _ in range(3):
        transcript.on_event(0.0, said(b"x\r\n"))
        transcript.write()
    transcript.close()
    assert complaints.getvalue() == ("pop3lab: the transcript ends here: No space left on device\n")


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b"\r\r", "C: ****"),
        (b"AGFubgBz\r", "C: ****"),
        (b"AGFubgBz", "C| ****\\n"),
        (b"*\r", "C: *"),
        (b"\r", "C: "),
    ],
)
def test_responses_of_sasl_are_secret(line: bytes, text: str) -> None:
    assert shown(LineReceived(1, line, response=True)) == [text]


def test_a_long_line_of_blanks_takes_no_time() -> None:
    assert shown(LineReceived(1, b" " * 262_144 + b"\r")) == ["C: " + " " * 262_144]
    assert shown(LineReceived(1, b"AUTH x" + b" " * 262_144 + b"\r"))


def test_a_response_that_follows_a_refused_auth_is_secret() -> None:
    lines = [b"AUTH PLAIN\r", b"AHVzZXIAc2VjcmV0\r", b"two\r", b"AUTH NTLM\r", b"STAT\r"]
    assert shown(*(LineReceived(1, line) for line in lines)) == [
        "C: AUTH PLAIN",
        "C: ****",
        "C: ****",
        "C: AUTH NTLM",
        "C: STAT",
    ]


class Full(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_nobody_may_listen_to_complaints() -> None:
    StoreErrorReporter(Full()).on_event(0.0, StoreError(1, "x"))
    read, write = os.pipe()
    os.set_blocking(write, False)
    with suppress(BlockingIOError):
        while True:
            os.write(write, bytes(65_536))
    os.set_blocking(write, True)
    with open(write, "w") as full:
        StoreErrorReporter(full).on_event(0.0, StoreError(1, "x"))
    os.close(read)
