"""What is told of octets on their way, however they come."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from textwrap import dedent

import pytest

from pop3lab.core.actions import Part, Send
from pop3lab.core.events import Event
from pop3lab.observe.transcript import parse
from pop3lab.observe.transcript_writer import TranscriptWriter
from pop3lab.recording.player import Player
from pop3lab.recording.recorder import RecordedReply, Recorder
from pop3lab.recording.redaction import Masking
from pop3lab.recording.relay import StlsInterceptor
from pop3lab.recording.script import read_scripts
from tests.dialogue import fed
from tests.immediate import immediate_queue

Steps = Sequence[tuple[str, bytes]]


class Written:
    """A listener with the text of what was told, without numbers and seconds."""

    wants_lines = True

    def __init__(self) -> None:
        self._transcript = TranscriptWriter()
        self.text = ""

    def on_event(self, seconds: float, event: Event) -> None:
        for line in self._transcript.text(seconds, event).splitlines():
            text = line.split(maxsplit=2)[2]
            if not text.startswith("(connection opened"):
                self.text += f"{text}\n"


class Heard:
    """A session that is heard."""

    def __init__(self) -> None:
        self.written = Written()
        sink = immediate_queue([Masking([self.written])], clock=lambda: 0.0)
        self.recorder = Recorder(1, sink, "client:0")
        self.answers: list[RecordedReply] = []

    def hear(self, steps: Steps) -> None:
        for who, octets in steps:
            if who == "C":
                self.recorder.client(octets)
            else:
                self.answers += self.recorder.server(octets).answers

    @property
    def text(self) -> str:
        return self.written.text


def text_of(steps: Steps) -> str:
    heard = Heard()
    heard.hear(steps)
    return heard.text


def cut(steps: Steps) -> Iterator[Steps]:
    """The steps with one of them in two, at each place, and all of them octet by octet."""
    for place, (who, octets) in enumerate(steps):
        for at in range(1, len(octets)):
            pair = [(who, octets[:at]), (who, octets[at:])]
            yield [*steps[:place], *pair, *steps[place + 1 :]]
    yield [(who, bytes([octet])) for who, octets in steps for octet in octets]


def clients_first(steps: Steps) -> Steps:
    """The same from a client that waits for nothing."""
    return sorted(steps, key=lambda step: step[0])


def b64(octets: bytes) -> bytes:
    return b64encode(octets) + b"\r\n"


LOGIN = [
    ("S", b"+OK\r\n"),
    ("C", b"AUTH LOGIN\r\n"),
    ("S", b"+\r\n"),
    ("C", b64(b"ann")),
    ("S", b"+UGFzc3dvcmQ6\r\n"),
    ("C", b64(b"Xyz")),
    ("S", b"-ERR Xyz of ann is wrong\r\n"),
    ("C", b"NOOP\r\n"),
    ("S", b"+OK\r\n"),
]
PLAIN = [
    ("S", b"+OK\r\n"),
    ("C", b"auth plain\r\n"),
    ("S", b"+\r\n"),
    ("C", b64(b"\0ann\0Xyzzy")),
    ("S", b"+OK ann is in\r\n"),
    ("C", b"NOOP\r\n"),
    ("S", b"+OK\r\n"),
]
XOAUTH2 = [
    ("S", b"+OK\r\n"),
    ("C", b"AUTH XOAUTH2 " + b64(b"user=ann\1auth=Bearer Xyzzy\1\1")),
    ("S", b"+ eyJzdGF0dXMiOiI0MDEifQ==\r\n"),
    ("C", b"\r\n"),
    ("S", b"-ERR no Xyzzy\r\n"),
    ("C", b"NOOP\r\n"),
    ("S", b"+OK\r\n"),
]
SHOWN = {
    "LOGIN": (
        LOGIN,
        """\
        S: +OK
        C: AUTH LOGIN
        S: +
        C: ****
        S: +UGFzc3dvcmQ6
        C: ****
        S: -ERR *** of *** is wrong
        C: NOOP
        S: +OK
        """,
    ),
    "PLAIN": (
        PLAIN,
        """\
        S: +OK
        C: auth plain
        S: +
        C: ****
        S: +OK *** is in
        C: NOOP
        S: +OK
        """,
    ),
    "XOAUTH2": (
        XOAUTH2,
        """\
        S: +OK
        C: AUTH XOAUTH2 ****
        S: + eyJzdGF0dXMiOiI0MDEifQ==
        C:\x20
        S: -ERR no *****
        C: NOOP
        S: +OK
        """,
    ),
}


@pytest.mark.parametrize("mechanism", SHOWN)
def test_no_chunking_shows_a_secret(mechanism: str) -> None:
    steps, shown = SHOWN[mechanism]
    for order in (steps, clients_first(steps)):
        assert text_of(order) == dedent(shown)
        for pieces in cut(order):
            assert text_of(pieces) == dedent(shown)


def test_a_response_on_its_way_to_a_server_that_refuses_auth_is_a_secret() -> None:
    text = text_of(
        [
            ("S", b"+OK\r\n"),
            ("C", b"AUTH PLAIN\r\nWHl6\r\nNOOP\r\n"),
            ("S", b"-ERR what?\r\n-ERR WHl6?\r\n+OK\r\n"),
        ]
    )
    assert text == (
        "S: +OK\nC: AUTH PLAIN\nS: -ERR what?\nC: ****\nS: -ERR ****?\nC: NOOP\nS: +OK\n"
    )


def test_a_response_that_nobody_answers_is_a_secret() -> None:
    heard = Heard()
    heard.hear([("S", b"+OK\r\n"), ("C", b"AUTH PLAIN\r\nWHl6\r\n")])
    heard.recorder.client_gone(reset=False)
    assert heard.text.startswith("S: +OK\nC: AUTH PLAIN\nC: ****\n(session ended: closed")


PIPELINED = [
    ("S", b"+OK\r\n"),
    ("C", b"CAPA\r\n"),
    ("S", b"+OK\r\nUIDL\r\n.\r\n"),
    ("C", b"LIST\r\n"),
    ("S", b"+OK\r\n1 12\r\n.\r\n"),
    ("C", b"LIST 1\r\n"),
    ("S", b"+OK 1 12\r\n"),
    ("C", b"UIDL\r\n"),
    ("S", b"-ERR no\r\n"),
    ("C", b"UIDL 1\r\n"),
    ("S", b"+OK 1 x\r\n"),
    ("C", b"AUTH\r\n"),
    ("S", b"+OK\r\nPLAIN\r\n.\r\n"),
    ("C", b"TOP 1 0\r\n"),
    ("S", b"+OK\r\nSubject: +OK\r\n..\r\n\r\n.\r\n"),
    ("C", b"RETR 1\r\n"),
    ("S", b"+OK\r\n-ERR\n\r\n.\r\n"),
    ("C", b"retr 9\r\n"),
    ("S", b"-ERR\r\n"),
    ("C", b"QUIT\r\n"),
    ("S", b"+OK\r\n"),
]


def test_each_reply_stands_behind_its_command_when_the_client_does_not_wait() -> None:
    in_turn = text_of(PIPELINED)
    assert "C: AUTH\nS: +OK\nS: PLAIN\nS: .\nC: TOP" in in_turn
    for pieces in cut(clients_first(PIPELINED)):
        assert text_of(pieces) == in_turn


def test_status_lines_are_answers_when_they_are_complete() -> None:
    heard = Heard()
    steps = [("S", b"+O"), ("S", b"K\r\n"), ("C", b"CAPA\r\nSTLS\r\n"), ("S", b"+OK\r\nSTLS\r\n.")]
    heard.hear(steps)
    assert heard.answers == [RecordedReply(b"", True), RecordedReply(b"CAPA", True)]
    heard.hear([("S", b"\r\n-ERR\r"), ("S", b"\n")])
    assert heard.answers[2:] == [RecordedReply(b"STLS", False)]


@pytest.mark.parametrize(
    ("octets", "ends"),
    [
        (b"STLS\r\n", True),
        (b"NOOP\r\nstls\r\n", True),
        (b"STLS\r\nNO", False),
        (b"NOOP\r\n", False),
    ],
)
def test_octets_that_end_in_stls(octets: bytes, ends: bool) -> None:
    assert Heard().recorder.client(octets) is ends


def test_a_server_that_is_gone_within_a_line() -> None:
    heard = Heard()
    heard.hear([("S", b"+OK\r\n"), ("C", b"STAT\r\nNOOP\r\n"), ("S", b"+OK 1")])
    heard.recorder.server_over()
    heard.recorder.server_over(reset=True)
    heard.recorder.client_gone(reset=False)
    assert heard.text.startswith("S: +OK\nC: STAT\nS| +OK 1\n(close)\nC: NOOP\n(session ended")


def test_stls_is_offered_in_whole_lines_until_tls() -> None:
    recorder = Recorder(1, immediate_queue([Written()]), "client:0", offers=True)
    recorder.client(b"CAPA\r\nSTLS\r\nNOOP\r\n")
    pieces = [b"+OK\r\n+O", b"K\r\nSTLS\r\nSTLX\r\n.", b"\r", b"\n"]
    assert b"|".join(recorder.server(piece).octets for piece in pieces) == (
        b"+OK\r\n|+OK\r\nSTLX\r\n||STLS\r\n.\r\n"
    )
    assert recorder.awaits_tls
    assert recorder.server(b"+OK\r\n.").answers == [RecordedReply(b"STLS", True)]
    assert recorder.withheld == b"."
    recorder.server(b"\r\n")
    recorder.secured("TLSv1.3")
    recorder.client(b"CAPA\r\n")
    assert recorder.server(b"+OK\r\n.\r\n").octets == b"+OK\r\n.\r\n"
    assert recorder.server(b"+OK").octets == b"+OK"
    assert recorder.withheld == b""


def test_what_is_for_the_server_of_a_client_that_asks_for_tls() -> None:
    octets = b"CAPA\r\nNOOP\r\nstls\r\nQUIT\r\n"
    for at in range(len(octets)):
        offer = StlsInterceptor()
        assert offer.client(octets[:at]) + offer.client(octets[at:]) == b"CAPA\r\nNOOP\r\n"
        assert offer.asked


LONG = b"+OK " + b"x" * 200_000 + b"\r\n"


def pieces_of(octets: bytes, size: int) -> Iterator[bytes]:
    return (octets[at : at + size] for at in range(0, len(octets), size))


@pytest.mark.parametrize("size", [10_000, 65_536, 65_537, 200_005, 1_000_000])
def test_a_long_line_of_the_server_is_written_whole_and_one_answer(size: int) -> None:
    heard = Heard()
    heard.hear([("S", b"+OK\r\n"), ("C", b"NOOP\r\nCAPA\r\n")])
    heard.hear([("S", piece) for piece in pieces_of(LONG + b"+OK\r\nUIDL\r\n.\r\n", size)])
    heard.hear([("C", b"QUIT\r\n"), ("S", b"+OK\r\n")])
    assert heard.answers == [RecordedReply(verb, True) for verb in (b"", b"NOOP", b"CAPA", b"QUIT")]
    said = b"".join(line.octets for line in parse(heard.text) if line.who == "server")
    assert said == b"+OK\r\n" + LONG + b"+OK\r\nUIDL\r\n.\r\n+OK\r\n"
    clients = [str(line) for line in parse(heard.text) if line.who != "server"]
    assert clients == ["C: NOOP", "C: CAPA", "C: QUIT"]
    assert [str(line) for line in parse(heard.text)].index("C: CAPA") > 2  # behind all of the line


def test_a_line_of_the_client_within_a_long_one_of_the_server_waits_for_its_end() -> None:
    heard = Heard()
    heard.hear([("S", b"+OK\r\n"), ("C", b"NOOP\r\n"), ("S", LONG[:100_000])])
    heard.hear([("C", b"QUIT\r\n"), ("S", LONG[100_000:])])
    kinds = [line.who for line in parse(heard.text)]
    assert kinds[:2] == ["server", "client"]
    assert kinds[-1] == "client"
    assert set(kinds[2:-1]) == {"server"}


@pytest.mark.parametrize("octets", [LONG[:-2], LONG[4:-2] + b"\n"])
def test_a_long_line_of_a_server_that_is_gone(octets: bytes) -> None:
    heard = Heard()
    heard.hear([("S", b"+OK\r\n"), ("C", b"RETR 1\r\n"), ("S", octets)])
    heard.recorder.server_over()
    assert heard.text.endswith("(close)\n")
    said = b"".join(line.octets for line in parse(heard.text) if line.who == "server")
    assert said == b"+OK\r\n" + octets


def test_a_long_line_of_the_client_is_cut_and_says_so_and_is_the_same_in_a_replay() -> None:
    heard = Heard()
    line = b"NOOP " + b"x" * 100_000 + b"\r\n"
    heard.hear([("S", b"+OK\r\n"), ("C", line), ("S", b"-ERR\r\n"), ("C", line)])
    assert (
        heard.text.count("(recording error: a line of the client has more than 65,536 octets") == 1
    )
    (score,) = read_scripts(heard.text)
    played = Player(1, score, strict=True, deviations=[])
    list(played.greeting())
    assert list(fed(played, line)) == [Send(b"-ERR\r\n", Part.HEAD)]
    assert played.deviations == []


def test_what_is_for_the_server_of_a_line_without_end() -> None:
    offer = StlsInterceptor()
    octets = b"NOOP" + b"x" * 200_000
    assert offer.client(octets) == octets
    assert offer.client(b"STLS\r\nSTAT\r\n") == b"STLS\r\nSTAT\r\n"
    assert offer.client(b"ST") == b""
    assert not offer.asked
    assert offer.client(b"LS " + b"x" * 70_000) == b""
    assert offer.asked
