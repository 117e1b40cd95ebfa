"""Delivery into maildrops on a disk: whole or not at all, whatever happens at whichever call."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from pop3lab.core.delivery import DeliveringStore, Envelope, is_delivering
from pop3lab.core.errors import MaildropBusy, NoMaildrop, StoreFailed, StoreFull
from pop3lab.core.maildrop import Store
from pop3lab.stores.delivery import make_maildir, new_name_after
from pop3lab.stores.factory import create_store
from pop3lab.stores.folder import FolderStore
from pop3lab.stores.location import PathLocation
from pop3lab.stores.maildir import MaildirStore
from pop3lab.stores.mbox.append import quoted
from pop3lab.stores.mbox.locking import lock_mbox
from pop3lab.stores.mbox.store import MboxStore
from tests.cuts import at_every_cut
from tests.stores.failing import Killed, failing
from tests.stores.full import KINDS, disk
from tests.stores.power import Disk
from tests.stores.power_of_folders import Disk as DiskOfFolders

FROM = b"From joe@host Thu Jan  1 00:00:00 1970\n"
OLD = b"Subject: old\r\n\r\nold\r\n"
NEW = b"Subject: new\r\n\r\n" + b"a line of the new one\r\n" * 20
OTHERS = b"Subject: other\r\n\r\nother\r\n"
ENVELOPE = Envelope("joe@host", ("ann",))


def folder(path: Path) -> FolderStore:
    path.mkdir()
    (path / "0001").write_bytes(OLD)
    return FolderStore(str(path))


def maildir(path: Path) -> MaildirStore:
    for part in ("new", "cur", "tmp"):
        (path / part).mkdir(parents=True)
    (path / "cur" / "1700000000.M1P2Q3.host:2,S").write_bytes(OLD)
    return MaildirStore(str(path))


def mbox(path: Path) -> MboxStore:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(FROM + OLD + b"\n")
    return MboxStore(str(path))


MAKERS: list[Callable[[Path], Store]] = [folder, maildir, mbox]
EACH = pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)


class BrokenOff(Exception):
    """A sender's connection is gone."""


def taking(store: Store) -> DeliveringStore:
    assert is_delivering(store)
    return store


def deliver(store: Store, message: bytes = NEW) -> None:
    pieces = (message[at : at + 100] for at in range(0, len(message), 100))
    taking(store).deliver("ann", pieces, ENVELOPE)


def messages(store: Store) -> list[bytes]:
    maildrop = store.open("ann")
    try:
        return [b"".join(maildrop.read(entry.uid)) for entry in maildrop.snapshot.entries]
    finally:
        maildrop.close()


def again(store: Store) -> Store:
    """The same maildrop for another process."""
    return type(store)(str(store._location))  # type: ignore[call-arg, attr-defined]


def killed(store: Store, at: int, *, torn: bool) -> bool:
    """Deliver until the process is killed; whether it was done before."""
    try:
        with failing(at, torn=torn):
            deliver(store)
    except Killed:
        return False
    return True


@EACH
@pytest.mark.parametrize("torn", [False, True], ids=["killed", "half a write"])
@pytest.mark.parametrize("other", [False, True], ids=["", "another delivers"])
def test_a_killed_delivery_is_whole_or_not_there(
    tmp_path: Path, make: Callable[[Path], Store], torn: bool, other: bool
) -> None:
    outcomes = set()
    for at in range(1, 200):
        store = make(tmp_path / f"{at}" / "ann" if make is mbox else tmp_path / f"{at}")
        done = killed(store, at, torn=torn)
        if other:
            deliver_by_another(store, tmp_path / f"{at}")
        found = messages(again(store))
        came = [OTHERS] if other else []
        assert found == [OLD, NEW, *came] or (not done and found == [OLD, *came]), at
        outcomes.add(len(found) - len(came))
        deliver(store, OLD)
        assert messages(again(store)) == [*found, OLD]
        if done:
            break
    assert outcomes == {1, 2}
    assert at > 10


def deliver_by_another(store: Store, path: Path) -> None:
    """As a program does that knows nothing of ours; it ends the line before it if need be."""
    if isinstance(store, MboxStore):
        with (path / "ann").open("ab") as file:
            file.write(FROM + OTHERS + b"\n")
    else:
        deliver(store, OTHERS)


def test_what_another_program_has_written_behind_half_a_message_is_kept(tmp_path: Path) -> None:
    store = mbox(tmp_path / "ann")
    with failing(10_000) as counted:
        deliver(store)
    for at in range(1, counted.calls):
        path = tmp_path / f"{at}" / "ann"
        killed(mbox(path), at, torn=True)
        with path.open("ab") as file:
            file.write(b"no From_ line, but the user's own\n")
        assert messages(MboxStore(str(path)))[-1].endswith(b"the user's own\r\n"), at


@EACH
@pytest.mark.slow
def test_a_loss_of_power_leaves_all_or_nothing(
    tmp_path: Path, make: Callable[[Path], Store]
) -> None:
    seen = set()
    for at in range(1, 200):
        for seed in range(3):
            place = tmp_path / f"{at}-{seed}"
            place.mkdir()
            store = make(place / "mail" / "ann" if make is mbox else place / "mail")
            (place / "aside").mkdir()
            broken: Disk | DiskOfFolders = (
                Disk(place / "mail" / "ann", "user.pop3lab")
                if make is mbox
                else DiskOfFolders(place / "mail", place / "aside")
            )
            done = True
            try:
                with broken.running(at):
                    deliver(store)
            except Killed:
                done = False
            broken.lose_power(Random(f"{at} {seed}"))
            found = messages(again(store))
            assert found == [OLD, NEW] or (not done and found == [OLD]), (at, seed)
            seen.add((done, len(found)))
        if done:
            break
    assert seen >= {(True, 2), (False, 1)}


@EACH
@pytest.mark.parametrize("kind", KINDS)
def test_a_full_disk_refuses_it_and_loses_nothing(
    tmp_path: Path, make: Callable[[Path], Store], kind: str
) -> None:
    with disk(kind, tmp_path) as place:
        path = place.folder()
        store = make(path / "ann" if make is mbox else path)
        large = NEW * 40
        stored = []
        with place.full():
            try:
                deliver(store, large)
                stored = [large]  # an mbox file may have room in its last block
            except StoreFull:
                pass
        assert messages(store) == [OLD, *stored]
        assert not stored or (make is mbox and "blocks" not in kind and "both" not in kind)
        assert not [name for name in names_below(path) if "pop3lab" in name]
        deliver(store)
        assert messages(again(store)) == [OLD, *stored, NEW]


def names_below(path: Path) -> list[str]:
    return [name for _, _, files in os.walk(path) for name in files]


@EACH
def test_each_error_of_the_disk_is_told_and_nothing_is_lost(
    tmp_path: Path, make: Callable[[Path], Store]
) -> None:
    for at in range(1, 200):
        store = make(tmp_path / f"{at}" / "ann" if make is mbox else tmp_path / f"{at}")
        told = False
        with failing(at, lambda: OSError(5, "Input/output error"), on=False) as counted:
            try:
                deliver(store)
            except (StoreFailed, MaildropBusy):
                told = True
        found = messages(again(store))
        assert found == [OLD, NEW] or (told and found == [OLD]), at
        if at > counted.calls:
            break
    assert at > 10


@EACH
def test_a_message_whose_sender_fails_is_not_there(
    tmp_path: Path, make: Callable[[Path], Store]
) -> None:
    store = make(tmp_path / "mail")

    def broken_off() -> Iterator[bytes]:
        yield NEW
        raise BrokenOff

    with pytest.raises(BrokenOff):
        taking(store).deliver("ann", broken_off(), ENVELOPE)
    assert messages(store) == [OLD]


@EACH
def test_a_session_that_deletes_meanwhile_loses_nothing(
    tmp_path: Path, make: Callable[[Path], Store]
) -> None:
    store = make(tmp_path / "mail")
    for number in range(20):
        maildrop = store.open("ann")
        text = b"Subject: %d\r\n\r\n" % number
        deliver(store, text)
        maildrop.delete([entry.uid for entry in maildrop.snapshot.entries])
        maildrop.close()
        assert messages(again(store)) == [text]


def test_names_and_unique_ids_of_a_folder_are_never_used_again(tmp_path: Path) -> None:
    store = folder(tmp_path / "mail")
    uids = set()
    for _ in range(3):
        maildrop = store.open("ann")
        uids |= {entry.uid for entry in maildrop.snapshot.entries}
        maildrop.delete([entry.uid for entry in maildrop.snapshot.entries])
        maildrop.close()
        deliver(store)
    assert len(uids) == 3
    names = ["0001"]
    for _ in range(300):
        names.append(new_name_after(names[-1]))
    assert names == sorted(names)
    assert re.fullmatch("0301-[0-9a-f]{16}", names[-1])


@pytest.mark.parametrize(
    "first", ["9990", "9", "9.eml", "welcome.eml", "welcome.eml-9990", "track.mp3"]
)
def test_whatever_name_is_the_last_what_is_delivered_comes_behind_it(first: str) -> None:
    names = [first]
    for _ in range(10_100):
        names.append(new_name_after(names[-1]))
    assert names == sorted(set(names))
    assert len(names[-1]) < len(first) + 30


def test_what_a_killed_writer_has_left_is_removed_a_day_and_a_half_later(tmp_path: Path) -> None:
    for make, drafts in ((folder, "."), (maildir, "tmp")):
        store = make(tmp_path / drafts.strip(".") / "mail" if drafts == "." else tmp_path / "m")
        place = Path(str(store._location)) / drafts
        old, fresh = (place / f".pop3lab-{letter * 32}" for letter in "ab")
        for draft in (old, fresh):
            draft.touch()
        os.utime(old, (1, 1))
        deliver(store)
        assert (old.exists(), fresh.exists()) == (False, True)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (b"", b"\n"),
        (b"a", b"a\n\n"),
        (b"a\r", b"a\r\r\n\n"),
        (b"From a\n", b">From a\n\n"),
        (b"a\nFrom b\r\nFrom\n From c\nFrom ", b"a\n>From b\r\nFrom\n From c\n>From \n\n"),
        (b">From a\nxFrom b\n", b">From a\nxFrom b\n\n"),
        (b"\n\nFrom x", b"\n\n>From x\n\n"),
    ],
)
def test_lines_that_begin_with_from_are_quoted_wherever_chunks_are_cut(
    text: bytes, written: bytes
) -> None:
    assert at_every_cut(quoted, text) == written


@pytest.mark.parametrize("end", [b"", b"\n", b"\n\n", b"\r\n", b"\r\n\r\n"], ids=repr)
def test_an_mbox_file_that_ends_in_a_line_is_ended_first(tmp_path: Path, end: bytes) -> None:
    store = mbox(tmp_path / "ann")
    (tmp_path / "ann").write_bytes(FROM + b"Subject: x\n\nlast" + end)
    deliver(store)
    first, second = messages(store)
    assert first.startswith(b"Subject: x\r\n\r\nlast\r\n")
    assert second == NEW
    text = (tmp_path / "ann").read_bytes().split(NEW)[0].splitlines()[-1]
    assert re.fullmatch(rb"From joe@host \w{3} \w{3} [ \d]\d [\d:]{8} \d{4}", text)


def test_an_mbox_file_that_another_program_has_locked_is_busy(tmp_path: Path) -> None:
    mbox(tmp_path / "ann")
    store = MboxStore(str(tmp_path / "ann"), patience=0)
    descriptor, above = os.open(tmp_path / "ann", os.O_RDWR), os.open(tmp_path, os.O_RDONLY)
    with lock_mbox(above, "ann", descriptor, 0), pytest.raises(MaildropBusy):
        deliver(store)
    os.close(descriptor)
    os.close(above)
    assert messages(store) == [OLD]


def users(path: Path, pattern: str, *, makes: bool) -> DeliveringStore:
    return taking(create_store(f"{path}/{pattern}", makes_maildrops=makes))


@pytest.mark.parametrize(
    ("pattern", "kind"),
    [("{user}", "file"), ("{user}/", "Maildir"), ("home/{user}/Maildir", "Maildir")],
)
def test_a_first_message_makes_the_maildrop_if_it_may(
    tmp_path: Path, pattern: str, kind: str
) -> None:
    (tmp_path / "home" / "ann").mkdir(parents=True)
    where = tmp_path / pattern.format(user="ann").rstrip("/")
    with pytest.raises(NoMaildrop):
        users(tmp_path, pattern, makes=False).deliver("ann", [NEW], ENVELOPE)
    assert not where.exists()
    users(tmp_path, pattern, makes=True).deliver("ann", [NEW], ENVELOPE)
    assert messages(create_store(f"{tmp_path}/{pattern}")) == [NEW]
    assert where.is_file() == (kind == "file")
    assert where.stat().st_mode & 0o077 == 0


def test_a_new_maildir_lasts_with_its_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed, fsync = [], os.fsync

    def note(descriptor: int) -> None:
        fsync(descriptor)
        flushed.append(os.fstat(descriptor).st_ino)

    monkeypatch.setattr(os, "fsync", note)
    make_maildir(PathLocation(str(tmp_path / "ann")))
    assert flushed == [(tmp_path / "ann").stat().st_ino, tmp_path.stat().st_ino]


@pytest.mark.parametrize("name", ["../ann", "a/b", ".hidden", "nul\0", ""])
def test_a_name_that_leads_elsewhere_has_no_maildrop(tmp_path: Path, name: str) -> None:
    store = users(tmp_path, "{user}", makes=True)
    with pytest.raises(NoMaildrop):
        store.deliver(name, [NEW], ENVELOPE)
    assert os.listdir(tmp_path) == []


def test_a_user_with_a_target_of_his_own_gets_it_there(tmp_path: Path) -> None:
    folder(tmp_path / "all")
    folder(tmp_path / "own")
    own = {"ben": str(tmp_path / "own")}
    store = create_store(str(tmp_path / "all"), target_for=own)
    taking(store).deliver("ben", [NEW], ENVELOPE)
    assert len(os.listdir(tmp_path / "own")) == 2
    generated = create_store("gen:1", target_for=own)
    with pytest.raises(NoMaildrop):
        taking(generated).deliver("ann", [NEW], ENVELOPE)
