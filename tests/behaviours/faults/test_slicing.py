from collections.abc import Iterator

import pytest

from pop3lab.behaviours.catalogue import parse_effect
from pop3lab.core.actions import Action, Close, OffloadNext, Part, Pause, Send
from pop3lab.core.hooks import Hooks
from pop3lab.core.request import Request
from pop3lab.rules.behaviour import ServerContext
from tests.behaviours.faults.faulty import actions, check
from tests.behaviours.faults.test_pacing import WHOLE, pieces
from tests.cuts import every_cut
from tests.dialogue import memory
from tests.wording import NONE_LISTED, TWO_LISTED, as_sent

BODY = b"..a\r\n\r\n..\r\n.\rx\n"
TEXTS = (b"+OK\r\n", BODY, b".\r\n")


def fault(text: str) -> Hooks:
    return parse_effect(text).hooks(ServerContext())


def between_pauses(actions: Iterator[Action]) -> list[bytes]:
    said = [b""]
    for action in actions:
        if isinstance(action, Send):
            said[-1] += action.data
        elif isinstance(action, Pause):
            said.append(b"")
    return said


def streams() -> Iterator[list[Action]]:
    """One reply, its body cut in all ways, with waits for the store between."""
    head, body, end = TEXTS
    for cut in every_cut(body):
        chunks = [
            action for data in cut if data for action in (Send(data, Part.BODY), OffloadNext())
        ]
        yield [Send(head, Part.HEAD), *chunks, Send(end, Part.END), Close()]


@pytest.mark.parametrize(
    ("at", "wanted"),
    {
        "crlf": [b"+OK\r", b"\n..a\r", b"\n\r", b"\n..\r", b"\n.\rx\n.\r", b"\n"],
        "lines": [b"+OK\r\n", b"..a\r\n", b"\r\n", b"..\r\n", b".\rx\n", b".\r\n"],
        "dots": [b"+OK\r\n.", b".a\r\n\r\n.", b".\r\n.\rx\n.\r\n"],
        "5,7,21": [b"+OK\r\n", b"..", b"a\r\n\r\n..\r\n.\rx\n.", b"\r\n"],
        "21,5,5,0,99": [b"+OK\r\n", b"..a\r\n\r\n..\r\n.\rx\n.", b"\r\n"],
    }.items(),
)
def test_slice_is_the_same_however_the_store_cuts(at: str, wanted: list[bytes]) -> None:
    for stream in streams():
        script = fault(f"slice at={at}")
        assert between_pauses(script.actions(Request("RETR", "1"), iter(stream))) == wanted


def test_slice_waits_where_the_store_does_and_ends_as_it_does() -> None:
    for stream in streams():
        for at in ("terminator", "crlf", "3"):
            sliced = list(fault(f"slice at={at}").actions(Request("RETR"), iter(stream)))
            assert sliced.count(OffloadNext()) == stream.count(OffloadNext())
            assert sliced[-1] == Close()


TERMINATORS = {
    "terminator": [b"\r", b"\n", b".", b"\r", b"\n"],
    "terminator-1": [b"\r", b"\n.\r\n"],
    "terminator-2": [b"\r\n", b".\r\n"],
    "terminator-3": [b"\r\n.", b"\r\n"],
    "terminator-4": [b"\r\n.\r", b"\n"],
}


@pytest.mark.parametrize(("at", "end"), TERMINATORS.items())
def test_slice_within_the_terminator(at: str, end: list[bytes]) -> None:
    first, *rest = end
    before = WHOLE.removesuffix(b"\r\n.\r\n")
    assert pieces(f"RETR 2 -> slice at={at}") == [before + first, *rest]
    listing = as_sent(TWO_LISTED) + b"1 23\r\n2 33"
    assert pieces(f"slice at={at}", b"LIST") == [listing + first, *rest]


@pytest.mark.parametrize(("at", "end"), TERMINATORS.items())
def test_slice_within_the_terminator_however_the_store_cuts(at: str, end: list[bytes]) -> None:
    text = BODY.removesuffix(b"\n") + b"\r\n"
    first, *rest = end
    for cut in every_cut(text):
        chunks = [Send(data, Part.BODY) for data in cut if data]
        stream = [Send(b"+OK\r\n", Part.HEAD), *chunks, Send(b".\r\n", Part.END)]
        sliced = list(fault(f"slice at={at}").actions(Request("RETR"), iter(stream)))
        wanted = [b"+OK\r\n" + text.removesuffix(b"\r\n") + first, *rest]
        assert between_pauses(iter(sliced)) == wanted
        ends = [a.data for a in sliced if isinstance(a, Send) and a.part is Part.END]
        assert b"".join(ends) == b".\r\n"


def test_slice_within_the_terminator_of_nothing() -> None:
    empty = check(
        "LIST -> slice gap=0.5",
        rf"""
        C: LIST
        S| {NONE_LISTED}\r
        (pause 0.5)
        S| \n
        (pause 0.5)
        S| .
        (pause 0.5)
        S| \r
        (pause 0.5)
        S| \n
        """,
        store=memory(),
    )
    assert not empty.over


def test_what_has_no_such_octets_is_not_sliced() -> None:
    for at in ("terminator", "dots", "18,0"):
        check(f"NOOP -> slice at={at}", "C: NOOP\nS: +OK ...", hits=0)


def test_only_dots_of_a_body_are_stuffed_ones() -> None:
    check("STAT -> reply ..x", "C: STAT\nS: ..x")
    ruled = "RETR 2 part=body -> slice at=dots"
    assert [a for a in actions(ruled) if isinstance(a, Pause)] == [Pause(0.1)] * 3


@pytest.mark.parametrize("text", [b"end", b"end\r", b"end\n", b"end\n\r"])
def test_a_text_without_a_line_end_has_it_from_the_terminator(text: bytes) -> None:
    for cut in every_cut(text):
        chunks = [Send(data, Part.BODY) for data in cut if data]
        stream = [Send(b"+OK\r\n", Part.HEAD), *chunks, Send(b"\r\n.\r\n", Part.END)]
        sliced = fault("slice").actions(Request("RETR"), iter(stream))
        wanted = [b"+OK\r\n" + text + b"\r", b"\n", b".", b"\r", b"\n"]
        assert between_pauses(sliced) == wanted
