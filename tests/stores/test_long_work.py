"""Work in a thread lets others go on."""

import gc
import time
from pathlib import Path

import pytest

from pop3lab.core.errors import NotWanted
from pop3lab.core.maildrop import wanted_while
from pop3lab.stores import long_work as breathing
from pop3lab.stores.folder import FolderStore
from pop3lab.stores.folder_changes import FolderChanges
from pop3lab.stores.long_work import checkpoint, without_full_collections


def test_who_works_for_long_gives_the_lock_away_and_who_does_not_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = 100.0
    given: list[float] = []

    class Time:
        monotonic = staticmethod(lambda: clock)
        sleep = staticmethod(given.append)

    monkeypatch.setattr(breathing, "time", Time)
    monkeypatch.setattr(breathing._release, "due", 0.0)
    checkpoint()
    checkpoint()
    assert given == [0]
    clock += 0.002
    checkpoint()
    assert given == [0, 0]


def test_nobody_works_for_who_has_left() -> None:
    with wanted_while(lambda: True):
        checkpoint()
        with wanted_while(lambda: False), pytest.raises(NotWanted):
            checkpoint()
        checkpoint()
    checkpoint()


def test_full_collections_wait_for_the_last_but_those_of_young_objects_do_not() -> None:
    usual = gc.get_threshold()
    with without_full_collections():
        with without_full_collections():
            assert gc.get_threshold()[2] > 1_000_000
        assert gc.get_threshold()[2] > 1_000_000
        assert gc.get_threshold()[:2] == usual[:2]
    assert gc.get_threshold() == usual


def test_full_collections_do_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = gc.get_threshold()
    began = time.monotonic()
    with without_full_collections():
        monkeypatch.setattr(time, "monotonic", lambda: began + 60)
        with without_full_collections():
            pass  # another that overlaps
        assert gc.get_threshold() == usual
    assert gc.get_threshold() == usual


def test_very_many_messages_are_no_matter_of_later_collections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pop3lab.stores.file_store._VERY_MANY", 3)
    gc.unfreeze()
    for number, exempt in ((3, False), (4, True)):
        for name in range(number):
            (tmp_path / f"{name}").touch()
        FolderStore(str(tmp_path)).open("ann").close()
        assert (gc.get_freeze_count() > 0) is exempt
    gc.unfreeze()


def test_nor_is_anything_else_where_each_login_looks_at_all_of_them_and_finds_them_unchanged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pop3lab.stores.file_store._VERY_MANY", 3)
    monkeypatch.setattr(FolderChanges, "watch", lambda self, folders: "")
    for name in range(4):
        (tmp_path / f"{name}").touch()
    store = FolderStore(str(tmp_path))
    (tmp_path / "link").symlink_to("0")  # so that all are listed each time
    store.open("ann").close()
    gc.unfreeze()
    store.open("ann").close()
    assert gc.get_freeze_count() == 0
