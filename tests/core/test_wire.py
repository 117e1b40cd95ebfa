from collections.abc import Callable, Iterable, Iterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop3lab.core.actions import Close, Part, Send
from pop3lab.core.reply import CRLF_DOT, Body, End, Reply, err, listing, ok
from pop3lab.core.text import Text, stuff, top
from pop3lab.core.wire import Lines, encode

Transform = Callable[[Iterable[bytes]], Iterator[bytes]]


def every_cut(data: bytes) -> Iterator[list[bytes]]:
    """The data whole, octet by octet, in two and in three pieces at every place."""
    yield [data]
    yield [data[at : at + 1] for at in range(len(data))]
    for first, second in product(range(len(data) + 1), repeat=2):
        if first <= second:
            yield [data[:first], data[first:second], data[second:]]


def at_every_cut(transform: Transform, data: bytes) -> bytes:
    """What the transform makes of the data, which must not depend on how it is cut."""
    results = {b"".join(transform(pieces)) for pieces in every_cut(data)}
    assert len(results) == 1
    return results.pop()


@pytest.mark.parametrize(
    ("text", "on_the_wire"),
    [
        (b"", b""),
        (b".", b".."),
        (b"..", b"..."),
        (b"a.b\r\n", b"a.b\r\n"),
        (b".a\r\n.b\r\n", b"..a\r\n..b\r\n"),
        (b"a\r\n.\r\n", b"a\r\n..\r\n"),
        (b"a\n.b", b"a\n..b"),
        (b"a\r.b\r\n", b"a\r.b\r\n"),
        (b"\r\n\r\n.\r\n..\r\n", b"\r\n\r\n..\r\n...\r\n"),
    ],
)
def test_p085_p086_p087_p088_stuffing(text: bytes, on_the_wire: bytes) -> None:
    assert at_every_cut(stuff, text) == on_the_wire


@given(st.lists(st.text(alphabet=".\r\nx").map(str.encode)))
def test_p089_unstuffing_gives_back_the_text_however_it_was_cut(chunks: list[bytes]) -> None:
    lines = b"".join(stuff(chunks)).split(b"\n")
    assert b"\n".join(line.removeprefix(b".") for line in lines) == b"".join(chunks)
    assert not any(line.startswith(b".") and line[1:2] != b"." for line in lines)


HEAD = b"A: 1\r\nB: 2\r\n"


@pytest.mark.parametrize(
    ("text", "lines", "wanted"),
    [
        (HEAD + b"\r\none\r\ntwo\r\n", 0, HEAD + b"\r\n"),
        (HEAD + b"\r\none\r\ntwo\r\n", 1, HEAD + b"\r\none\r\n"),
        (HEAD + b"\r\none\r\ntwo\r\n", 2, HEAD + b"\r\none\r\ntwo\r\n"),
        (HEAD + b"\r\none\r\ntwo\r\n", 3, HEAD + b"\r\none\r\ntwo\r\n"),
        (HEAD + b"\r\none\r\ntwo\r\n", 9_999_999_999, HEAD + b"\r\none\r\ntwo\r\n"),
        (HEAD + b"\r\n\r\n\r\n", 1, HEAD + b"\r\n\r\n"),
        (HEAD + b"\r\none", 1, HEAD + b"\r\none"),
        (HEAD, 5, HEAD),
        (HEAD + b"\r\n", 5, HEAD + b"\r\n"),
        (b"\r\nbody\r\nmore\r\n", 1, b"\r\nbody\r\n"),
        (b"A: 1\n\none\ntwo\n", 1, b"A: 1\n\none\n"),
        (b"\nbody\n", 0, b"\n"),
        (b"A\r\rB\r\n\r\nx\r\n", 0, b"A\r\rB\r\n\r\n"),
        (b"", 0, b""),
        (b"no line end", 0, b"no line end"),
    ],
)
def test_p120_p121_p122_p128_top(text: bytes, lines: int, wanted: bytes) -> None:
    assert at_every_cut(lambda chunks: top(chunks, lines), text) == wanted


def test_top_reads_no_further_than_it_must() -> None:
    def chunks() -> Iterator[bytes]:
        yield b"A: 1\r\n\r\none\r\n"
        raise AssertionError("read on")

    assert b"".join(top(chunks(), 1)) == b"A: 1\r\n\r\none\r\n"


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"NOOP\r\n", [b"NOOP\r"]),
        (b"NOOP\n", [b"NOOP"]),
        (b"\r\n\n", [b"\r", b""]),
        (b"NOOP\rNOOP\r\nQU", [b"NOOP\rNOOP\r"]),
        (b"12345678\n123456789\nok\n", [b"12345678", b"123456789", b"ok"]),
    ],
)
def test_p011_p018_lines_at_every_cut(data: bytes, lines: list[bytes]) -> None:
    for pieces in every_cut(data):
        cutter = Lines(limit=10)
        assert [line for piece in pieces for line in cutter.feed(piece)] == lines


def test_p021_a_long_line_is_one_line_and_takes_no_memory() -> None:
    cutter = Lines(limit=10)
    for _ in range(1000):
        assert cutter.feed(b"NOOP\rNOOP " * 7) == []
        assert len(cutter._tail) == 10
    (line, after) = cutter.feed(b"\r\nNOOP\r\n")
    assert len(line) >= 10
    assert after == b"NOOP\r"


def shown(reply: Reply) -> list[tuple[str, bytes]]:
    return [(a.part.value, a.data) for a in encode(reply) if isinstance(a, Send)]


def test_a_line() -> None:
    assert shown(ok("fine")) == [("head", b"+OK fine\r\n")]
    assert shown(ok("")) == [("head", b"+OK\r\n")]
    assert shown(err("no")) == [("head", b"-ERR no\r\n")]
    assert shown(Reply(None)) == []


def test_p032_a_body_and_its_parts() -> None:
    assert shown(listing("two", Text(b"1 a\r\n2 b\r\n"))) == [
        ("head", b"+OK two\r\n"),
        ("body", b"1 a\r\n2 b\r\n"),
        ("end", b".\r\n"),
    ]


@pytest.mark.parametrize(
    ("chunks", "end"),
    [
        ([], b".\r\n"),
        ([b""], b".\r\n"),
        ([b"a\r\n"], b".\r\n"),
        ([b"a\r", b"\n"], b".\r\n"),
        ([b"a\r\n", b""], b".\r\n"),
        ([b"a"], b"\r\n.\r\n"),
        ([b"a\n"], b"\r\n.\r\n"),
        ([b"\n"], b"\r\n.\r\n"),
        ([b"a\r"], b"\r\n.\r\n"),
    ],
)
def test_p090_p092_the_terminator_stands_on_its_own_line(chunks: list[bytes], end: bytes) -> None:
    *_, last = encode(Reply(True, "", Body(chunks)))
    assert last == Send(end, Part.END)


def test_oddities_are_fields() -> None:
    odd = Body([b".a\r\n"], end=End(after_line=CRLF_DOT), stuffed=False)
    actions = list(encode(Reply(True, "", odd, then=Close())))
    assert actions[1:] == [Send(b".a\r\n", Part.BODY), Send(CRLF_DOT, Part.END), Close()]


def test_a_body_is_read_as_it_is_sent() -> None:
    read: list[int] = []

    def chunks() -> Iterator[bytes]:
        for number in range(3):
            read.append(number)
            yield b"x\r\n"

    actions = encode(Reply(True, "", Body(chunks())))
    next(actions)
    assert read == []
    next(actions)
    assert read == [0]
