"""An error of a store is told with the user and the path of the maildrop."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pop3lab.core.events import StoreError
from pop3lab.core.maildrop import Maildrop, Snapshot, Store
from pop3lab.stores.factory import create_store
from pop3lab.stores.memory import MemoryStore
from tests.dialogue import ACCOUNTS, done, fed, session
from tests.keeping import Keeps

TEXT = b"Subject: one\n\nhello\n"


def folder(path: Path) -> str:
    path.mkdir()
    (path / "1").write_bytes(TEXT)
    return str(path)


def maildir(path: Path) -> str:
    for part in ("new", "cur", "tmp"):
        (path / part).mkdir(parents=True)
    (path / "new" / "1").write_bytes(TEXT)
    return str(path)


def mbox(path: Path) -> str:
    path.write_bytes(b"From ann Thu Jan  1 00:00:00 1970\n" + TEXT)
    return str(path)


Make = Callable[[Path], str]


def told(store: Store, after_login: Callable[[], None]) -> StoreError:
    sink = Keeps()
    played = session(store, sink=sink, users=ACCOUNTS)
    done(fed(played, b"USER ann\r\nPASS secret\r\n"))
    after_login()
    done(fed(played, b"RETR 1\r\nDELE 1\r\nQUIT\r\n"))
    played.session_ended("closed")
    return next(event for event in sink.events if isinstance(event, StoreError))


def emptied(path: Path) -> None:
    for file in [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]:
        with open(file, "r+b") as open_file:
            open_file.truncate(3)


@pytest.mark.parametrize("make", [folder, maildir, mbox])
@pytest.mark.parametrize("target", ["one", "{user}", "own"])
def test_a_message_that_fails(tmp_path: Path, make: Make, target: str) -> None:
    path = tmp_path / "ann"
    make(path)
    targets = {"one": str(path), "{user}": str(tmp_path / "{user}"), "own": "memory:"}
    own = {"ann": str(path)} if target == "own" else None
    error = told(create_store(targets[target], target_for=own), lambda: emptied(path))
    assert (error.user, error.path) == ("ann", str(path))
    assert error.sentence.startswith(f"session 7 of ann: {path}: ")


@pytest.mark.parametrize("make", [folder, maildir, mbox])
@pytest.mark.parametrize("target", ["ann", "{user}"])
def test_a_maildrop_that_fails_at_login(tmp_path: Path, make: Make, target: str) -> None:
    path = tmp_path / "ann"
    make(path)
    store = create_store(str(tmp_path / target))
    os.rename(path, tmp_path / "elsewhere")
    os.symlink(tmp_path / "elsewhere", path)
    error = told(store, lambda: None)
    assert (error.user, error.path) == ("ann", str(path))


class _LeavesOut(MemoryStore):
    def open(self, user: str) -> Maildrop:
        maildrop = super().open(user)
        maildrop.snapshot = Snapshot([], ["'2' is left out: it is on fire"])  # type: ignore[misc]
        return maildrop

    def path_of(self, user: str) -> str:
        return f"/mail/{user}"


def test_a_message_that_is_left_out() -> None:
    error = told(_LeavesOut(), lambda: None)
    assert error.sentence == "session 7 of ann: /mail/ann: '2' is left out: it is on fire"


def test_a_store_without_paths_has_none() -> None:
    error = StoreError(3, "the disk is full")
    assert error.sentence == "session 3: the disk is full"
