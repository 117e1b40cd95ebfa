from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop3lab.core.text import DottedLines, LongText, MessageText, cut_top, stuff
from tests.cuts import at_every_cut


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


TEXTS = st.lists(st.text(alphabet=".\r\nx").map(str.encode))


def by_definition(chunks: Iterable[bytes]) -> bytes:
    lines = b"".join(chunks).split(b"\n")
    return b"\n".join(b"." + line if line.startswith(b".") else line for line in lines)


@given(TEXTS)
def test_long_chunks_are_stuffed_as_short_ones_are(chunks: list[bytes]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pop3lab.core.text._LONG", 0)
        patch.setattr("pop3lab.core.text._MANY", 3)
        assert b"".join(stuff(chunks)) == by_definition(chunks)


@given(TEXTS, TEXTS)
def test_a_long_text_is_stuffed_alike_at_first_and_by_what_was_noted(
    chunks: list[bytes], before: list[bytes]
) -> None:
    chunks = [b"x" * 200, *before, *chunks]  # so that the places are worth keeping
    dotted = DottedLines()
    wanted = by_definition(chunks)
    assert b"".join(stuff(LongText(iter(chunks), dotted))) == wanted
    if dotted.complete:
        whole = b"".join(chunks)
        cut = [whole[at : at + 7] for at in range(0, len(whole), 7)]
        for again in (chunks, cut):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("pop3lab.core.text._dots", None)  # nothing is searched
                assert b"".join(stuff(LongText(iter(again), dotted))) == wanted


def test_places_that_would_take_much_memory_are_not_kept() -> None:
    dotted = DottedLines()
    chunks = [b"x\n" * 400 + b".\n" * 100] * 3
    assert b"".join(stuff(LongText(iter(chunks), dotted))) == by_definition(chunks)
    assert (dotted.complete, dotted.octets) == (False, 0)
    few = [b"x\n" * 4000 + b".\n"] * 3
    assert b"".join(stuff(LongText(iter(few), dotted))) == by_definition(few)
    assert (dotted.complete, dotted.octets) == (True, 24)


def test_a_long_text_that_was_not_sent_whole_is_not_known() -> None:
    dotted = DottedLines()
    next(stuff(LongText(iter([b"x\n" * 100, b".\n"]), dotted)))
    assert not dotted.complete


def test_what_is_put_back_is_read_again() -> None:
    text = LongText(iter([b"a\n", b".b\n", b".c\n"]), DottedLines())
    seen = [next(text), next(text)]
    text.put_back(seen)
    assert b"".join(stuff(text)) == b"a\n..b\n..c\n"


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
    assert at_every_cut(lambda chunks: cut_top(chunks, lines), text) == wanted


def test_top_reads_no_further_than_it_must() -> None:
    def chunks() -> Iterator[bytes]:
        yield b"A: 1\r\n\r\none\r\n"
        raise AssertionError("read on")

    assert b"".join(cut_top(chunks(), 1)) == b"A: 1\r\n\r\none\r\n"


@pytest.mark.parametrize("octets", [b"", b".", b".a\r\n.b", b"a\r\n", b"x" * 10_000 + b"\n."])
def test_text_kept_whole_is_stuffed_like_any_other(octets: bytes) -> None:
    kept = MessageText(octets)
    assert b"".join(kept) == octets
    assert b"".join(stuff(kept)) == b"".join(stuff([octets]))
    assert kept.stuffed is kept.stuffed
    assert b"".join(cut_top(kept, 0)) == b"".join(cut_top([octets], 0))
