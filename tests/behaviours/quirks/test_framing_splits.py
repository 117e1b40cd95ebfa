"""In which pieces replies leave, and come."""

from pathlib import Path

import pytest

from pop3lab.core.actions import Action, Close, OffloadNext, Part, Pause, Send
from pop3lab.core.request import Request
from pop3lab.core.session import Session
from pop3lab.stores.memory import MemoryStore
from tests.behaviours.ruled import line, ruled, rules, serving
from tests.dialogue import ONE, done, fed, logged_in, memory, sent
from tests.wording import NONE_LISTED, as_sent

DOTS = b"Subject: x\r\n\r\n.\r\n..\r\na..b\r\n"


def under(*texts: str, store: MemoryStore | None = None) -> Session:
    return logged_in(store, hooks=rules(*texts))


def pieces(played: Session, command: bytes, gap: float = 0.25) -> list[bytes]:
    """The octets between one pause of this length and the next."""
    said = [b""]
    for action in done(fed(played, command + b"\r\n")):
        if isinstance(action, Send):
            said[-1] += action.data
        else:
            assert action == Pause(gap)
            said.append(b"")
    return said


def test_split_stuffed_dot() -> None:
    store = memory(DOTS)
    cut = [b".\r\n.", b"..\r\na..b\r\n.\r\n"]
    assert pieces(under("split-stuffed-dot", store=store), b"RETR 1") == [
        b"+OK 27 octets\r\nSubject: x\r\n\r\n.",
        *cut,
    ]
    top = pieces(under("split-stuffed-dot gap=3", store=memory(DOTS)), b"TOP 1 9", 3.0)
    assert top[1:] == cut
    assert len(pieces(under("split-stuffed-dot"), b"RETR 1")) == 1
    assert len(pieces(under("split-stuffed-dot"), b"LIST")) == 1


@pytest.mark.parametrize(
    ("at", "end"),
    [
        ("all", [b"hello\r", b"\n", b".", b"\r", b"\n"]),
        ("1", [b"hello\r", b"\n.\r\n"]),
        ("2", [b"hello\r\n", b".\r\n"]),
        ("3", [b"hello\r\n.", b"\r\n"]),
        ("4", [b"hello\r\n.\r", b"\n"]),
    ],
)
def test_split_terminator(at: str, end: list[bytes]) -> None:
    said = pieces(under(f"split-terminator at={at} gap=2"), b"RETR 1", 2.0)
    assert [said[0][-len(end[0]) :], *said[1:]] == end
    assert b"".join(said) == b"+OK 23 octets\r\n" + ONE + b".\r\n"


def test_split_terminator_of_lists_and_of_nothing() -> None:
    empty = under("split-terminator at=2", store=memory())
    assert pieces(empty, b"LIST") == [as_sent(NONE_LISTED), b".\r\n"]
    assert len(pieces(under("split-terminator"), b"UIDL")) == 5
    assert len(pieces(under("split-terminator"), b"CAPA")) == 1


def test_coalesced() -> None:
    whole = b"+OK 23 octets\r\n" + ONE + b".\r\n"
    assert done(fed(under("coalesced"), b"RETR 1\r\n")) == [Send(whole, Part.BODY)]
    closed = under("coalesced close=yes")
    assert done(fed(closed, b"RETR 1\r\n")) == [Send(whole, Part.BODY), Close()]
    assert closed.over
    cut = done(fed(under("retr-cut-fin octets=0", "coalesced"), b"RETR 1\r\n"))
    assert cut == [Send(b"+OK 23 octets\r\n", Part.BODY), Close()]


def test_a_slow_store_is_waited_for_and_its_message_coalesced() -> None:
    script = rules("coalesced").for_session(logged_in().state)
    stream: list[Action] = [
        Send(b"+OK\r\n", Part.HEAD),
        Send(b"a", Part.BODY),
        OffloadNext(),
        Send(b"b", Part.BODY),
    ]
    made = list(script.actions(Request("RETR", "1"), iter(stream)))
    assert made == [OffloadNext(), Send(b"+OK\r\nab", Part.BODY)]


def test_byte_dribble() -> None:
    played = ruled("byte-dribble gap=0.5")
    greeting = done(played.greeting())
    assert greeting[:3] == [Send(b"+", Part.HEAD), Pause(0.5), Send(b"O", Part.HEAD)]
    assert sent(greeting).startswith(b"+OK ")
    dribbled = done(fed(under("byte-dribble"), b"STAT\r\n"))
    assert [action.data for action in dribbled if isinstance(action, Send)] == [
        bytes([octet]) for octet in b"+OK 2 56\r\n"
    ]
    assert dribbled.count(Pause(0.0)) == 9


def test_pieces_come_as_they_left(tmp_path: Path) -> None:
    with serving(tmp_path, "split-terminator gap=0.1") as there, there.connect() as client:
        line(client)
        client.sendall(b"USER ann\r\nPASS secret\r\n")
        line(client)
        line(client)
        client.sendall(b"RETR 1\r\n")
        said = [client.recv(1000) for _ in range(5)]
    assert said == [b"+OK 23 octets\r\nSubject: one\r\n\r\nhello\r", b"\n", b".", b"\r", b"\n"]
