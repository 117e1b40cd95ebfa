"""Messages added behind those that are there."""

import os
from pathlib import Path

import pytest

from pop3lab.files.writing import DraftFile
from pop3lab.stores.delivery import add_message, name_after


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
        ("note.txt-0001", "note.txt-0002"),
        ("note.txt-9999", "note.txt-9999-0001"),
        ("1.2.mp3", "2.mp3"),
        ("x.mp3", "x.mp3-0001"),
        ("x.mp3-0001", "x.mp3-0002"),
        ("x.mp3-9999", "x.mp3-9999-0001"),
        ("\u0663", "\u0663-0001"),  # a digit, but not of ours
        ("8\udcff", "9"),  # no text
    ],
)
def test_a_name_is_behind_the_last_byte_by_byte(last: str, name: str) -> None:
    assert name_after(last) == name
    assert os.fsencode(name) > os.fsencode(last)


@pytest.mark.parametrize("first", ["7", "welcome.eml"])
def test_names_go_on_behind_each_other_and_stay_short(first: str) -> None:
    names = [first]
    for _ in range(10_100):
        names.append(name_after(names[-1]))
    assert names == sorted(set(names))
    assert len(names[-1]) == len(first) + len("-9999-0101")


def test_add_copies_the_file_as_the_last_message(tmp_path: Path) -> None:
    folder = tmp_path / "box"
    folder.mkdir()
    (tmp_path / "a message").write_bytes(b"one\r\n")
    assert add_message(str(folder), str(tmp_path / "a message")) == "0001"
    (folder / ".hidden9").touch()
    (folder / "sub").mkdir()
    assert add_message(str(folder), str(tmp_path / "a message")) == "sub-0001"
    assert sorted(os.listdir(folder)) == [".hidden9", "0001", "sub", "sub-0001"]
    assert (folder / "sub-0001").read_bytes() == b"one\r\n"


def test_the_copy_is_for_those_who_may_read_the_file_itself(tmp_path: Path) -> None:
    path, folder = tmp_path / "a", tmp_path / "box"
    path.write_bytes(b"one\r\n")
    folder.mkdir()
    for mode in (0o600, 0o640, 0o400):
        path.chmod(mode)
        name = add_message(str(folder), str(path))
        assert (folder / name).stat().st_mode & 0o777 == mode | 0o600


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("none", "No such file"),
        ("pipe", "it is a pipe, and only regular files are read"),
        (".", "it is a folder"),
        ("/dev/zero", "it is a device"),
        ("huge", "it has 8589934593 octets, and at most 8 GiB are read"),
    ],
)
def test_what_is_no_file_is_not_added(tmp_path: Path, path: str, why: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "huge").touch()
    os.truncate(tmp_path / "huge", 8 * 1024**3 + 1)
    folder = tmp_path / "box"
    folder.mkdir()
    with pytest.raises(OSError, match=why):
        add_message(str(folder), str(tmp_path / path))
    assert os.listdir(folder) == []


def test_a_file_that_grows_meanwhile_is_not_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, folder = tmp_path / "growing", tmp_path / "box"
    path.write_bytes(b"one\r\n")
    folder.mkdir()
    write = DraftFile.write

    def growing(draft: DraftFile, octets: bytes) -> None:
        write(draft, octets)
        with path.open("ab") as file:
            file.write(b"more\r\n")

    monkeypatch.setattr(DraftFile, "write", growing)
    with pytest.raises(OSError, match="it changed while it was being read"):
        add_message(str(folder), str(path))
    assert os.listdir(folder) == []


def test_nothing_that_was_planted_is_written_through(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one\r\n")
    folder, elsewhere = tmp_path / "box", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.write_text("mine\n")
    (folder / f".adding-{os.getpid()}").symlink_to(elsewhere)
    (folder / "0001").symlink_to(elsewhere)
    assert add_message(str(folder), str(tmp_path / "a")) == "0002"
    assert elsewhere.read_text() == "mine\n"
