"""A journal that is none of ours: one sentence for the operator, and nothing is done by it."""

import json
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from pop3lab.core.errors import MaildropDamaged, StoreFailed
from pop3lab.core.maildrop import Store
from pop3lab.stores.folder import FolderStore
from pop3lab.stores.journal import JOURNAL_NAME, MAX_JOURNAL
from pop3lab.stores.maildir import MaildirStore
from tests.dialogue import play, session
from tests.failures import Failures


def signed(text: str | bytes) -> bytes:
    octets = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return sha256(octets).hexdigest().encode() + b"\n" + octets


def row(name: object = "a", *fields: object) -> str:
    return json.dumps([[name, *(fields or (1, 2, 3, 4))]])


DAMAGED = {
    "empty": b"",
    "a line": b"\n",
    "junk": b"junk\njunk\n",
    "not whole": signed(row())[:-3],
    "another digest": b"0" * 64 + b"\n" + row().encode(),
    "no JSON": signed("{"),
    "null": signed("null"),
    "a number": signed("[1]"),
    "no files": signed('{"a": 1}'),
    "a row too short": signed("[[1, 2]]"),
    "a row too long": signed(row("a", 1, 2, 3, 4, 5)),
    "a name that is a number": signed(row(1)),
    "a size that is a text": signed(row("a", 1, "2", 3)),
    "a time that is no number": signed('[["a", 1, 2, NaN, Infinity]]'),
    "a number without end": signed(f'[["a", 1, 2, {"9" * 10_000}]]'),
    "a truth": signed('[["a", true, 2, 3]]'),
    "NUL": signed(row("a\0b")),
    "surrogates": signed(row("\ud800")),
    "octets that are no UTF-8": signed(b'[["\xff", 1, 2, 3]]'),
    "deep": signed("[" * 200_000),
    "deep and closed": signed("[" * 200_000 + "]" * 200_000),
    "no name": signed(row("")),
    "the folder": signed(row(".")),
    "what is above": signed(row("../outside")),
    "above, through a folder": signed(row("cur/../../outside")),
    "an absolute path": signed(row("/etc/passwd")),
    "hidden": signed(row(".hidden")),
    "hidden in cur": signed(row("cur/.hidden")),
    "another trash": signed('{"files": [], "trash": ["..", "outside"]}'),
    "a trash that is a number": signed('{"files": [], "trash": 1}'),
}


@pytest.fixture(params=["folder", "Maildir"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    root = tmp_path / "box"
    root.mkdir()
    if request.param == "folder":
        (root / "a").write_bytes(b"x\r\n")
        (root / ".hidden").write_bytes(b"x\r\n")
        return FolderStore(str(root))
    for name in ("new", "cur", "tmp"):
        (root / name).mkdir()
    (root / "cur" / "a:2,S").write_bytes(b"x\r\n")
    return MaildirStore(str(root))


def files(path: Path) -> set[Path]:
    return {file for file in path.rglob("*") if not file.is_dir()}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_sentence_and_sys_perm_and_nothing_is_touched(
    tmp_path: Path, store: Store, damage: str
) -> None:
    journal = tmp_path / "box" / JOURNAL_NAME
    (tmp_path / "outside").write_bytes(b"x\r\n")
    journal.write_bytes(DAMAGED[damage])
    before = files(tmp_path)
    failures = Failures()
    play(
        session(store, sink=failures),
        """
        S: +OK ...
        C: USER ann
        S: +OK ...
        C: PASS secret
        (offload)
        S: -ERR [SYS/PERM] the maildrop can't be opened
        C: USER ann
        S: +OK ...
        C: PASS secret
        (offload)
        S: -ERR [SYS/PERM] the maildrop can't be opened
        """,
        greet=True,
    )
    assert len(failures.reasons) == 2
    for reason in failures.reasons:
        assert reason.startswith(f"{journal} ")
        assert "remove it" in reason
    assert files(tmp_path) == before
    journal.unlink()
    store.open("ann").close()


def link(path: Path) -> None:
    path.symlink_to("a")


def larger_than_any(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(MAX_JOURNAL + 1)


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, link, larger_than_any])
def test_what_is_no_file_or_too_large_is_not_read(
    tmp_path: Path,
    store: Store,
    make: Callable[[Path], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make(tmp_path / "box" / JOURNAL_NAME)
    before = len(os.listdir("/proc/self/fd"))
    monkeypatch.setattr(os, "read", None)
    for _ in range(3):
        with pytest.raises(MaildropDamaged):
            store.open("ann")
    assert len(os.listdir("/proc/self/fd")) == before


def test_one_that_comes_in_a_session_stops_its_deletion(tmp_path: Path, store: Store) -> None:
    maildrop = store.open("ann")
    (tmp_path / "box" / JOURNAL_NAME).write_bytes(DAMAGED["NUL"])
    with pytest.raises(StoreFailed, match="not removed"):
        maildrop.delete(["a"])
    maildrop.close()
    assert {file.name[0] for file in files(tmp_path)} >= {"a"}


def test_one_that_cannot_be_opened_may_be_later(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x\r\n")
    (tmp_path / JOURNAL_NAME).write_bytes(signed("[]"))
    store = FolderStore(str(tmp_path))
    really_open = os.open

    def refuse(path: str, *rest: int, **named: int) -> int:
        if path == JOURNAL_NAME:
            raise OSError(5, "EIO")
        return really_open(path, *rest, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "open", refuse)
        with pytest.raises(StoreFailed) as failed:
            store.open("ann")
    assert failed.value.code == "SYS/TEMP"
    store.open("ann").close()


def test_more_files_than_a_journal_holds_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"x\r\n")
    maildrop = FolderStore(str(tmp_path)).open("ann")
    monkeypatch.setattr("pop3lab.stores.journal.MAX_JOURNAL", 100)
    with pytest.raises(StoreFailed, match="not removed"):
        maildrop.delete(["a", "b"])
    maildrop.close()
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]
