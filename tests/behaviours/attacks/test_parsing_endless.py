"""Replies without an end, of which the beginning is looked at."""

import math
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from pop3lab.core.actions import Action, Part, Pause, Send
from pop3lab.core.request import Request
from pop3lab.core.session import Session
from pop3lab.stores.memory import MemoryStore
from tests.behaviours.ruled import line, ruled, rules, serving
from tests.dialogue import ONE, TIMESTAMP, done, fed, logged_in, play, sent
from tests.wording import BYE, CAPABILITIES_FOLLOW, READY, TWO_LISTED, UIDS_FOLLOW, as_sent

PIECE = 65_536


def under(*texts: str, store: MemoryStore | None = None) -> Session:
    return logged_in(store, hooks=rules(*texts))


def some(actions: Iterator[Action], count: int = 40) -> list[Action]:
    """The first of them, of which there must be so many."""
    first = list(islice(actions, count))
    assert len(first) == count
    return first


def test_greeting_endless() -> None:
    said = sent(some(ruled("greeting-endless").greeting()))
    assert said == b"+OK " + b"x" * (len(said) - 4)
    assert len(said) > 10 * PIECE
    ended = done(ruled(f"greeting-endless octets={PIECE + 1}").greeting())
    assert ended == [
        Send(b"+OK ", Part.HEAD),
        Send(b"x" * PIECE, Part.HEAD),
        Pause(0),
        Send(b"x", Part.HEAD),
        Pause(0),
        Pause(math.inf),
    ]


def test_greeting_no_newline() -> None:
    *first, last = done(ruled("greeting-no-newline").greeting())
    assert sent(first) == f"{READY} {TIMESTAMP}".encode()
    assert last == Pause(math.inf)


@pytest.mark.parametrize(
    ("verb", "begin", "fill"),
    [
        ("LIST", as_sent(TWO_LISTED) + b"1 ", b"1"),
        ("UIDL", as_sent(UIDS_FOLLOW) + b"1 ", b"x"),
        ("CAPA", as_sent(CAPABILITIES_FOLLOW), b"x"),
        ("RETR", b"+OK 23 octets\r\n", b"x"),
    ],
)
def test_line_endless(verb: str, begin: bytes, fill: bytes) -> None:
    command = verb.encode() + (b" 1\r\n" if verb == "RETR" else b"\r\n")
    said = sent(some(fed(under(f"line-endless verb={verb}"), command)))
    assert said == begin + fill * (len(said) - len(begin))
    said = sent(done(fed(under(f"line-endless verb={verb} octets=70000"), command)))
    assert said == begin + fill * 70_000
    said = sent(done(fed(under(f"line-endless verb={verb} octets=9 part=status"), command)))
    assert said == b"+OK xxxxxxxxx"


def test_a_refusal_has_an_end() -> None:
    play(
        under("line-endless"),
        "C: RETR 9\nS: -ERR ...\nC: STAT\nS: +OK 2 56",
    )
    play(under("multiline-endless verb=RETR"), "C: RETR 9\nS: -ERR ...")


@pytest.mark.parametrize(
    ("verb", "lines"),
    [
        ("LIST", b"3 1000\r\n4 1000\r\n5 1000\r\n"),
        ("UIDL", b"3 endless-3\r\n4 endless-4\r\n5 endless-5\r\n"),
    ],
)
def test_multiline_endless(verb: str, lines: bytes) -> None:
    command = verb.encode() + b"\r\n"
    book = sent(done(fed(logged_in(), command)))
    said = sent(done(fed(under(f"multiline-endless verb={verb} lines=3"), command)))
    assert said == book.removesuffix(b".\r\n") + lines + b".\r\n"
    said = sent(some(fed(under(f"multiline-endless verb={verb}"), command)))
    assert said.startswith(book.removesuffix(b".\r\n") + lines)
    assert said.count(b"\r\n") > 10_000
    assert b"\r\n.\r\n" not in said


def test_a_message_and_capabilities_may_be_endless() -> None:
    said = sent(done(fed(under("multiline-endless verb=RETR lines=2"), b"RETR 1\r\n")))
    assert said == b"+OK 23 octets\r\n" + ONE + b"line 4 of no end\r\nline 5 of no end\r\n.\r\n"
    said = sent(done(fed(under("multiline-endless verb=CAPA lines=2"), b"CAPA\r\n")))
    assert said.count(b"X-ENDLESS-") == 2
    assert said.endswith(b"\r\n.\r\n")
    cut = under("retr-truncated-dot octets=3", "multiline-endless verb=RETR lines=1")
    said = sent(done(fed(cut, b"RETR 1\r\n")))
    assert said == b"+OK 23 octets\r\nSub\r\nline 1 of no end\r\n\r\n.\r\n"


def test_lines_are_counted_in_whatever_pieces_they_come() -> None:
    script = rules("multiline-endless verb=RETR lines=1").for_session(logged_in().state)
    stream = [Send(octets, Part.BODY) for octets in (b"a\r\nb\r", b"\n", b"c\r", b"\n")]
    made = sent(script.actions(Request("RETR", "1"), iter([*stream, Send(b".\r\n", Part.END)])))
    assert made == b"a\r\nb\r\nc\r\nline 4 of no end\r\n.\r\n"


def test_there_are_as_many_lines_as_are_wanted() -> None:
    for more in (999, 1000, 1001, 2500):
        said = sent(done(fed(under(f"multiline-endless lines={more}"), b"LIST\r\n")))
        assert said.count(b"\r\n") == more + 4


def test_an_endless_line_leaves_other_sessions_their_turn(tmp_path: Path) -> None:
    with (
        serving(tmp_path, "user=ann -> line-endless") as there,
        there.connect() as endless,
        there.connect() as other,
    ):
        for client in (endless, other):
            line(client)
        endless.sendall(b"USER ann\r\nPASS secret\r\nRETR 1\r\n")
        for _ in range(3):
            line(endless)
        read = 0
        while read < 1 << 20:
            octets = endless.recv(1 << 16)
            assert octets == b"x" * len(octets)
            read += len(octets)
        other.sendall(b"QUIT\r\n")
        assert line(other) == as_sent(BYE)
