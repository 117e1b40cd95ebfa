"""A message that can't be read at one login: it is left out of that session, and said to be."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from io import FileIO
from pathlib import Path
from typing import Any

import pytest

from pop3lab.core.maildrop import Store
from pop3lab.stores.folder import FolderStore
from pop3lab.stores.maildir import MaildirStore
from tests.dialogue import play, session
from tests.failures import Failures

TEXTS = {"1": b"one\n", "2": b"two\n", "3": b"three\n"}


@pytest.fixture(params=["folder", "maildir"])
def box(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Store, Path]:
    folder = tmp_path
    if request.param == "maildir":
        for name in ("new", "cur", "tmp"):
            (tmp_path / name).mkdir()
        folder = tmp_path / "new"
    for name, text in TEXTS.items():
        (folder / name).write_bytes(text)
    store: Store = MaildirStore(str(tmp_path)) if folder != tmp_path else FolderStore(str(tmp_path))
    return store, folder


@contextmanager
def refused_opening(name: str) -> Iterator[None]:
    """As by a mode, which root does not feel."""
    really_open = os.open

    def refuse(path: str, *rest: int, **named: int) -> int:
        if path == name:
            raise PermissionError(13, "Permission denied", path)
        return really_open(path, *rest, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "open", refuse)
        yield


@contextmanager
def refused_reading(name: str) -> Iterator[None]:
    """EIO in the middle."""

    class Broken(FileIO):
        def read(self, octets: int | None = -1, /) -> bytes:
            read = super().read(octets) or b""
            if read == TEXTS[name]:
                raise OSError(5, "Input/output error")
            return read

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pop3lab.stores.file_maildrop.FileIO", Broken)
        yield


@contextmanager
def refused_looking(name: str) -> Iterator[None]:
    really_stat = os.stat

    def refuse(path: str, *rest: Any, **named: Any) -> os.stat_result:
        if path == name:
            raise OSError(5, "Input/output error", path)
        return really_stat(path, *rest, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "stat", refuse)
        yield


Trouble = Callable[[str], AbstractContextManager[None]]


@pytest.mark.parametrize("trouble", [refused_opening, refused_reading, refused_looking])
def test_it_is_left_out_named_and_back_at_the_next_login(
    box: tuple[Store, Path], trouble: Trouble
) -> None:
    store, folder = box
    failures = Failures()
    with trouble("2"):
        play(
            session(store, sink=failures),
            """
            S: +OK ...
            C: USER ann
            S: +OK ...
            C: PASS secret
            (offload)
            S: +OK ...
            C: UIDL
            S: +OK ...
            S: 1 1
            S: 2 3
            S: .
            C: QUIT
            S: +OK ...
            (close)
            """,
            greet=True,
        )
    (reason,) = failures.reasons
    assert "2' is left out" in reason
    assert (folder / "2").exists()
    play(
        session(store, sink=failures),
        """
        S: +OK ...
        C: USER ann
        S: +OK ...
        C: PASS secret
        (offload)
        S: +OK ...
        C: LIST 2
        S: +OK 2 5
        C: RETR 2
        S: +OK 5 octets
        S: two
        S: .
        """,
        greet=True,
    )
    assert len(failures.reasons) == 1


def test_a_large_folder_that_is_not_looked_at_anew_is_where_something_was_left_out(
    tmp_path: Path,
) -> None:
    for number in range(150):
        (tmp_path / f"{number:03}").write_bytes(b"x\n")
    store = FolderStore(str(tmp_path))

    def count() -> int:
        maildrop = store.open("ann")
        maildrop.close()
        return len(maildrop.snapshot.entries)

    with refused_opening("007"):
        assert [count(), count()] == [149, 149]
    assert [count(), count()] == [150, 150]


def test_of_very_many_only_some_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(50):
        (tmp_path / f"{number:03}").write_bytes(b"x\n")
    monkeypatch.setattr("pop3lab.stores.file_maildrop.FileIO", _Broken)
    maildrop = FolderStore(str(tmp_path)).open("ann")
    maildrop.close()
    assert len(maildrop.snapshot.entries) == 0
    assert len(maildrop.snapshot.left_out) == 21
    assert "30 more messages" in maildrop.snapshot.left_out[-1]


class _Broken(FileIO):
    def read(self, octets: int | None = -1, /) -> bytes:
        raise OSError(5, "Input/output error")


def test_one_that_goes_while_the_list_is_made_is_not_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("1", "2"):
        (tmp_path / name).write_bytes(b"x\n")

    class Late(FileIO):
        def __init__(self, descriptor: int) -> None:
            super().__init__(descriptor)
            (tmp_path / "2").unlink(missing_ok=True)

    monkeypatch.setattr("pop3lab.stores.file_maildrop.FileIO", Late)
    maildrop = FolderStore(str(tmp_path)).open("ann")
    maildrop.close()
    assert [entry.uid for entry in maildrop.snapshot.entries] == ["1"]
    assert maildrop.snapshot.left_out == []


def test_a_message_that_is_written_while_it_is_counted_comes_at_the_next_login(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "1").write_bytes(b"beginning\n")

    class Written(FileIO):
        def __init__(self, descriptor: int) -> None:
            super().__init__(descriptor)
            with (tmp_path / "1").open("ab") as file:
                file.write(b"end\n")

    store = FolderStore(str(tmp_path))
    with monkeypatch.context() as patch:
        patch.setattr("pop3lab.stores.file_maildrop.FileIO", Written)
        maildrop = store.open("ann")
        assert list(maildrop.snapshot.entries) == []
        maildrop.close()
    maildrop = store.open("ann")
    (entry,) = maildrop.snapshot.entries
    assert b"".join(maildrop.read("1")) == b"beginning\r\nend\r\n"
    assert entry.octets == len(b"beginning\r\nend\r\n")
    maildrop.close()
