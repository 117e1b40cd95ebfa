"""Users who are known, and have no mail yet."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pop3lab.core.errors import ConfigError, NoMaildrop, StoreFailed
from pop3lab.core.maildrop import Store
from pop3lab.stores.factory import create_store
from pop3lab.stores.file_store import OnDelete

from .test_factory import a_folder, a_maildir, an_mbox, count, first

HOWS: list[OnDelete] = ["unlink", "hide", "trash"]
KINDS = [(a_folder, b"folder\r\n"), (a_maildir, b"maildir\r\n"), (an_mbox, b"mbox\r\n")]


def everything(top: Path) -> list[Path]:
    return sorted(top.rglob("*"))


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("template", ["home/{user}/Maildir", "spool/{user}", "home/{user}/a/b"])
def test_the_maildrop_is_empty_and_nothing_is_made(
    tmp_path: Path, template: str, how: OnDelete
) -> None:
    (tmp_path / "home" / "ann" / "a").mkdir(parents=True)
    (tmp_path / "spool").mkdir()
    before = everything(tmp_path)
    store = create_store(f"{tmp_path}/{template}", on_delete=how)
    for _ in range(2):
        maildrop = store.open("ann")
        assert maildrop.snapshot.entries == []
        assert not maildrop.delete_waits([])
        maildrop.delete([])
        maildrop.close()
        maildrop.close()
    assert everything(tmp_path) == before


@pytest.mark.parametrize("template", ["home/{user}/Maildir", "home/ben/{user}/x/Maildir"])
def test_without_the_folder_above_there_is_no_maildrop(tmp_path: Path, template: str) -> None:
    (tmp_path / "home" / "ben").mkdir(parents=True)
    (tmp_path / "home" / "ben" / "ann").mkdir()
    store = create_store(f"{tmp_path}/{template}")
    for _ in range(2):
        with pytest.raises(NoMaildrop, match="no maildrop for this user"):
            store.open("ann")


@pytest.mark.parametrize(("make", "text"), KINDS)
@pytest.mark.parametrize("own", [False, True], ids=["template", "own"])
def test_what_is_delivered_is_there_at_the_next_login(
    tmp_path: Path, make: Callable[[Path], Path], text: bytes, own: bool
) -> None:
    (tmp_path / "ann").mkdir()
    path = tmp_path / "ann" / "mail"
    target_for = {"ann": str(path)} if own else {}
    store = create_store(f"{tmp_path}/{{user}}/mail", target_for=target_for)
    assert count(store) == 0
    during = store.open("ann")
    make(path)
    assert during.snapshot.entries == []
    assert first(store) == text
    during.close()


def test_nothing_is_locked_where_nothing_can_be_changed(tmp_path: Path) -> None:
    store = create_store(f"{tmp_path}/{{user}}")
    one = store.open("ann")
    two = store.open("ann")
    one.close()
    two.close()


@pytest.mark.parametrize("there", ["new", "cur"])
@pytest.mark.parametrize("target", ["{user}", "ann"])
def test_a_maildir_that_is_being_made(tmp_path: Path, there: str, target: str) -> None:
    path = tmp_path / "ann"
    (path / "tmp").mkdir(parents=True)
    store = create_store(f"{tmp_path}/{target}")
    assert count(store) == 0
    (path / there).mkdir()
    (path / there / "1.1.host").write_bytes(b"1\n")
    assert first(store) == b"1\r\n"
    other = {"new": "cur", "cur": "new"}[there]
    (path / other).mkdir()
    (path / other / "0.1.host").write_bytes(b"0\n")
    assert first(store) == b"0\r\n"
    assert count(store) == 2


def test_a_folder_of_messages_may_have_a_folder_called_new(tmp_path: Path) -> None:
    a_folder(tmp_path / "ann")
    (tmp_path / "ann" / "new").mkdir()
    assert first(create_store(str(tmp_path / "ann"))) == b"folder\r\n"


def test_a_maildrop_for_all_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be opened"):
        create_store(str(tmp_path / "nowhere"))
    (tmp_path / "dangling").symlink_to("nowhere")
    with pytest.raises(ConfigError, match="can't be opened"):
        create_store(str(tmp_path / "dangling"))


def test_a_maildrop_of_ones_own_may_be_reached_by_a_link(tmp_path: Path) -> None:
    (tmp_path / "dangling").symlink_to("nowhere")
    store = create_store("memory:", target_for={"ann": str(tmp_path / "dangling")})
    assert count(store) == 0
    a_folder(tmp_path / "nowhere")
    assert first(store) == b"folder\r\n"


@pytest.mark.parametrize("what", ["message", "mbox"])
def test_what_turns_out_to_be_no_maildrop(tmp_path: Path, what: str) -> None:
    store: Store = create_store(f"{tmp_path}/{{user}}", on_delete="trash")
    assert count(store) == 0
    path = an_mbox(tmp_path / "ann")
    if what == "message":
        path.write_bytes(b"Subject: no From_ line\r\n\r\n")
        store = create_store(f"{tmp_path}/{{user}}")
    with pytest.raises(StoreFailed):
        store.open("ann")
    os.unlink(path)
    assert count(store) == 0
