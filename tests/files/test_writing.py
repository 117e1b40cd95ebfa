"""Files written where others may have planted something."""

import os
import stat
from pathlib import Path

import pytest

from pop3lab.files.writing import PRIVATE_MODE, DraftFile, check_writable, write_whole
from tests.files.planted import ALL, Plant


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_a_new_file_and_one_in_place_of_an_old_one(tmp_path: Path) -> None:
    path = tmp_path / "x"
    write_whole(str(path), b"one\n")
    with path.open() as old:
        status = write_whole(str(path), b"two\n", PRIVATE_MODE)
        assert old.read() == "one\n"  # whoever reads the old one has it whole
    assert (path.read_bytes(), mode(path)) == (b"two\n", 0o600)
    assert os.path.samestat(status, path.stat())
    assert os.listdir(tmp_path) == ["x"]


def test_a_name_without_a_folder_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_whole("x", b"one\n")
    assert (tmp_path / "x").read_bytes() == b"one\n"


@pytest.mark.parametrize(("plant", "why"), ALL.values(), ids=ALL)
def test_nothing_but_a_regular_file_is_replaced(tmp_path: Path, plant: Plant, why: str) -> None:
    path = tmp_path / "x"
    plant(path)
    before, there = path.lstat(), sorted(os.listdir(tmp_path))
    for write in (check_writable, lambda name: write_whole(name, b"!")):
        with pytest.raises(OSError, match=f"{why}, and only a new or a regular file") as caught:
            write(str(path))
        assert caught.value.filename == str(path)
    assert os.path.samestat(path.lstat(), before)
    assert sorted(os.listdir(tmp_path)) == there
    assert not (tmp_path / "elsewhere").exists() or (tmp_path / "elsewhere").read_text() == "mine\n"


def test_a_device_stays_what_it_is() -> None:
    with pytest.raises(OSError, match="it is a device"):
        write_whole("/dev/full", b"1110\n")
    assert stat.S_ISCHR(os.lstat("/dev/full").st_mode)


def test_what_is_planted_between_the_first_look_and_the_end_is_seen(tmp_path: Path) -> None:
    with DraftFile(str(tmp_path), PRIVATE_MODE) as draft:
        (tmp_path / "x").symlink_to("y")
        with pytest.raises(OSError, match="it is a link"):
            draft.publish("x")
    assert os.listdir(tmp_path) == ["x"]


def test_an_unfinished_file_has_a_name_that_nobody_guesses_and_does_not_stay(
    tmp_path: Path,
) -> None:
    with DraftFile(str(tmp_path), PRIVATE_MODE) as one, DraftFile(str(tmp_path), PRIVATE_MODE):
        names = os.listdir(tmp_path)
        assert len(names) == 2
        assert all(len(name) > 32 and name.startswith(".") for name in names)
        assert not any(str(os.getpid()) == name.rpartition("-")[2] for name in names)
        one.write(b"half")
    assert os.listdir(tmp_path) == []


def test_a_draft_is_new_and_no_planted_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "urandom", bytes)  # the name is guessed all the same
    guessed = tmp_path / f".pop3lab-{bytes(16).hex()}"
    guessed.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError) as caught:
        write_whole(str(tmp_path / "x"), b"one\n")
    assert caught.value.filename == str(tmp_path / "x")
    assert os.listdir(tmp_path) == [guessed.name]


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x").write_text("old\n")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device"):
        write_whole(str(tmp_path / "x"), b"new\n")
    assert os.listdir(tmp_path) == ["x"]
    assert (tmp_path / "x").read_text() == "old\n"
