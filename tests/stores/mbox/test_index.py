import os
from pathlib import Path

import pytest

from pop3lab.core.errors import StoreFailed
from pop3lab.stores.mbox import index
from pop3lab.stores.mbox.index import Region, index_mbox, message_starts
from tests.cuts import every_cut

FROM = b"From a@b Thu Jan  1 00:00:00 1970\n"


def found(path: Path, text: bytes) -> list[Region]:
    path.write_bytes(text)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return index_mbox(descriptor, len(text))
    finally:
        os.close(descriptor)


def texts(path: Path, text: bytes) -> list[bytes]:
    return [text[region.text : region.stop] for region in found(path, text)]


@pytest.mark.parametrize(
    "text",
    [
        FROM + b"a\n\n" + FROM + b"b\n\n",
        FROM + b"\n" + FROM + b"\r\n\r\n" + FROM.replace(b"\n", b"\r\n") + b"\r\n" + FROM,
        FROM + b"a\n" + FROM + b"\n" + FROM[:-1],
    ],
)
def test_messages_are_found_at_every_cut(text: bytes) -> None:
    (whole,) = {tuple(message_starts(pieces)) for pieces in every_cut(text)}
    assert len(whole) in (2, 3, 4)
    assert all(text[at:].startswith(b"From ") for at in whole)


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (b"", []),
        (FROM, [b""]),
        (FROM[:-1], [b""]),
        (FROM + b"\n", [b""]),
        (FROM + b"\n" + FROM + b"\n", [b"", b""]),
        (FROM + b"a\n\n" + FROM + b"b\n\n", [b"a\n", b"b\n"]),
        (FROM + b"a\r\n\r\n" + FROM + b"b\r\n\r\n", [b"a\r\n", b"b\r\n"]),
        (FROM + b"a\n\n\n" + FROM + b"b", [b"a\n\n", b"b"]),
        (FROM + b"no blank line\n" + FROM + b"\n", [b"no blank line\n", b""]),
        (b"\r\n\n" + FROM + b"a\n\n", [b"a\n"]),
        (FROM + b"a\n\nFrom here on\n\n", [b"a\n\nFrom here on\n"]),
        (FROM + b"a\n\n>" + FROM + b"\n", [b"a\n\n>" + FROM]),
        (FROM + b"a\n\nFrom " + b"x" * 2000 + FROM + b"\n", [b"a\n\nFrom " + b"x" * 2000 + FROM]),
        (b"From nobody\na\n\n" + FROM + b"b\n\n", [b"a\n", b"b\n"]),
        (FROM + b"Content-Length: 999\n\na\n\n" + FROM, [b"Content-Length: 999\n\na\n", b""]),
    ],
)
def test_what_belongs_to_a_message(tmp_path: Path, text: bytes, messages: list[bytes]) -> None:
    assert texts(tmp_path / "m", text) == messages


@pytest.mark.parametrize(
    "line",
    [
        b"From ann Sat Jan  3 01:05:34 1996",
        b"From ann@x  Sat Jan 13 1:05 1996",
        b"From ann Sat Jan  3 01:05:34 MET 1996",
        b"From ann Sat Jan  3 01:05:34 MET DST 1996",
        b"From ann Sat Jan  3 01:05:34 +0100 1996",
        b"From ann Sat Jan  3 01:05:34 1996 +0100",
        b'From "ann b"@x Sat Jan  3 01:05:34 1996 remote from y',
        b"From ann b Sat Jan  3 01:05:34 1996 remote from y",
    ],
)
def test_dates_that_from_lines_have(tmp_path: Path, line: bytes) -> None:
    assert texts(tmp_path / "m", FROM + b"a\n\n" + line + b"\nb\n\n") == [b"a\n", b"b\n"]


@pytest.mark.parametrize("text", [b"\nx", b"Subject: x\n\n", b"Fro", b">From a\n"])
def test_a_file_that_is_no_mbox(tmp_path: Path, text: bytes) -> None:
    with pytest.raises(StoreFailed, match="not an mbox"):
        found(tmp_path / "m", text)


def test_pieces_of_any_size_give_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = FROM + b"Status: RO\nSubject: x\n\na\nb\r\n\n" + FROM + b"\r\n\r\n" + FROM + b"end"
    whole = found(tmp_path / "m", text)
    assert [region.octets for region in whole] == [32, 2, 5]
    for size in (40, 50):
        monkeypatch.setattr(index, "READ_SIZE", size)
        cut = found(tmp_path / "m", text)
        assert [region[:6] for region in cut] == [region[:6] for region in whole]


def test_p135_what_readers_write_into_messages_does_not_change_their_keys(tmp_path: Path) -> None:
    fields = b"Status: RO\nX-Keywords: a\n b\nContent-Length: 2\nx-uid: 7\n"
    plain = FROM + b"Subject: x\nTo: y\n\nStatus: a line\n\n"
    read = plain.replace(b"To: y\n", b"To: y\n" + fields)
    other = plain.replace(b"Status: a line", b"Status: another")
    keys = [found(tmp_path / "m", text)[0].key for text in (plain, read, other)]
    assert keys[0] == keys[1] != keys[2]
