"""Logins look at what has changed and at nothing else, and find what a new store would."""

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from pop3lab.core.maildrop import Entry, Maildrop, Snapshot
from pop3lab.stores import folder_changes, inotify
from pop3lab.stores.file_store import FileStore, OnDelete
from pop3lab.stores.folder import FolderStore
from pop3lab.stores.journal import JOURNAL_NAME
from pop3lab.stores.maildir import MaildirStore

Make = Callable[[Path, OnDelete], FileStore]


def flat(path: Path, on_delete: OnDelete = "unlink") -> FileStore:
    return FolderStore(str(path), on_delete=on_delete)


def maildir(path: Path, on_delete: OnDelete = "unlink") -> FileStore:
    return MaildirStore(str(path), on_delete=on_delete)


BOTH = pytest.mark.parametrize("make", [flat, maildir])


def place(make: Make, path: Path) -> Path:
    """Return where its messages are, in a new maildrop."""
    for name in ("new", "cur", "tmp") if make is maildir else ():
        (path / name).mkdir()
    return path / "new" if make is maildir else path


def stocked(make: Make, path: Path, count: int = 150) -> FileStore:
    there = place(make, path)
    for number in range(count):
        (there / f"{number:03}").write_bytes(b"x\n" * (number % 7))
    store = make(path, "unlink")
    opened(store).close()
    opened(store).close()
    return store


def opened(store: FileStore) -> Maildrop:
    return store.open_at_once("ann") or store.open("ann")


def entries(store: FileStore) -> list[Entry]:
    maildrop = opened(store)
    maildrop.close()
    return list(maildrop.snapshot.entries)


def texts(maildrop: Maildrop) -> list[bytes]:
    return [b"".join(maildrop.read(entry.uid)) for entry in maildrop.snapshot.entries]


@BOTH
def test_an_unchanged_maildrop_is_locked_and_nothing_else(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = stocked(make, tmp_path)
    calls: list[str] = []
    for name in ("open", "stat", "fstat", "listdir", "unlink", "close"):
        note_calls(monkeypatch, name, calls)
    maildrop = store.open_at_once("ann")
    assert maildrop
    maildrop.close()
    assert calls == ["open", "fstat", "close"]


def note_calls(monkeypatch: pytest.MonkeyPatch, name: str, calls: list[str]) -> None:
    real = getattr(os, name)

    def noted(*args: object, **keywords: object) -> object:
        calls.append(name)
        return real(*args, **keywords)

    monkeypatch.setattr(os, name, noted)


@BOTH
def test_a_delivery_a_removal_and_a_change_are_looked_at_alone(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = stocked(make, tmp_path)
    there = tmp_path / "new" if make is maildir else tmp_path
    (there / ".tmp").write_bytes(b"new\n")
    (there / ".tmp").rename(there / "0775")
    (there / "003").unlink()
    (there / "004").write_bytes(b"changed\n")
    (there / "005").rename(there / "0055")
    expected = entries(make(tmp_path, "unlink"))
    calls: list[str] = []
    note_calls(monkeypatch, "stat", calls)
    monkeypatch.setattr(os, "listdir", None)
    assert entries(store) == expected
    assert len(calls) <= 12
    calls.clear()
    maildrop = store.open_at_once("ann")
    assert maildrop
    maildrop.close()
    assert calls == []


@BOTH
def test_what_a_session_deletes_itself_leaves_nothing_to_look_at(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = stocked(make, tmp_path)
    maildrop = opened(store)
    left = [entry.uid for entry in maildrop.snapshot.entries[2:]]
    maildrop.delete([entry.uid for entry in maildrop.snapshot.entries[:2]])
    assert maildrop.read(left[0])  # it is still as it was for this session
    maildrop.close()
    calls: list[str] = []
    note_calls(monkeypatch, "stat", calls)
    again = store.open_at_once("ann")
    assert again
    again.close()
    assert [entry.uid for entry in again.snapshot.entries] == left
    assert calls == []


def random_change(make: Make, path: Path, chance: random.Random) -> None:
    there = [path / name for name in ("new", "cur")] if make is maildir else [path]
    files = [file for folder in there for file in folder.iterdir() if file.is_file()]
    folder = chance.choice(there)
    fresh = f"{chance.randrange(1000):03}"
    flags = chance.choice(["", "S", "RS"])
    changes: list[Callable[[], object]] = [lambda: (folder / fresh).write_bytes(b"new\n")]
    changes.append(lambda: delivered(path / ".mail", folder / fresh))
    changes.append((folder / f".{fresh}").touch)
    if files:
        some = chance.choice(files)
        changes += [
            some.unlink,
            lambda: some.write_bytes(some.read_bytes() + b"more\n"),
            lambda: some.rename(folder / f"{some.name.partition(':')[0]}:2,{flags}"),
            lambda: some.chmod(0o600),
            lambda: os.replace(some, folder / fresh),
        ]
    chance.choice(changes)()


def delivered(draft: Path, path: Path) -> None:
    draft.write_bytes(b"delivered\n")
    draft.rename(path)


@BOTH
@pytest.mark.parametrize("seed", range(4))
def test_after_whatever_changes_a_store_finds_what_a_new_one_does(
    make: Make, seed: int, tmp_path: Path
) -> None:
    chance = random.Random(seed)
    store = stocked(make, tmp_path, 20)
    for _ in range(60):
        for _ in range(chance.randrange(4)):
            random_change(make, tmp_path, chance)
        maildrop = opened(store)
        found, read = list(maildrop.snapshot.entries), texts(maildrop)
        lines = maildrop.snapshot.sizes.octets, maildrop.snapshot.uids.octets
        look = make(tmp_path, "unlink").look()
        assert look
        assert found == look("ann")
        if found and chance.random() < 0.2:
            maildrop.delete([chance.choice(found).uid])
        elif found and chance.random() < 0.1:
            maildrop.delete([entry.uid for entry in found[:-3]])
        maildrop.close()
        assert [entry.octets for entry in found] == [len(text) for text in read]
        new = Snapshot(found)
        assert lines == (new.sizes.octets, new.uids.octets)


@BOTH
def test_hidden_ones_stay_hidden_and_others_come(make: Make, tmp_path: Path) -> None:
    there = place(make, tmp_path)
    for name in ("a", "b", "c"):
        (there / name).write_bytes(b"x\n")
    store = make(tmp_path, "hide")
    opened(store).close()
    for goes, left in (("b", ["a", "c"]), ("a", ["c"])):
        maildrop = opened(store)
        maildrop.delete([goes])
        maildrop.close()
        assert [entry.uid for entry in entries(store)] == left
    (there / "d").write_bytes(b"x\n")
    assert [entry.uid for entry in entries(store)] == ["c", "d"]
    (there / "b").write_bytes(b"another\n")
    (there / "a").unlink()
    assert [entry.uid for entry in entries(store)] == ["b", "c", "d"]


def test_a_journal_that_a_killed_process_has_left_is_carried_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = stocked(flat, tmp_path)
    maildrop = flat(tmp_path).open("ann")
    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            maildrop.delete(["007"])
    maildrop.close()
    assert (tmp_path / JOURNAL_NAME).exists()
    assert store.open_at_once("ann") is None  # that takes a while
    assert "007" not in [entry.uid for entry in entries(store)]
    assert not (tmp_path / "007").exists()


def killed(name: str, *, dir_fd: int | None = None) -> None:
    if not name.startswith("."):
        raise KeyboardInterrupt


def test_a_file_with_hard_links_is_looked_at_at_each_login(tmp_path: Path) -> None:
    box = tmp_path / "box"
    box.mkdir()
    store = stocked(flat, box)
    os.link(box / "007", tmp_path / "elsewhere")  # which is not reported
    (box / "007").chmod(0o600)  # and this is
    assert len(entries(store)) == 150
    for octets in (5, 10):
        with (tmp_path / "elsewhere").open("ab") as file:
            file.write(b"more\n")
        assert entries(store)[7].octets == octets // 5 * 6
    (tmp_path / "elsewhere").unlink()
    assert len(entries(store)) == 150


@BOTH
def test_folders_that_are_made_again_are_others(make: Make, tmp_path: Path) -> None:
    box = tmp_path / "box"
    box.mkdir()
    store = stocked(make, box)
    assert len(entries(store)) == 150
    tmp_path.joinpath("box").rename(tmp_path / "old")
    box.mkdir()
    (place(make, box) / "one").write_bytes(b"x\n")
    assert [entry.uid for entry in entries(store)] == ["one"]
    inner = box / "new" if make is maildir else box
    inner.rename(tmp_path / "older")
    inner.mkdir()
    assert entries(store) == []


def test_another_folder_above_is_seen_though_nothing_below_has_changed(tmp_path: Path) -> None:
    above = tmp_path / "above"
    (above / "box").mkdir(parents=True)
    store = stocked(flat, above / "box")
    above.rename(tmp_path / "moved")
    (above / "box").mkdir(parents=True)
    assert entries(store) == []


def test_a_missing_folder_of_a_maildir_is_found_when_it_is_there(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "1").write_bytes(b"x\n")
    store = maildir(tmp_path)
    opened(store).close()
    assert len(entries(store)) == 1
    (tmp_path / "cur").mkdir()
    (tmp_path / "cur" / "2:2,S").write_bytes(b"x\n")
    assert len(entries(store)) == 2
    (tmp_path / "cur" / "3:2,S").write_bytes(b"x\n")
    assert len(entries(store)) == 3


@BOTH
def test_on_a_file_system_that_may_be_changed_elsewhere_all_is_looked_at(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inotify, "_LOCAL", set())
    monkeypatch.setattr(folder_changes, "TIMESTAMP_RESOLUTION_NS", 0)
    store = stocked(make, tmp_path, 50)
    calls: list[str] = []
    note_calls(monkeypatch, "stat", calls)
    opened(store).close()
    assert len(calls) >= 50


def test_the_operator_is_told_once_that_a_limit_is_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(inotify.FolderWatcher):
        def _add(self, prefix: str, directory: int, log: inotify.ChangeLog) -> None:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder_changes, "WATCHER", Full())
    monkeypatch.setattr(folder_changes, "_told", set())
    place(flat, tmp_path)
    for number in range(150):
        (tmp_path / f"{number}").touch()
    first = flat(tmp_path).open("ann")
    first.close()
    second = flat(tmp_path).open("ann")
    second.close()
    assert "fs.inotify.max_user_watches is reached" in first.snapshot.left_out[0]
    assert second.snapshot.left_out == []
