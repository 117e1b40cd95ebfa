import os
from pathlib import Path

import pytest

from pop3lab.files.reading import READ_SIZE
from pop3lab.stores.look_alikes import Likeness, begins_as_mbox, likeness, messages_in

from .mistaken import MBOX, MISTAKEN, RIGHT, Make


@pytest.mark.parametrize(("make", "what", "name"), MISTAKEN)
def test_what_is_no_folder_of_messages(
    tmp_path: Path, make: Make, what: Likeness, name: str
) -> None:
    make(tmp_path / "x")
    before = os.listdir("/proc/self/fd")
    assert likeness(str(tmp_path / "x")) == (what, name)
    assert os.listdir("/proc/self/fd") == before


@pytest.mark.parametrize("make", RIGHT)
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
