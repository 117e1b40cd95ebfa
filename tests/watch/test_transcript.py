import io
import os
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from pop3lab.core.actions import Close, Part, Pause, Send, Wait
from pop3lab.core.events import Did, Ended, Event, Failed, Opened, Received
from pop3lab.core.tally import Tally
from pop3lab.watch.complaints import Complaints
from pop3lab.watch.record import Record
from pop3lab.watch.statistics import Statistics
from pop3lab.watch.transcript import Transcript, escaped
from pop3lab.watch.transcript_file import TranscriptFile
from tests.dialogue import done, memory, session


def lines(*events: Event) -> list[str]:
    transcript = Transcript()
    return "".join(transcript.text(0.0, event) for event in events).split("\n")[:-1]


def shown(*events: Event) -> list[str]:
    return [line.removeprefix("1    0.000 ") for line in lines(*events)]


def said(data: bytes) -> Did:
    return Did(1, Send(data, Part.BODY))


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
    assert shown(Received(1, line)) == [text]


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
    close = Did(1, Close())
    assert shown(*map(said, pieces), close) == [*text, "(close)"]


def test_what_else_happens() -> None:
    assert shown(
        Opened(1, "192.0.2.1:5"),
        Did(1, Wait()),
        said(b"+OK 1"),
        Did(1, Pause(0.5)),
        Failed(1, "no disk for \udcff'\u00e9'\n"),
        Ended(1, "quit", "ann", Tally()),
        Opened(1, "192.0.2.1:6"),
        said(b"x"),
        Ended(1, "reset", None, Tally()),
    ) == [
        "(opened from 192.0.2.1:5 at 1970-01-01T00:00:00.000+00:00)",
        "S| +OK 1",
        "(pause 0.5)",
        "(failed: no disk for \\xff'\\xc3\\xa9'\\n)",
        "(ended: quit, user ann)",
        "(opened from 192.0.2.1:6 at 1970-01-01T00:00:00.000+00:00)",
        "S| x",
        "(ended: reset)",
    ]


def test_times_are_since_the_session_began_and_sessions_are_told_apart() -> None:
    transcript = Transcript()
    events: list[tuple[float, Event]] = [
        (5.0, Opened(1, "a")),
        (5.5, Opened(12, "b")),
        (6.25, Received(1, b"x\r")),
    ]
    texts = [transcript.text(at, event) for at, event in events]
    assert texts[1].startswith("12    0.000 (opened from b")
    assert texts[2] == "1    1.250 C: x\n"


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
    record = Record([statistics, Complaints(complaints), transcript], lambda: next(clock))
    assert record.lines
    told = session(memory(b"hello\r\n"), watch=record)
    done(told.receive(b"USER ann\r\nPASS secret\r\nretr 1\r\nQUIT\r\n"))
    assert file.getvalue() == ""
    told.end("closed")
    transcript.write()
    shown = [line.split(" ", 1)[1].lstrip() for line in file.getvalue().splitlines()]
    assert shown[1:] == [
        "1.000 C: USER ann",
        "2.000 S: +OK now the password",
        "3.000 C: PASS ****",
        "4.000 S: +OK maildrop has 1 message (7 octets)",
        "5.000 C: retr 1",
        "6.000 S: +OK 7 octets",
        "7.000 S: hello",
        "8.000 S: .",
        "9.000 C: QUIT",
        "10.000 S: +OK bye",
        "11.000 (close)",
        "12.000 (ended: quit, user ann)",
    ]
    assert str(statistics) == "1\nPASS 1\nQUIT 1\nRETR 1\nUSER 1\n"
    assert complaints.getvalue() == ""


def test_without_a_listener_for_lines_only_the_ends_are_told() -> None:
    statistics = Statistics()
    assert not Record([statistics]).lines


def test_statistics_add_up_in_byte_order_and_keep_their_lines() -> None:
    statistics = Statistics()
    for user, verbs in ((None, ("b", "A~", "A")), ("ann", ("A", "\n1", "\x1b[0m", "\\XFF"))):
        tally = Tally()
        for verb in verbs:
            tally.add(verb)
        statistics.note(0.0, Ended(1, "closed", user, tally))
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
    Complaints(file).note(0.0, Failed(3, "the disk is full"))
    Complaints(file).note(0.0, Opened(3, "x"))
    assert file.getvalue() == "pop3lab: session 3: the disk is full\n"


def test_a_transcript_waits_for_no_more_than_so_many_octets() -> None:
    file = io.StringIO()
    transcript = TranscriptFile(file, io.StringIO())
    for _ in range(4):
        transcript.note(0.0, said(b"x" * 262_142 + b"\r\n"))
    assert file.getvalue() == ""
    transcript.note(0.0, said(b"y\r\n"))
    assert file.getvalue().count("\n") == 5
    transcript.note(0.0, said(b"z\r\n"))
    assert "z" not in file.getvalue()


def test_a_transcript_that_can_not_be_written_ends_and_says_so_once() -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    complaints = io.StringIO()
    transcript = TranscriptFile(Full(), complaints)
    for _ in range(3):
        transcript.note(0.0, said(b"x\r\n"))
        transcript.write()
    transcript.close()
    assert complaints.getvalue() == ("pop3lab: the transcript ends here: No space left on device\n")


@pytest.mark.parametrize(
    ("line", "text"),
    [(b"AGFubgBz\r", "C: ****"), (b"AGFubgBz", "C| ****\\n"), (b"*\r", "C: *"), (b"\r", "C: ")],
)
def test_responses_of_sasl_are_secret(line: bytes, text: str) -> None:
    assert shown(Received(1, line, response=True)) == [text]


def test_a_long_line_of_blanks_takes_no_time() -> None:
    began = time.process_time()
    assert shown(Received(1, b" " * 262_144 + b"\r")) == ["C: " + " " * 262_144]
    assert shown(Received(1, b"AUTH x" + b" " * 262_144 + b"\r"))
    assert time.process_time() - began < 5


def test_a_response_that_follows_a_refused_auth_is_secret() -> None:
    lines = [b"AUTH PLAIN\r", b"AHVzZXIAc2VjcmV0\r", b"AHVzZXIAc2VjcmV0\r", b"AUTH X\r", b"STAT\r"]
    assert shown(*(Received(1, line) for line in lines)) == [
        "C: AUTH PLAIN",
        "C: ****",
        "C: AHVzZXIAc2VjcmV0",
        "C: AUTH X",
        "C: STAT",
    ]


class Full(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_nobody_may_listen_to_complaints() -> None:
    Complaints(Full()).note(0.0, Failed(1, "x"))
    read, write = os.pipe()
    os.set_blocking(write, False)
    with suppress(BlockingIOError):
        while True:
            os.write(write, bytes(65_536))
    os.set_blocking(write, True)
    with open(write, "w") as full:
        Complaints(full).note(0.0, Failed(1, "x"))
    os.close(read)
