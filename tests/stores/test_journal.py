"""What a journal says and what is done with it; tests/crash kills and fails at each call."""

import json
import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from pop3lab.core.errors import StoreFailed
from pop3lab.stores import journal
from pop3lab.stores.file_identity import FileIdentity, identify
from pop3lab.stores.folder import FolderStore
from pop3lab.stores.maildrop_folder import SingleFolder


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[int]:
    for name in ("a", "b", "c"):
        (tmp_path / name).write_bytes(b"x")
    descriptor = os.open(tmp_path, os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


def seen(directory: int, *names: str) -> list[FileIdentity]:
    files = [identify(directory, name) for name in names]
    return [file for file in files if file]


def left(directory: int) -> list[str]:
    return sorted(os.listdir(directory))


def write_journal(directory: int, files: list[list[object]]) -> None:
    text = json.dumps(files)
    descriptor = os.open(journal.JOURNAL_NAME, os.O_CREAT | os.O_WRONLY, dir_fd=directory)
    with open(descriptor, "w") as file:
        file.write(f"{sha256(text.encode()).hexdigest()}\n{text}")


def fields(directory: int, name: str) -> list[object]:
    return list(seen(directory, name)[0])


def test_removes_and_leaves_nothing_behind(directory: int) -> None:
    journal.remove_files(SingleFolder(directory), seen(directory, "a", "c"))
    assert left(directory) == ["b"]


def test_a_journal_is_rolled_forward(directory: int) -> None:
    write_journal(directory, [fields(directory, "a"), fields(directory, "b"), ["gone", 1, 2, 3]])
    assert journal.recover_deletion(SingleFolder(directory)) == frozenset()
    assert left(directory) == ["c"]


def test_a_file_that_is_another_now_is_kept(directory: int) -> None:
    name, inode, octets, mtime, _ = fields(directory, "a")
    for other in ([name, 1, octets, mtime], [name, inode, 9, mtime], [name, inode, octets, 1]):
        write_journal(directory, [other])
        assert journal.recover_deletion(SingleFolder(directory)) == frozenset()
        assert left(directory) == ["a", "b", "c"]


def test_who_only_looks_does_not_see_what_a_journal_removes(tmp_path: Path, directory: int) -> None:
    write_journal(directory, [fields(directory, "a")])
    list_of = FolderStore(str(tmp_path)).look()
    assert list_of
    assert [entry.uid for entry in list_of("user")] == ["b", "c"]
    assert left(directory) == [journal.JOURNAL_NAME, "a", "b", "c"]


def test_a_journal_that_another_user_made_is_not_read(tmp_path: Path, directory: int) -> None:
    write_journal(directory, [fields(directory, "a")])
    os.chown(tmp_path / journal.JOURNAL_NAME, 65534, -1)
    os.truncate(tmp_path / journal.JOURNAL_NAME, 1 << 42)  # more than there is memory
    assert journal.recover_deletion(SingleFolder(directory)) == frozenset()
    journal.remove_files(SingleFolder(directory), seen(directory, "b"))
    assert sorted(os.listdir(directory)) == ["a", "c"]


def test_a_journal_with_a_second_name_is_not_read(tmp_path: Path, directory: int) -> None:
    write_journal(directory, [fields(directory, "a")])
    (tmp_path / "other").hardlink_to(tmp_path / journal.JOURNAL_NAME)
    assert journal.recover_deletion(SingleFolder(directory)) == frozenset()
    assert "a" in os.listdir(directory)


def test_a_draft_left_by_a_kill_is_no_journal_and_in_nobodys_way(
    tmp_path: Path, directory: int
) -> None:
    draft = tmp_path / (journal.JOURNAL_NAME + ".new")
    draft.symlink_to("a")
    assert journal.recover_deletion(SingleFolder(directory)) == frozenset()
    journal.remove_files(SingleFolder(directory), seen(directory, "b"))
    assert left(directory) == ["a", "c"]


def test_what_will_not_go_is_hidden_until_it_does(
    tmp_path: Path, directory: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlink = os.unlink

    def refuse_a(name: str, *, dir_fd: int | None = None) -> None:
        if name == "a":
            raise PermissionError("no")
        unlink(name, dir_fd=dir_fd)

    store = FolderStore(str(tmp_path))
    maildrop = store.open("ann")
    monkeypatch.setattr(os, "unlink", refuse_a)
    with pytest.raises(StoreFailed, match="not removed"):
        maildrop.delete(["a", "b"])
    maildrop.close()
    maildrop = store.open("ann")
    assert [entry.uid for entry in maildrop.snapshot.entries] == ["c"]
    with pytest.raises(StoreFailed, match="not removed"):
        maildrop.delete(["c"])
    maildrop.close()
    monkeypatch.undo()
    maildrop = store.open("ann")
    assert [entry.uid for entry in maildrop.snapshot.entries] == ["c"]
    assert left(directory) == ["c"]
    maildrop.close()
