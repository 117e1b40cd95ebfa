from collections.abc import Iterator

import pytest

from pop3lab.core.actions import Action, Close, Part, Send, SendFile
from pop3lab.core.reply import CRLF_DOT, Body, End, Reply, err, listing, ok
from pop3lab.core.text import DottedLines, LongText, MessageText
from pop3lab.core.wire import LineSplitter, encode, encode_whole
from tests.cuts import every_cut


class Stuffed:
    """A text whose last octets are not in its file."""

    octets = 4
    last = b"end"

    def fileno(self) -> int:
        return 7

    def __iter__(self) -> Iterator[bytes]:
        yield from (b"..a\r", b"\n", b"end")


def test_p085_p086_what_is_in_a_file_is_sent_from_there_only_if_nobody_wants_the_octets() -> None:
    file = Stuffed()

    def encoded(*, files: bool, end: End = End()) -> list[Action]:
        text = LongText(iter([b"never read"]), DottedLines(), stuffed_file=file)
        return list(encode(Reply(True, "ok", Body(text, end)), files=files))

    head, *rest = encoded(files=True)
    assert head == Send(b"+OK ok\r\n", Part.HEAD)
    assert rest == [SendFile(file, 4), Send(b"end", Part.BODY), Send(CRLF_DOT, Part.END)]
    by_octets = encoded(files=False)
    assert b"".join(each.data for each in by_octets if isinstance(each, Send)) == (
        b"+OK ok\r\n..a\r\nend\r\n.\r\n"
    )
    assert not any(isinstance(each, SendFile) for each in by_octets)


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
        cutter = LineSplitter(limit=10)
        assert [line for piece in pieces for line in cutter.feed(piece)] == lines


def test_p021_a_long_line_is_one_line_and_takes_no_memory() -> None:
    cutter = LineSplitter(limit=10)
    for _ in range(1000):
        assert cutter.feed(b"NOOP\rNOOP " * 7) == []
        assert len(cutter.tail) == 10
    (line, after) = cutter.feed(b"\r\nNOOP\r\n")
    assert len(line) >= 10
    assert after == b"NOOP\r"


def test_p021_a_long_line_is_cut_even_if_it_comes_in_one_piece() -> None:
    assert LineSplitter(limit=10).feed(b"x" * 1000 + b"\r\nNOOP\r\n") == [b"x" * 10, b"NOOP\r"]


def shown(reply: Reply) -> list[tuple[str, bytes]]:
    return [(a.part.value, a.data) for a in encode(reply) if isinstance(a, Send)]


def test_a_line() -> None:
    assert shown(ok("fine")) == [("head", b"+OK fine\r\n")]
    assert shown(ok("")) == [("head", b"+OK\r\n")]
    assert shown(err("no")) == [("head", b"-ERR no\r\n")]
    assert shown(Reply(None)) == []


def test_p032_a_body_and_its_parts() -> None:
    assert shown(listing("two", MessageText(b"1 a\r\n2 b\r\n"))) == [
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


@pytest.mark.parametrize(
    "reply",
    [
        ok("fine"),
        err("no"),
        Reply(True, "", Body(MessageText(b""))),
        Reply(True, "x", Body(MessageText(b".a\r\n.\r\n"))),
        Reply(True, "x", Body(MessageText(b".a\n.b"), stuffed=False)),
        Reply(True, "x", Body(MessageText(b"."), End(b"1", b"2", b"3"))),
        Reply(True, "x", Body(MessageText(b""), End(b"1", b"2", b"3"))),
        Reply(True, "x", Body(MessageText(b"\r\n"), End(b"1", b"2", b"3"))),
    ],
)
def test_a_reply_in_memory_is_the_same_octets_whole_as_in_parts(reply: Reply) -> None:
    assert b"".join(encode_whole(reply)) == b"".join(data for _, data in shown(reply)) != b""


@pytest.mark.parametrize(
    "reply", [Reply(None), Reply(None, then=Close()), Reply(True, "", Body(iter([b"x"])))]
)
def test_another_reply_is_not_to_be_had_whole(reply: Reply) -> None:
    assert encode_whole(reply) == ()
