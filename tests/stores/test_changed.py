"""Files that are changed in a session: never is another text deleted than that of the login."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pop3lab.core.errors import MessageGone, StoreFailed
from pop3lab.core.maildrop import Maildrop, Store
from pop3lab.files.reading import READ_SIZE
from pop3lab.stores.file_store import OnDelete
from pop3lab.stores.folder import FolderStore
from pop3lab.stores.maildir import MaildirStore
from tests.dialogue import ONE, TWO, done, fed, sent, session
from tests.stores.changing import (
    NEW,
    OLD,
    OTHER_CHANGES,
    TEXT_CHANGES,
    Change,
    hard_link,
    in_place,
    read,
)

NOT_REMOVED = "some deleted messages not removed"
UID, OTHER_UID = "1", "2"


class Box:
    """Two messages. path: of the first."""

    def __init__(self, kind: str, root: Path, on_delete: OnDelete = "unlink") -> None:
        self.root = root
        self.folder = root
        if kind == "maildir":
            for name in ("new", "cur", "tmp"):
                (root / name).mkdir()
            self.folder = root / "cur"
        info = ":2," if kind == "maildir" else ""
        self.path = self.folder / f"{UID}{info}"
        self.other = self.folder / f"{OTHER_UID}{info}"
        self.path.write_bytes(OLD)
        self.other.write_bytes(b"other\r\n")
        make: Callable[..., Store] = MaildirStore if kind == "maildir" else FolderStore
        self.store = make(str(root), on_delete=on_delete)

    def age(self) -> None:
        """As if the messages had been there for long, and their clocks stood still."""
        for path in (self.path, self.other):
            os.utime(path, ns=(10**18, 10**18))

    def names(self) -> set[str]:
        return {path.name for path in self.folder.iterdir() if path.name[0] != "."} - {"cur"}


@pytest.fixture(params=["folder", "maildir"])
def box(request: pytest.FixtureRequest, tmp_path: Path) -> Box:
    made = Box(request.param, tmp_path)
    made.age()
    return made


def retrieve(maildrop: Maildrop, uid: str) -> bytes:
    return b"".join(maildrop.read(uid))


@pytest.mark.parametrize("retrieved", [True, False], ids=["retrieved", "unseen"])
@pytest.mark.parametrize("change", TEXT_CHANGES)
def test_another_text_is_kept_whatever_was_marked(
    box: Box, change: Change, retrieved: bool
) -> None:
    maildrop = box.store.open("ann")
    if retrieved:
        assert retrieve(maildrop, UID) == OLD
    change(box.path)
    now = box.path.read_bytes()
    with pytest.raises(StoreFailed, match=NOT_REMOVED):
        maildrop.delete([UID, OTHER_UID])
    maildrop.close()
    assert box.path.read_bytes() == now != OLD
    assert box.names() == {box.path.name, box.other.name}
    again = box.store.open("ann")
    assert retrieve(again, UID).startswith(now)
    again.delete([UID, OTHER_UID])
    again.close()
    assert box.names() == set()


@pytest.mark.parametrize("retrieved", [True, False], ids=["retrieved", "unseen"])
@pytest.mark.parametrize("change", TEXT_CHANGES)
def test_another_text_is_never_sent_as_the_one_that_was_listed(
    box: Box, change: Change, retrieved: bool
) -> None:
    maildrop = box.store.open("ann")
    if retrieved:
        assert retrieve(maildrop, UID) == OLD
    change(box.path)
    for _ in range(2):
        with pytest.raises(StoreFailed):
            retrieve(maildrop, UID)
    maildrop.close()


@pytest.mark.parametrize("change", [*OTHER_CHANGES, read])
def test_the_same_text_is_deleted_after_it_was_retrieved(box: Box, change: Change) -> None:
    maildrop = box.store.open("ann")
    assert retrieve(maildrop, UID) == OLD
    change(box.path)
    assert retrieve(maildrop, UID) == OLD
    change(box.other)
    assert retrieve(maildrop, UID) == OLD
    maildrop.delete([UID])
    maildrop.close()
    assert box.names() == {box.other.name}


def begun_otherwise(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(NEW)


@pytest.mark.parametrize(("change", "same"), [(hard_link, True), (begun_otherwise, False)])
def test_a_long_text_is_compared_while_it_is_sent(
    box: Box, change: Change, same: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were it read before, as a short one is, all others would wait."""
    box.path.write_bytes(OLD + b"line\r\n" * READ_SIZE)
    box.age()
    maildrop = box.store.open("ann")
    whole = retrieve(maildrop, UID)
    change(box.path)
    box.age()
    with monkeypatch.context() as patch:
        patch.setattr("pop3lab.stores.file_maildrop.FileMaildrop._digest", None)
        pieces = iter(maildrop.read(UID))
        assert len(next(pieces)) < len(whole) / 2
        if same:
            assert whole.endswith(b"".join(pieces))
        else:
            with pytest.raises(StoreFailed):
                list(pieces)
    maildrop.close()


@pytest.mark.parametrize("change", OTHER_CHANGES)
def test_what_was_not_retrieved_is_kept_once_if_its_text_may_have_changed(
    box: Box, change: Change
) -> None:
    maildrop = box.store.open("ann")
    change(box.path)
    with pytest.raises(StoreFailed, match=NOT_REMOVED):
        maildrop.delete([UID])
    maildrop.close()
    again = box.store.open("ann")
    again.delete([UID])
    again.close()
    assert box.names() == {box.other.name}


def test_what_was_not_retrieved_is_deleted(box: Box) -> None:
    maildrop = box.store.open("ann")
    read(box.path)
    maildrop.delete([UID])
    maildrop.close()
    assert box.names() == {box.other.name}


def test_the_operator_is_told_which_it_was(box: Box) -> None:
    maildrop = box.store.open("ann")
    in_place(box.path)
    with pytest.raises(StoreFailed) as failed:
        maildrop.delete([UID])
    maildrop.close()
    assert str(box.root) in str(failed.value.__cause__)
    assert box.path.name in str(failed.value.__cause__)


def test_what_others_have_removed_is_gone(box: Box) -> None:
    maildrop = box.store.open("ann")
    assert retrieve(maildrop, UID) == OLD
    box.path.unlink()
    for _ in range(2):
        with pytest.raises(MessageGone):
            maildrop.read(UID)
    maildrop.delete([UID, OTHER_UID])
    maildrop.close()
    assert box.names() == set()


@pytest.mark.parametrize("text", [OLD, b"line\n" * READ_SIZE])
@pytest.mark.parametrize("info", ["S", "RS"])
def test_a_maildir_file_renamed_for_its_flags_is_no_change(
    tmp_path: Path, text: bytes, info: str
) -> None:
    box = Box("maildir", tmp_path)
    box.path.write_bytes(text)
    box.age()
    maildrop = box.store.open("ann")
    whole = retrieve(maildrop, UID)
    for path in (box.path, box.other):
        path.rename(path.with_name(f"{path.name}{info}"))
    assert retrieve(maildrop, UID) == whole
    maildrop.delete([UID, OTHER_UID])
    maildrop.close()
    assert box.names() == set()


@pytest.mark.parametrize("change", TEXT_CHANGES)
def test_a_maildir_file_renamed_after_its_text_was_changed(tmp_path: Path, change: Change) -> None:
    box = Box("maildir", tmp_path)
    box.age()
    maildrop = box.store.open("ann")
    assert retrieve(maildrop, UID) == OLD
    change(box.path)
    renamed = box.path.rename(box.path.with_name(f"{UID}:2,S"))
    with pytest.raises(StoreFailed, match=NOT_REMOVED):
        maildrop.delete([UID])
    maildrop.close()
    assert renamed.read_bytes() != OLD


def test_of_two_maildir_files_with_one_unique_part_the_one_that_is_gone_is_gone(
    tmp_path: Path,
) -> None:
    box = Box("maildir", tmp_path)
    twin = box.path.with_name(f"{UID}:2,S")
    twin.write_bytes(b"twin\r\n")
    maildrop = box.store.open("ann")
    uids = [entry.uid for entry in maildrop.snapshot.entries]
    texts = {retrieve(maildrop, uid): uid for uid in uids}
    box.path.unlink()
    maildrop.delete([texts[OLD]])
    maildrop.close()
    assert box.names() == {twin.name, box.other.name}


@pytest.mark.parametrize("on_delete", ["hide", "trash"])
@pytest.mark.parametrize("kind", ["folder", "maildir"])
@pytest.mark.parametrize("change", TEXT_CHANGES)
def test_neither_is_another_text_hidden_or_thrown_away(
    tmp_path: Path, change: Change, kind: str, on_delete: OnDelete
) -> None:
    box = Box(kind, tmp_path, on_delete)
    box.age()
    maildrop = box.store.open("ann")
    assert retrieve(maildrop, UID) == OLD
    change(box.path)
    with pytest.raises(StoreFailed, match=NOT_REMOVED):
        maildrop.delete([UID])
    maildrop.close()
    again = box.store.open("ann")
    assert [entry.uid for entry in again.snapshot.entries] == [UID, OTHER_UID]
    again.close()


def test_a_text_that_takes_the_place_of_a_hidden_one_is_shown(tmp_path: Path) -> None:
    box = Box("folder", tmp_path, "hide")
    box.age()
    for _ in range(2):
        maildrop = box.store.open("ann")
        assert [entry.uid for entry in maildrop.snapshot.entries] == [UID, OTHER_UID]
        maildrop.delete([UID])
        maildrop.close()
        hidden = box.store.open("ann")
        assert [entry.uid for entry in hidden.snapshot.entries] == [OTHER_UID]
        hidden.close()
        TEXT_CHANGES[1](box.path)


@pytest.mark.parametrize("change", OTHER_CHANGES)
def test_what_was_hidden_in_the_state_that_it_had_then_stays_hidden(
    tmp_path: Path, change: Change
) -> None:
    box = Box("folder", tmp_path, "hide")
    maildrop = box.store.open("ann")
    assert retrieve(maildrop, UID) == OLD
    change(box.path)
    maildrop.delete([UID])
    maildrop.close()
    again = box.store.open("ann")
    assert [entry.uid for entry in again.snapshot.entries] == [OTHER_UID]
    again.close()


def test_a_clock_too_coarse_to_show_a_change(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is changed in the tick in which it was listed keeps its times."""
    really_stat = os.stat
    stopped = really_stat(box.path).st_ctime_ns

    class Coarse:
        def __init__(self, status: os.stat_result) -> None:
            self._status = status

        def __getattr__(self, name: str) -> object:
            return stopped if name == "st_ctime_ns" else getattr(self._status, name)

    monkeypatch.setattr(os, "stat", lambda *at, **named: Coarse(really_stat(*at, **named)))
    maildrop = box.store.open("ann")
    monkeypatch.setattr("pop3lab.stores.file_maildrop.TIMESTAMP_RESOLUTION_NS", 10**18)
    assert retrieve(maildrop, UID) == OLD
    status = really_stat(box.path)
    with box.path.open("r+b") as file:
        file.write(NEW)
    os.utime(box.path, ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(StoreFailed, match=NOT_REMOVED):
        maildrop.delete([UID])
    maildrop.close()
    assert box.path.read_bytes() == NEW


@pytest.mark.parametrize("change", ["in place", "another file", "gone"])
def test_retr_says_the_text_of_the_login_or_none(change: str, tmp_path: Path) -> None:
    for name in ("1", "2"):
        (tmp_path / name).write_bytes(ONE)
    one = session(FolderStore(str(tmp_path)))

    def said(octets: bytes) -> bytes:
        return sent(done(fed(one, octets)))

    said(b"USER ann\r\nPASS secret\r\n")
    first = said(b"RETR 1\r\n")
    assert first.endswith(b"hello\r\n.\r\n")
    for name in ("1", "2"):
        if change != "in place":
            (tmp_path / name).unlink()
        if change != "gone":
            (tmp_path / name).write_bytes(TWO)
    assert said(b"RETR 1\r\n") == first
    assert said(b"RETR 2\r\n").startswith(b"-ERR")
