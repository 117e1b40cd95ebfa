import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pop3lab.stores import changes
from pop3lab.stores.changes import Changes
from pop3lab.stores.folder import Folder


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "b").write_bytes(b"b")
    descriptor = os.open(tmp_path, os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


def in_place(folder: Path) -> None:
    with (folder / "a").open("r+b") as file:
        file.write(b"x")


def through_an_open_file(folder: Path) -> None:
    os.truncate(folder / "a", 0)


CHANGES: list[Callable[[Path], object]] = [
    in_place,
    through_an_open_file,
    lambda folder: (folder / "c").touch(),
    lambda folder: (folder / "a").unlink(),
    lambda folder: (folder / "a").rename(folder / "b"),
    lambda folder: (folder / "a").rename(folder.parent / "away"),
    lambda folder: (folder / "a").chmod(0o400),
    lambda folder: os.utime(folder / "a", (1, 1)),
]


@pytest.mark.parametrize("change", CHANGES)
def test_any_change_is_told_once(
    tmp_path: Path, directory: int, change: Callable[[Path], object]
) -> None:
    asked = Changes()
    assert not asked.none(directory)
    assert asked.none(directory)
    (tmp_path / "a").read_bytes()
    assert asked.none(directory)
    change(tmp_path)
    assert not asked.none(directory)
    assert asked.none(directory)
    asked.close()


def test_another_folder_is_not_taken_for_the_first(tmp_path: Path, directory: int) -> None:
    asked = Changes()
    asked.none(directory)
    (tmp_path / "sub").mkdir()
    other = os.open(tmp_path / "sub", os.O_RDONLY)
    assert not asked.none(other)
    assert asked.none(other)
    assert not asked.none(directory)
    os.close(other)
    asked.close()


def test_where_changes_are_not_told_there_may_always_be_some(
    directory: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_to_be_had(path: str) -> int:
        raise OSError("no inotify")

    monkeypatch.setattr(changes, "_inotify", none_to_be_had)
    asked = Changes()
    assert not asked.none(directory)
    assert not asked.none(directory)


@pytest.mark.parametrize("watched", [True, False])
def test_a_large_folder_is_as_it_is_at_each_login(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, watched: bool
) -> None:
    if not watched:
        monkeypatch.setattr(Changes, "none", lambda self, directory: False)
    for number in range(150):
        (tmp_path / f"{number:03}").write_bytes(b"x\r\n")
    store = Folder(str(tmp_path))

    def octets() -> int:
        maildrop = store.open("ann")
        maildrop.close()
        return maildrop.snapshot.octets

    assert octets() == octets() == octets() == 450
    with (tmp_path / "007").open("ab") as file:
        file.write(b"more\r\n")
    assert octets() == octets() == 456
    maildrop = store.open("ann")
    maildrop.delete(["000", "149"])
    maildrop.close()
    assert octets() == 450
    os.replace(tmp_path / "001", tmp_path / "200")
    maildrop = store.open("ann")
    assert maildrop.snapshot.entries[-1].uid == "200"
    maildrop.close()


def test_an_unchanged_large_folder_is_not_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(150):
        (tmp_path / f"{number:03}").touch()
    store = Folder(str(tmp_path))
    for _ in range(2):
        store.open("ann").close()
    monkeypatch.setattr(os, "listdir", None)
    monkeypatch.setattr(os, "stat", None)
    first = store.open("ann")
    first.close()
    second = store.open("ann")
    second.close()
    assert first.snapshot is second.snapshot
    assert len(first.snapshot.entries) == 150


def test_a_folder_that_is_made_again_under_its_old_number_is_another(tmp_path: Path) -> None:
    place = tmp_path / "box"
    store = Folder(str(place))
    for _ in range(5):
        place.mkdir()
        for number in range(150):
            (place / f"{number:03}").touch()
        store.open("ann").close()
        store.open("ann").close()
        (place / "more").touch()
        maildrop = store.open("ann")
        maildrop.close()
        assert len(maildrop.snapshot.entries) == 151
        shutil.rmtree(place)
