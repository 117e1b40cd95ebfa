import os
from pathlib import Path

import pytest

from pop3lab.files.reading import READ_SIZE
from pop3lab.stores.look_alikes import (
    Likeness,
    advice_on,
    begins_as_mbox,
    likeness,
    messages_in,
)

from .mistaken import EMPTY, MBOX, MISTAKEN, RIGHT, Make


@pytest.mark.parametrize(("make", "what", "name"), MISTAKEN)
def test_what_is_no_folder_of_messages(
    tmp_path: Path, make: Make, what: Likeness, name: str
) -> None:
    make(tmp_path / "x")
    before = os.listdir("/proc/self/fd")
    assert likeness(str(tmp_path / "x")) == (what, name)
    assert os.listdir("/proc/self/fd") == before


@pytest.mark.parametrize("make", [*RIGHT, *EMPTY])
def test_what_may_well_be_one(tmp_path: Path, make: Make) -> None:
    make(tmp_path / "x")
    assert likeness(str(tmp_path / "x")) is None


@pytest.mark.parametrize(
    ("octets", "messages", "begins"),
    [
        (b"", 0, True),
        (MBOX, 1, True),
        (b"\n\r\n" + MBOX, 1, True),
        (b"\n\r\n" * 9 + MBOX * 2, 2, True),
        (b"\n" * READ_SIZE + MBOX, 1, True),
        (b"\n" * READ_SIZE + b"Subject: x\n", 0, False),
        (b"\n", 0, True),
        (b"From", 0, False),
        (MBOX * 2, 2, True),
        (MBOX * 9, 2, True),
        (b"Subject: x\n\n" + MBOX, 0, False),
        (b"From: a@b\n\n", 0, False),
        (b"\n\nSubject: x\n", 0, False),
        (MBOX + b"\nFrom here on, no date\n", 1, True),
    ],
)
def test_mbox_files(tmp_path: Path, octets: bytes, messages: int, begins: bool) -> None:
    for size in (1, 7, READ_SIZE):
        pieces = (octets[at : at + size] for at in range(0, len(octets), size))
        assert messages_in(pieces) == messages
    (tmp_path / "x").write_bytes(octets)
    assert begins_as_mbox(str(tmp_path / "x")) is begins


@pytest.mark.parametrize("make", EMPTY)
def test_a_folder_without_messages_is_noted_unless_some_are_to_come(
    tmp_path: Path, make: Make
) -> None:
    make(tmp_path / "x")
    told = f"'{tmp_path}/x' holds no message: put one into each file, or name another folder"
    for by_kind in (False, True):
        assert advice_on(str(tmp_path / "x"), by_kind=by_kind) == told
        assert advice_on(str(tmp_path / "x"), by_kind=by_kind, to_be_filled=True) == ""


@pytest.mark.parametrize(
    ("octets", "noted"),
    [
        (b"Subject: x\n\nhello\n", True),
        (b"Subject: x\r\n\r\nhello\r\n", False),
        (b"Subject: x\r\n\r\nhello\n", True),
        (b"", False),
        (b"x", False),
    ],
)
def test_line_ends_that_are_sent_as_they_are(tmp_path: Path, octets: bytes, noted: bool) -> None:
    (tmp_path / "1").write_bytes(b"Subject: x\r\n")
    (tmp_path / "2").write_bytes(octets)
    told = advice_on(str(tmp_path))
    assert told.startswith(f"lines of '{tmp_path}/2' end in LF, and are sent like that: ") is noted
    assert (f"`pop3lab serve {tmp_path} --user user:password`" in told) is noted
    assert advice_on(str(tmp_path), by_kind=True) == ""
