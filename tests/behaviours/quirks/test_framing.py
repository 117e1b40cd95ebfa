"""How lines and messages end, and which dots are doubled."""

import math
from collections.abc import Iterator

import pytest

from pop3lab.behaviours.framing import MIXED
from pop3lab.core.actions import Action, Close, OffloadNext, Part, Pause, Send
from pop3lab.core.errors import ConfigError
from pop3lab.core.request import Request
from pop3lab.core.session import Session
from pop3lab.stores.memory import MemoryStore
from tests.behaviours.ruled import ruled, rules
from tests.cuts import every_cut
from tests.dialogue import ONE, done, fed, logged_in, memory, play, sent
from tests.wording import (
    NOTHING_DONE,
    OPEN_TWO,
    PASSWORD_NEXT,
    TOP_FOLLOWS,
    TWO_LISTED,
    UNKNOWN,
    as_sent,
)

HEAD = b"+OK 23 octets\r\n"
STUFFED = b"..Subject: two\r\n\r\n..\r\n...dots\r\nend\r\n.\r\n"


def under(*texts: str, store: MemoryStore | None = None) -> Session:
    return logged_in(store, hooks=rules(*texts))


def message(rule: str, number: int = 2, line: bytes = b"RETR %d") -> bytes:
    """What comes behind the status line."""
    octets = sent(done(fed(under(rule), line % number + b"\r\n")))
    return octets.partition(b"\n")[2]


@pytest.mark.parametrize(
    ("rule", "octets"),
    [
        ("lf-only", b"+OK 23 octets\nSubject: one\n\nhello\n.\n"),
        ("lf-only part=status", b"+OK 23 octets\n" + ONE + b".\r\n"),
        ("lf-only part=body", HEAD + b"Subject: one\n\nhello\n.\r\n"),
        ("lf-only part=terminator", HEAD + ONE + b".\n"),
    ],
)
def test_lf_only(rule: str, octets: bytes) -> None:
    assert sent(done(fed(under(rule), b"RETR 1\r\n"))) == octets


def test_lf_only_is_of_all_replies() -> None:
    played = ruled("lf-only")
    assert sent(played.greeting()).endswith(b" ready <1896.697170952@dbc.mtview.ca.us>\n")
    wanted = as_sent(
        PASSWORD_NEXT, OPEN_TWO, TWO_LISTED, "1 23", "2 33", ".", NOTHING_DONE, UNKNOWN
    )
    said = sent(fed(played, b"USER ann\r\nPASS secret\r\nLIST\r\nNOOP\r\nX\r\n"))
    assert said == wanted.replace(b"\r\n", b"\n")


def test_lf_only_finds_line_ends_wherever_a_store_cuts() -> None:
    text = b"a\r\n\r\rb\r\r\n\r\nc\r"
    for part, body, end in (
        ("all", b"a\n\r\rb\r\n\nc\r", b"\n.\n"),
        ("body", b"a\n\r\rb\r\n\nc\r", b"\r\n.\r\n"),
        ("terminator", text, b"\n.\n"),
    ):
        script = rules(f"lf-only part={part}").for_session(logged_in().state)
        for chunks in every_cut(text):
            stream = _stream(chunks)
            made = sent(script.actions(Request("RETR", "1"), stream))
            assert made.removeprefix(b"+OK\n").removeprefix(b"+OK\r\n") == body + end


def _stream(chunks: list[bytes]) -> Iterator[Action]:
    yield Send(b"+OK\r\n", Part.HEAD)
    for chunk in chunks:
        if chunk:
            yield Send(chunk, Part.BODY)
            yield OffloadNext()
    yield Send(b"\r\n.\r\n", Part.END)


def test_mixed_eol() -> None:
    assert message("mixed-eol", 1) == ONE + MIXED.replace(b"\n.", b"\n..") + b".\r\n"
    assert message("mixed-eol stuffed=no", 1) == ONE + MIXED + b".\r\n"
    assert b"\n.x\n.\r\nthe end" in MIXED
    assert message("mixed-eol stuffed=no", 2) == STUFFED
    play(under("mixed-eol"), f"C: LIST 1\nS: +OK 1 {len(ONE) + len(MIXED)}")


@pytest.mark.parametrize(
    ("rule", "one", "two"),
    [
        ("no-final-newline", ONE[:-2] + b".\r\n", STUFFED[:-5] + b".\r\n"),
        ("terminator-short", ONE + b".\r", STUFFED[:-1]),
        ("terminator-short form=dot", ONE + b".", STUFFED[:-2]),
        ("terminator-trailing-junk", ONE + b".\r\n\r\n", STUFFED + b"\r\n"),
        ("terminator-trailing-junk form=space", ONE + b". \r\n", STUFFED[:-2] + b" \r\n"),
        ("extra-blank-line", ONE + b"\r\n.\r\n", STUFFED[:-3] + b"\r\n.\r\n"),
        ("no-stuffing", ONE + b".\r\n", b".Subject: two\r\n\r\n.\r\n..dots\r\nend\r\n.\r\n"),
        (
            "over-stuffing",
            ONE + b".\r\n",
            b"...Subject: two\r\n\r\n...\r\n....dots\r\nend\r\n.\r\n",
        ),
        (
            "over-stuffing form=everywhere",
            ONE + b".\r\n",
            b"..Subject: two\r\n\r\n..\r\n....dots\r\nend\r\n.\r\n",
        ),
        (
            "blank-lines-inserted",
            b"Subject: one\r\n\r\n\r\nhello\r\n.\r\n",
            b"..Subject: two\r\n\r\n\r\n..\r\n...dots\r\nend\r\n.\r\n",
        ),
        ("blank-lines-inserted line=0", b"\r\n" + ONE + b".\r\n", b"\r\n" + STUFFED),
    ],
)
def test_how_a_message_is_framed(rule: str, one: bytes, two: bytes) -> None:
    assert message(rule, 1) == one
    assert message(rule, 2) == two
    assert message(rule, 1, b"TOP %d 9") == one


def test_texts_without_a_line_end_and_without_octets() -> None:
    """Of what is not in a store that ends lines, but comes from another rule."""
    cut, empty = "retr-truncated-dot octets=3", "empty-message"
    for rule, of_cut, of_empty in (
        ("no-final-newline", b"Sub.\r\n", b".\r\n"),
        ("terminator-short", b"Sub\r\n.\r", b".\r"),
        ("terminator-trailing-junk", b"Sub\r\n.\r\n\r\n", b".\r\n\r\n"),
        ("extra-blank-line", b"Sub\r\n\r\n.\r\n", b"\r\n.\r\n"),
    ):
        for text, octets in ((cut, of_cut), (empty, of_empty)):
            said = sent(done(fed(under(text, rule), b"RETR 1\r\n")))
            assert said.partition(b"\n")[2] == octets


def test_what_follows_a_short_terminator() -> None:
    ends = {"silence": Pause(math.inf), "close": Close()}
    for then, end in ends.items():
        short = under(f"terminator-short then {then}")
        assert done(fed(short, b"RETR 1\r\n"))[-1] == end
    play(
        under("terminator-short then go-on", store=memory(ONE)),
        "C: RETR 1\nS: +OK 23 octets\nS: Subject: one\nS:\nS: hello\nS| .\\r\nC: NOOP\nS: +OK ...",
    )


def test_no_stuffing_of_one_command() -> None:
    raw = b".Subject: two\r\n\r\n.\r\n..dots\r\nend\r\n.\r\n"
    assert message("no-stuffing verb=TOP", 2) == STUFFED
    assert message("no-stuffing verb=TOP", 2, b"TOP %d 9") == raw
    assert message("no-stuffing verb=RETR", 2) == raw
    assert message("no-stuffing verb=RETR", 2, b"TOP %d 9") == STUFFED


def test_framing_goes_together() -> None:
    assert message("RETR 1 -> no-stuffing", 2) == STUFFED
    said = sent(done(fed(under("no-stuffing", "no-final-newline", "lf-only"), b"RETR 2\r\n")))
    assert said == b"+OK 33 octets\n.Subject: two\n\n.\n..dots\nend.\n"
    said = sent(done(fed(under("blank-lines-inserted", "lf-only part=body"), b"TOP 1 0\r\n")))
    assert said == as_sent(TOP_FOLLOWS) + b"Subject: one\n\n\n.\r\n"


def test_two_ends_of_a_message_are_one_too_many() -> None:
    with pytest.raises(ConfigError, match="both decide how a message ends"):
        rules("no-final-newline", "terminator-short")
    rules("RETR 1 -> no-final-newline", "RETR 2 -> terminator-short")
