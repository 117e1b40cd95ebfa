"""Which line a reply belongs to, and its parts, however the octets come; and who goes by that."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import pytest

from pop3lab.conformance.checker import ClientChecker
from pop3lab.core.actions import Action, Part, Send
from pop3lab.core.command import COMMANDS, is_multiline
from pop3lab.core.config import ServerCapabilities
from pop3lab.core.events import Event, LineReceived, ViolationFound
from pop3lab.core.exchange import ExchangeTracker, ReplyPiece
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Reply
from pop3lab.core.reply_reader import CHALLENGE, ERR, OK, ReplyReader
from pop3lab.core.request import CONNECT, GREETING, SILENCE, Request
from pop3lab.observe.counters import Counters, Statistics
from pop3lab.observe.event_queue import Listener
from pop3lab.observe.session_recorder import SessionRecorder
from pop3lab.observe.transcript import parse
from pop3lab.observe.transcript_writer import TranscriptWriter
from pop3lab.recording.player import Player
from pop3lab.recording.recorder import Recorder
from pop3lab.recording.script import read_scripts
from tests.cuts import every_cut
from tests.dialogue import ONE, done, fed, memory, session
from tests.immediate import immediate_queue

HEAD, BODY, END = Part.HEAD, Part.BODY, Part.END


# One reply


@pytest.mark.parametrize(
    ("multiline", "octets", "parts", "state"),
    [
        (False, b"+OK 2\r\n", [(HEAD, b"+OK 2\r\n")], (OK, True, True, False)),
        (False, b"+ok\n", [(HEAD, b"+ok\n")], (OK, True, False, False)),
        (False, b"+OK\n", [(HEAD, b"+OK\n")], (OK, True, False, False)),
        (False, b"+OKAY\r\n", [(HEAD, b"+OKAY\r\n")], (OK, True, False, False)),
        (False, b"+ x\r\n", [(HEAD, b"+ x\r\n")], (CHALLENGE, True, True, False)),
        (False, b"\xff\r\n", [(HEAD, b"\xff\r\n")], ("", True, False, False)),
        (True, b"-ERR\r\n", [(HEAD, b"-ERR\r\n")], (ERR, True, True, False)),
        (False, b"+OK", [(HEAD, b"+OK")], ("", False, True, False)),
        (True, b"+OK\r\n.\r\n", [(HEAD, b"+OK\r\n"), (END, b".\r\n")], (OK, True, True, False)),
        (
            True,
            b"+OK\r\n..\r\n.x.\r\n\r\n.\r\n",
            [(HEAD, b"+OK\r\n"), (BODY, b"..\r\n.x.\r\n\r\n"), (END, b".\r\n")],
            (OK, True, True, False),
        ),
        (
            True,
            b"+OK\r\na\n.\n",
            [(HEAD, b"+OK\r\n"), (BODY, b"a\n"), (END, b".\n")],
            (OK, True, False, False),
        ),
        (
            True,
            b"+OK\r\na\n.\r\n",
            [(HEAD, b"+OK\r\n"), (BODY, b"a\n"), (END, b".\r\n")],
            (OK, True, False, False),
        ),
        (
            True,
            b"+OK\r\n..\r.\r\na.\r\n",
            [(HEAD, b"+OK\r\n"), (BODY, b"..\r.\r\na.\r\n")],
            (OK, False, True, False),
        ),
        (
            None,
            b"+OK\r\nPLAIN\r\n.\r\n",
            [(HEAD, b"+OK\r\n"), (BODY, b"PLAIN\r\n"), (END, b".\r\n")],
            (OK, True, True, False),
        ),
        (None, b"+OK\r\n", [(HEAD, b"+OK\r\n")], (OK, True, True, False)),
        (None, b"+OK\r\n+OK\r\n", [(HEAD, b"+OK\r\n")], (OK, True, True, True)),
        (False, b"+OK\r\nmore", [(HEAD, b"+OK\r\n")], (OK, True, True, True)),
        (True, b"+OK\r\n.\r\n.\r\n", [(HEAD, b"+OK\r\n"), (END, b".\r\n")], (OK, True, True, True)),
    ],
)
def test_a_reply_at_every_cut(
    multiline: bool | None,
    octets: bytes,
    parts: list[tuple[Part, bytes]],
    state: tuple[str, bool, bool, bool],
) -> None:
    for pieces in every_cut(octets):
        reader = ReplyReader(multiline)
        read: list[tuple[Part, bytes]] = []
        behind = b""
        for piece in pieces:
            more, rest = reader.feed(piece)
            read += more
            behind += rest
        assert joined(read) == parts
        assert b"".join(octets for _, octets in read) + reader.held + behind == octets
        assert (reader.status, reader.complete, reader.strict, reader.excess) == state


def joined(pieces: Iterable[tuple[Part, bytes]]) -> list[tuple[Part, bytes]]:
    """The pieces of a part as one."""
    return [
        (part, b"".join(octets for _, octets in group))
        for part, group in groupby(pieces, lambda piece: piece[0])
    ]


@pytest.mark.parametrize(
    ("octets", "cut", "doubtful"),
    [
        (b"+OK\r\n", True, False),
        (b"+OK\r\nab\r\n..\r\n", True, False),
        (b"+OK\r\nab\r\n. \r\n", False, True),
        (b"+OK\r\nab\r\n.x\r\ny", False, True),
        (b"+OK\r\nab\r\n.", False, True),
        (b"+OK\r\n.\r", False, True),
        (b"+OK\r\nab\r\n.\r\n", False, False),
        (b"+O", False, False),
        (b"-ERR\r\n", False, False),
    ],
)
def test_a_text_may_have_ended_for_some(octets: bytes, cut: bool, doubtful: bool) -> None:
    for pieces in every_cut(octets):
        reader = ReplyReader(True)
        for piece in pieces:
            reader.feed(piece)
        assert (reader.cut, reader.doubtful) == (cut, doubtful)


def test_a_strange_line_is_no_answer_of_sasl() -> None:
    reader = ReplyReader(sasl=True)
    reader.feed(b"what?\r\n")
    assert not reader.complete
    reader.feed(b"+ \r\n")
    assert (reader.complete, reader.status) == (True, CHALLENGE)


# The shape of each reply, in the table


def test_the_shape_of_each_reply_is_that_of_the_handler() -> None:
    """What the table says of a reply, held against what each command is answered with."""
    for verb, row in COMMANDS.items():
        for arguments in {None, *(" ".join(["1"] * n) for n in range(1, 3))} - {""}:
            request = Request(verb, arguments)
            reply = granted(request)
            if reply is not None and is_multiline(request) is not None:
                assert (reply.body is not None) == is_multiline(request), request
        assert row.shape is not None


def granted(request: Request) -> Reply | None:
    """What our server grants it with, if it does."""
    heard: list[tuple[Request, Reply]] = []

    class Hears(Hooks):
        def reply(self, request: Request, reply: Reply) -> Reply:
            heard.append((request, reply))
            return reply

    capabilities = ServerCapabilities(utf8=True, languages={"1": "numbers"})
    played = session(memory(ONE), hooks=Hears(), capabilities=capabilities)
    done(played.greeting())
    before = "UTF8" if request.verb == "UTF8" else "CAPA"
    lines = [before] if request.verb in ("UTF8", "USER") else ["USER ann", "PASS secret"]
    for line in (*lines, " ".join(filter(None, request))):
        done(fed(played, line.encode() + b"\r\n"))
    answered, reply = heard[-1]
    return reply if reply.ok and answered == request else None


@pytest.mark.parametrize("moment", [CONNECT, GREETING, SILENCE])
def test_what_nobody_asks_for_is_one_line(moment: Request) -> None:
    assert is_multiline(moment) is False


# Two sides

Steps = Sequence[tuple[str, bytes]]

DIALOGUE: Steps = [
    ("S", b"+OK ready\r\n"),
    ("C", b"CAPA\r\n"),
    ("S", b"+OK\r\nUIDL\r\nLANG\r\n.\r\n"),
    ("C", b"LANG\r\n"),
    ("S", b"+OK\r\nen English\r\n.\r\n"),
    ("C", b"LANG en\r\n"),
    ("S", b"+OK en\r\n"),
    ("C", b"AUTH\r\n"),
    ("S", b"+OK\r\nPLAIN\r\n.\r\n"),
    ("C", b"AUTH PLAIN\r\n"),
    ("S", b"+ \r\n"),
    ("C", b"AGFubgBzZWNyZXQ=\r\n"),
    ("S", b"+OK in\r\n"),
    ("C", b"STAT\r\n"),
    ("S", b"+OK 2 9\r\n"),
    ("C", b"LIST\r\n"),
    ("S", b"+OK\r\n1 4\r\n2 5\r\n.\r\n"),
    ("C", b"LIST 2\r\n"),
    ("S", b"+OK 2 5\r\n"),
    ("C", b"XTND ?\r\n"),
    ("S", b"+OK\r\nanything\r\n.\r\n"),
    ("C", b"RETR 1\r\n"),
    ("S", b"+OK\r\n..\r\n+OK\r\n.\r\n"),
    ("C", b"RETR 9\r\n"),
    ("S", b"-ERR none\r\n"),
    ("C", b"AUTH\r\n"),
    ("S", b"-ERR not now\r\n"),
    ("C", b"QUIT\r\n"),
    ("S", b"+OK\r\n"),
]

TEXT = "".join(f"{who}: {line}\n" for who, o in DIALOGUE for line in o.decode().splitlines())
SHOWN = TEXT.replace("AGFubgBzZWNyZXQ=", "****")


def cuts(steps: Steps) -> Iterator[Steps]:
    """The same: as it is, with one step in two at each place, and octet by octet."""
    yield steps
    for place, (who, octets) in enumerate(steps):
        for at in range(1, len(octets)):
            pair = [(who, octets[:at]), (who, octets[at:])]
            yield [*steps[:place], *pair, *steps[place + 1 :]]
    yield [(who, bytes([octet])) for who, octets in steps for octet in octets]


def servers_late(steps: Steps) -> Steps:
    """The same from a client that waits for nothing, and a server that says all at once."""
    said = b"".join(octets for who, octets in steps if who == "S")
    return [*[step for step in steps if step[0] == "C"], ("S", said)]


def both_sides(steps: Steps) -> list[tuple[str, bytes]]:
    """What a tracker makes of both sides' octets, each line or part of a reply as one."""
    tracker, rest = ExchangeTracker(), b""
    told: list[tuple[str, bytes]] = []
    for who, octets in steps:
        if who == "S":
            said = list(tracker.server(octets))
        else:
            *lines, rest = (rest + octets).split(b"\n")
            said = [turn for line in lines for turn in tracker.client(line)]
        for one in said:
            if isinstance(one, ReplyPiece):
                assert one.asked
                told.append((one.part.value, one.octets))
            else:
                told.append(("response" if one.request.responds else "line", one.line))
    parts = [(kind, b"".join(o for _, o in group)) for kind, group in groupby(told, lambda t: t[0])]
    return [(kind, octets) for kind, octets in parts if octets]


def test_both_sides_at_every_cut() -> None:
    expected = both_sides(DIALOGUE)
    assert expected[:8] == [
        ("head", b"+OK ready\r\n"),
        ("line", b"CAPA\r"),
        ("head", b"+OK\r\n"),
        ("body", b"UIDL\r\nLANG\r\n"),
        ("end", b".\r\n"),
        ("line", b"LANG\r"),
        ("head", b"+OK\r\n"),
        ("body", b"en English\r\n"),
    ]
    assert ("response", b"AGFubgBzZWNyZXQ=\r") in expected
    for steps in (*cuts(DIALOGUE), *cuts(servers_late(DIALOGUE))):
        assert both_sides(steps) == expected


def recorded(steps: Steps) -> str:
    """What a recording has of it."""
    written: list[str] = []
    transcript = TranscriptWriter()

    class Writes:
        wants_lines = True

        def on_event(self, seconds: float, event: Event) -> None:
            written.append(transcript.text(seconds, event))

    hearing = Recorder(1, immediate_queue([Writes()], clock=lambda: 0.0), "client:0")
    for who, octets in steps:
        if who == "C":
            hearing.client(octets)
        else:
            hearing.server(octets)
    text = "".join(line.split(maxsplit=2)[2] for line in "".join(written).splitlines(keepends=True))
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("("))


def test_a_recording_at_every_cut() -> None:
    for steps in (*cuts(DIALOGUE), *cuts(servers_late(DIALOGUE))):
        assert recorded(steps) == SHOWN


def replayed(steps: Steps) -> tuple[bytes, list[bool]]:
    """What a replay of the recording says, and which of the client's lines it takes for responses.

    The server's octets are of no account: they come from the recording.
    """
    events: list[Event] = []

    class Keeps:
        wants_lines = True

        def emit(self, event: Event) -> None:
            events.append(event)

    (score,) = read_scripts(SHOWN)
    player = Player(1, score, strict=True, deviations=[], sink=Keeps())
    said: list[Action] = [*player.greeting()]
    for who, octets in steps:
        if who == "C":
            said += fed(player, octets)
    assert player.deviations == []
    octets = b"".join(action.data for action in said if isinstance(action, Send))
    return octets, [event.response for event in events if isinstance(event, LineReceived)]


def test_a_replay_at_every_cut() -> None:
    octets = b"".join(octets for who, octets in DIALOGUE if who == "S")
    responses = [b"AGF" in octets for who, octets in DIALOGUE if who == "C"]
    for steps in (*cuts(DIALOGUE), *cuts(servers_late(DIALOGUE))):
        assert replayed(steps) == (octets, responses)


class Slices(Hooks):
    """Sends everything in pieces that end at these places."""

    def __init__(self, places: Sequence[int]) -> None:
        self._places = places

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        for action in actions:
            if isinstance(action, Send):
                yield from self._sliced(action)
            else:
                yield action

    def _sliced(self, send: Send) -> Iterator[Action]:
        ends = [*(place for place in self._places if place < len(send.data)), len(send.data)]
        for begin, end in zip([0, *ends], ends, strict=False):
            yield Send(send.data[begin:end], send.part)


OWN = b"""CAPA
AUTH
USER ann
PASS secret
STAT
LIST
RETR 1
TOP 1 0
DELE 2
DELE 2
RETR 1
QUIT
"""


def watched(places: Sequence[int]) -> tuple[list[str], str, list[str], int, str]:
    """What is found of a session of our own, whose replies are sent in such pieces."""
    sessions, counts = SessionRecorder(), Counters(Statistics())
    found: list[str] = []

    class Finds:
        wants_lines = True

        def on_event(self, seconds: float, event: Event) -> None:
            found.extend([event.id] if isinstance(event, ViolationFound) else [])

    listeners: list[Listener] = [sessions, counts, Finds()]
    record = immediate_queue(listeners, clock=lambda: 0.0)
    listeners.append(ClientChecker(record.publish))
    played = session(memory(b"Subject: one\r\n\r\n.\r\n"), hooks=Slices(places), sink=record)
    done(played.greeting())
    for line in OWN.splitlines():
        done(fed(played, line + b"\r\n"))
    played.session_ended("dropped")
    (seen,) = sessions.records
    text = "".join(line for line in str(seen.transcript).splitlines(True) if "opened" not in line)
    assert parse(text)
    numbers = str(counts).split()
    return found, text, seen.retrieved, int(numbers[2].partition("=")[2]), seen.end_reason


def test_sessions_counters_and_violations_at_every_cut() -> None:
    whole = watched(())
    in_clear = "password-in-clear-though-sasl"
    assert whole[0] == ["wrong-arguments", in_clear, *["number-never-listed"] * 2]
    assert (len(whole[2]), whole[3], whole[4]) == (2, 2, "quit")
    for at in range(1, 80):
        assert watched((at,)) == whole
    assert watched(range(1, 80)) == whole


def test_what_nobody_has_asked_for_is_for_no_line() -> None:
    tracker = ExchangeTracker()
    greeting = list(tracker.server(b"+OK ready\r\n-ERR and now this\r\n"))
    assert greeting == [
        ReplyPiece(GREETING, HEAD, b"+OK ready\r\n"),
        ReplyPiece(GREETING, HEAD, b"-ERR and now this\r\n", asked=False),
    ]


def test_what_waits_is_forgotten() -> None:
    tracker = ExchangeTracker()
    assert list(tracker.client(b"NOOP\r")) == []
    assert tracker.waits == len(b"NOOP\r\n")
    tracker.drop()
    assert tracker.waits == 0
    assert [type(came) for came in tracker.server(b"+OK ready\r\n")] == [ReplyPiece]
