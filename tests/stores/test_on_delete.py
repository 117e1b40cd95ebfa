"""Messages that are hidden or thrown away instead of being unlinked."""

from pathlib import Path

import pytest

from pop3lab.core.errors import StoreFailed
from pop3lab.core.maildrop import Store
from pop3lab.stores.folder import FolderStore
from pop3lab.stores.maildir import MaildirStore
from pop3lab.stores.maildrop_folder import TRASH_FOLDER


def delete(store: Store, *uids: str) -> list[str]:
    """The unique-ids that are left."""
    maildrop = store.open("ann")
    maildrop.delete(uids)
    maildrop.close()
    maildrop = store.open("ann")
    maildrop.close()
    return [entry.uid for entry in maildrop.snapshot.entries]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a", "b", "c"):
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


def test_what_is_hidden_is_left_alone_and_forgotten_with_the_store(folder: Path) -> None:
    store = FolderStore(str(folder), on_delete="hide")
    assert delete(store, "a", "c") == ["b"]
    assert delete(store, "b") == []
    assert sorted(path.name for path in folder.iterdir()) == ["a", "b", "c"]
    assert delete(FolderStore(str(folder), on_delete="hide")) == ["a", "b", "c"]


def test_another_file_of_a_hidden_name_is_another_message(folder: Path) -> None:
    store = FolderStore(str(folder), on_delete="hide")
    assert delete(store, "a") == ["b", "c"]
    (folder / "a").write_bytes(b"another")
    assert delete(store) == ["a", "b", "c"]


def test_hidden_among_many(tmp_path: Path) -> None:
    for number in range(150):
        (tmp_path / f"{number:03}").touch()
    store = FolderStore(str(tmp_path), on_delete="hide")
    for _ in range(3):
        assert len(delete(store)) == 150
    assert len(delete(store, "000", "149")) == 148
    assert len(delete(store, "001")) == 147
    (tmp_path / "150").touch()
    assert len(delete(store)) == 148


def test_a_hidden_message_stays_hidden_when_its_flags_change(tmp_path: Path) -> None:
    for name in ("new", "cur"):
        (tmp_path / name).mkdir()
    (tmp_path / "new" / "1.a.host").touch()
    store = MaildirStore(str(tmp_path), on_delete="hide")
    assert delete(store, "1.a.host") == []
    (tmp_path / "new" / "1.a.host").rename(tmp_path / "cur" / "1.a.host:2,S")
    assert delete(store) == []


def test_the_trash_keeps_all_even_of_one_name(folder: Path) -> None:
    store = FolderStore(str(folder), on_delete="trash")
    assert delete(store, "a", "c") == ["b"]
    (folder / "a").write_bytes(b"another")
    assert delete(store, "a") == ["b"]
    thrown = {path.name: path.read_bytes() for path in (folder / TRASH_FOLDER).iterdir()}
    assert thrown == {"a": b"a", "a.1": b"another", "c": b"c"}


def test_the_trash_of_a_maildir_is_a_folder_of_it(tmp_path: Path) -> None:
    for name in ("new", "cur"):
        (tmp_path / name).mkdir()
    (tmp_path / "cur" / "1.a.host:2,S").write_bytes(b"a")
    assert delete(MaildirStore(str(tmp_path), on_delete="trash"), "1.a.host") == []
    assert (tmp_path / TRASH_FOLDER / "cur" / "1.a.host:2,S").read_bytes() == b"a"


@pytest.mark.parametrize("link", [True, False])
def test_p149_where_there_can_be_no_trash_nothing_goes(folder: Path, link: bool) -> None:
    if link:
        (folder / TRASH_FOLDER).symlink_to("/tmp")
    else:
        (folder / TRASH_FOLDER).write_bytes(b"")
    store = FolderStore(str(folder), on_delete="trash")
    maildrop = store.open("ann")
    with pytest.raises(StoreFailed, match="not removed"):
        maildrop.delete(["a"])
    maildrop.close()
    assert delete(store) == ["a", "b", "c"]


def test_what_was_to_be_thrown_away_is_not_unlinked_by_another_setting(folder: Path) -> None:
    """A journal that a kill left says itself where the files are to go."""
    maildrop = FolderStore(str(folder), on_delete="trash").open("ann")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pop3lab.stores.journal._put_away", None)
        with pytest.raises(TypeError):
            maildrop.delete(["b"])
    maildrop.close()
    assert delete(FolderStore(str(folder))) == ["a", "c"]
    assert (folder / TRASH_FOLDER / "b").read_bytes() == b"b"
