"""What is counted once is not read again, and what could not be read counts for nothing."""

import os
from pathlib import Path

import pytest

from pop3lab.core.errors import NotWanted, StoreFailed
from pop3lab.core.maildrop import wanted_while
from pop3lab.stores.file_identity import FileIdentity
from pop3lab.stores.folder import FolderStore
from pop3lab.stores.line_endings import crlf_octets, to_crlf
from pop3lab.stores.maildrop_folder import MaildropFolder
from pop3lab.stores.message_cache import OctetCounts

FILE = FileIdentity("a", 1, 10, 1, 1)


@pytest.fixture
def root(tmp_path: Path) -> int:
    return os.open(tmp_path, os.O_RDONLY)


def test_a_file_is_counted_once_whatever_its_name(root: int) -> None:
    counts = OctetCounts()
    assert counts.get(root, FILE, lambda: 12) == 12
    assert counts.get(root, FILE._replace(name="b"), lambda: 13) == 12
    for changed in ({"inode": 2}, {"octets": 11}, {"mtime_ns": 2}, {"ctime_ns": 2}):
        assert counts.get(root, FILE._replace(**changed), lambda: 14) == 14  # type: ignore[arg-type]


def test_what_fails_is_not_kept(root: int) -> None:
    def fail() -> int:
        raise StoreFailed("the message can't be read")

    counts = OctetCounts()
    with pytest.raises(StoreFailed):
        counts.get(root, FILE, fail)
    assert counts.get(root, FILE, lambda: 12) == 12


def test_no_more_are_kept_than_so_many(root: int) -> None:
    counts = OctetCounts(most=2)
    for inode in (1, 2, 3):
        counts.get(root, FILE._replace(inode=inode), lambda: 12)
    assert counts.get(root, FILE._replace(inode=3), lambda: 13) == 12
    assert counts.get(root, FILE, lambda: 13) == 13


@pytest.mark.parametrize(
    "text", [b"", b"\n", b"\r", b"\r\n", b"a", b"a\n", b"a\r\nb\n\r\n", b"\n\r", b"a\r\r\nb\r"]
)
def test_as_many_are_counted_as_are_sent_wherever_the_text_is_cut(text: bytes) -> None:
    sent = sum(map(len, to_crlf([text])))
    for first in range(len(text) + 1):
        for second in range(first, len(text) + 1):
            assert crlf_octets([text[:first], text[first:second], text[second:]]) == sent


def test_another_store_need_not_read_what_one_has_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"one\ntwo\n")
    FolderStore(str(tmp_path)).open("ann").close()
    monkeypatch.setattr("pop3lab.stores.lister.read_pieces", None)
    maildrop = FolderStore(str(tmp_path)).open("bob")
    assert maildrop.snapshot.octets == len(b"one\r\ntwo\r\n")
    maildrop.close()


def test_who_has_left_is_not_worked_for_and_what_was_counted_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abcd":
        (tmp_path / name).write_bytes(name.encode())
    asked = 0

    def wanted() -> bool:
        nonlocal asked
        asked += 1
        return asked < 7  # each of four names is looked at, then each text is counted

    store = FolderStore(str(tmp_path))
    with wanted_while(wanted), pytest.raises(NotWanted):
        store.open("ann")
    opened = []

    def read(place: MaildropFolder, file: FileIdentity) -> list[bytes]:
        opened.append(file.name)
        return [b""]

    monkeypatch.setattr("pop3lab.stores.lister.read_pieces", read)
    store.open("ann").close()  # it is not locked
    assert opened == ["c", "d"]
