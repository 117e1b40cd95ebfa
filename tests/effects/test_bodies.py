"""Octets changed on their way, however they are cut."""

import pytest

from pop3lab.effects.bodies import (
    insert_after_line,
    stuff_after_crlf,
    truncate,
    with_final_crlf,
    without_final_crlf,
)
from tests.cuts import at_every_cut

TEXT = b".a\r\n.b\n.c\r\n\r\n..\r\r\n.\r\nd"


@pytest.mark.parametrize("octets", range(len(TEXT) + 2))
def test_cut(octets: int) -> None:
    assert at_every_cut(lambda chunks: truncate(chunks, octets), TEXT) == TEXT[:octets]


def test_no_more_is_read_than_is_wanted() -> None:
    chunks = iter([b"ab", b"cd", b"ef"])
    assert b"".join(truncate(chunks, 4)) == b"abcd"
    assert next(chunks) == b"ef"
    assert b"".join(truncate(chunks, 0)) == b""


@pytest.mark.parametrize("text", [b"", b"a", b"a\r", b"a\n", b"a\r\n", b"\r\n", b"\r\n\r"])
def test_ended_and_unended(text: bytes) -> None:
    whole = text if not text or text.endswith(b"\r\n") else text + b"\r\n"
    assert at_every_cut(with_final_crlf, text) == whole
    assert at_every_cut(without_final_crlf, text) == text.removesuffix(b"\r\n")


def test_stuff_after_crlf() -> None:
    stuffed = b"..a\r\n..b\n.c\r\n\r\n...\r\r\n..\r\nd"
    assert at_every_cut(stuff_after_crlf, TEXT) == stuffed


def test_behind_line() -> None:
    assert at_every_cut(lambda chunks: insert_after_line(chunks, 0, b"-"), TEXT) == b"-" + TEXT
    assert _behind(1) == b".a\r\n-.b\n.c\r\n\r\n..\r\r\n.\r\nd"
    assert _behind(2) == b".a\r\n.b\n-.c\r\n\r\n..\r\r\n.\r\nd"
    assert _behind(4) == b".a\r\n.b\n.c\r\n\r\n-..\r\r\n.\r\nd"
    assert _behind(7) == TEXT


def _behind(lines: int) -> bytes:
    return at_every_cut(lambda chunks: insert_after_line(chunks, lines, b"-"), TEXT)
