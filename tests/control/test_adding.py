"""Messages added behind those that are there."""

import os
from pathlib import Path

import pytest

from pop3lab.control.adding import add, name_after


@pytest.mark.parametrize(
    ("last", "name"),
    [
        ("0001", "0002"),
        ("0099", "0100"),
        ("9999", "9999-0001"),
        ("9999-0001", "9999-0002"),
        ("9", "9-0001"),
        ("0015-lf-line-ends.eml", "0016.eml"),
        ("zebra", "zebra-0001"),
        ("zebra-0001", "zebra-0002"),
        ("note.txt", "note.txt-0001"),
        ("1.2.mp3", "2.mp3"),
        ("x.mp3", "x.mp3-0001"),
        ("\u0663", "\u0663-0001"),  # a digit, but not of ours
        ("8\udcff", "9"),  # no text
    ],
)
def test_a_name_is_behind_the_last_byte_by_byte(last: str, name: str) -> None:
    assert name_after(last) == name
    assert os.fsencode(name) > os.fsencode(last)


def test_names_go_on_behind_each_other() -> None:
    names = ["7"]
    for _ in range(10_100):
        names.append(name_after(names[-1]))
    assert names == sorted(set(names))


def test_add_copies_the_file_as_the_last_message(tmp_path: Path) -> None:
    folder = tmp_path / "box"
    folder.mkdir()
    (tmp_path / "a message").write_bytes(b"one\r\n")
    assert add(str(folder), str(tmp_path / "a message")) == "0001"
    (folder / ".hidden9").touch()
    (folder / "sub").mkdir()
    assert add(str(folder), str(tmp_path / "a message")) == "sub-0001"
    assert sorted(os.listdir(folder)) == [".hidden9", "0001", "sub", "sub-0001"]
    assert (folder / "sub-0001").read_bytes() == b"one\r\n"


@pytest.mark.parametrize("name", ["none", "pipe", "."])
def test_what_is_no_file_is_not_added(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    folder = tmp_path / "box"
    folder.mkdir()
    with pytest.raises(FileNotFoundError):
        add(str(folder), str(tmp_path / name))
    assert os.listdir(folder) == []
