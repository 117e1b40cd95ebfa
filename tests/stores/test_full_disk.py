"""Deletion on a disk without room: still all or none, whatever happens at whichever call."""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pop3lab.core.errors import StoreFailed
from pop3lab.core.maildrop import Maildrop
from pop3lab.stores.folder import FolderStore
from pop3lab.stores.full_disk import COMMIT_NAME
from tests.contract.stores import Stocked, folder, folder_trash, maildir, maildir_trash
from tests.stores import full
from tests.stores.failing import Killed, failing
from tests.stores.full import Disk, Refusing

pytestmark = pytest.mark.slow

TEXTS = [b"%d\r\n" % number for number in range(6)]
DOOMED = (0, 2, 5)
ALL_GONE = [text for number, text in enumerate(TEXTS) if number not in DOOMED]
MARK = stat.S_ISUID | stat.S_ISVTX
MUST_COME = ("fchmod", "rename", "unlink", "fsync")

Make = Callable[[Path], Stocked]


SOON = ("refusing", "tmpfs blocks", "ext4 blocks")


@pytest.fixture(
    params=[
        pytest.param(kind, marks=() if kind in SOON else pytest.mark.soak) for kind in full.KINDS
    ],
    scope="module",
)
def disk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Disk]:
    with full.disk(request.param, tmp_path_factory.mktemp("disk")) as made:
        yield made


@pytest.fixture(params=[folder, maildir], ids=lambda make: make.__name__)
def make(request: pytest.FixtureRequest) -> Make:
    stocked: Make = request.param
    return stocked


def filled(make: Make, path: Path) -> Stocked:
    path.mkdir()
    stocked = make(path)
    for text in TEXTS:
        stocked.add(text)
    return stocked


def left(stocked: Stocked) -> list[bytes]:
    maildrop = stocked.again().open("ann")
    try:
        return [b"".join(maildrop.read(entry.uid)) for entry in maildrop.snapshot.entries]
    finally:
        maildrop.close()


def delete(maildrop: Maildrop, *numbers: int) -> None:
    uids = [entry.uid for entry in maildrop.snapshot.entries]
    maildrop.delete([uids[number] for number in numbers or DOOMED])


def litter(path: Path) -> set[str]:
    return {file.name for file in path.rglob(".*")}


def marked(path: Path) -> set[str]:
    files = (file for file in path.rglob("*") if file.is_file())
    return {file.name for file in files if file.stat().st_mode & MARK}


def calls_of_a_deletion(make: Make, disk: Disk) -> int:
    """And that it is done as it is meant to be."""
    stocked = filled(make, path := disk.folder())
    maildrop = stocked.store.open("ann")
    with disk.full():
        with failing(at=10_000) as counted:
            delete(maildrop)
        maildrop.close()
        assert left(stocked) == ALL_GONE
    assert litter(path) == set()
    assert all(counted.names[call] >= 1 for call in MUST_COME), counted.names
    assert counted.names["fchmod"] == len(DOOMED)
    return counted.calls


def test_p149_killed_at_each_call(make: Make, disk: Disk) -> None:
    outcomes = []
    for at in range(1, calls_of_a_deletion(make, disk) + 1):
        stocked = filled(make, path := disk.folder())
        maildrop = stocked.store.open("ann")
        with disk.full():
            with pytest.raises(Killed), failing(at):
                delete(maildrop)
            maildrop.close()
            outcomes.append(left(stocked))
            assert outcomes[-1] in (TEXTS, ALL_GONE), at
            assert left(stocked) == outcomes[-1]
        assert litter(path) == set()
        stocked.add(b"new\r\n")
        assert left(stocked) == [*outcomes[-1], b"new\r\n"]
    assert outcomes.count(TEXTS) > 3
    assert outcomes.count(ALL_GONE) > 3


@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC], ids=["EIO", "ENOSPC"])
@pytest.mark.parametrize("on", [True, False], ids=["on", "once"])
def test_p149_each_call_fails(make: Make, disk: Disk, error: int, on: bool) -> None:
    acknowledged = refused = 0
    for at in range(1, calls_of_a_deletion(make, disk) + 1):
        stocked = filled(make, disk.folder())
        maildrop = stocked.store.open("ann")
        with disk.full():
            try:
                with failing(at, lambda: OSError(error, "no"), on=on):
                    delete(maildrop)
            except StoreFailed:
                refused += 1
                maildrop.close()
                found = left(stocked)
                assert found in (TEXTS, ALL_GONE)
            else:
                acknowledged += 1
                maildrop.close()
                found = ALL_GONE
            assert left(stocked) == found
    assert refused
    assert acknowledged or on


def killed(make: Make, disk: Disk, at: int) -> tuple[Stocked, Path]:
    stocked = filled(make, path := disk.folder())
    maildrop = stocked.store.open("ann")
    with disk.full(), pytest.raises(Killed), failing(at):
        delete(maildrop)
    maildrop.close()
    return stocked, path


def call_behind_the_rename(make: Make, disk: Disk) -> int:
    return next(at for at in range(1, 1000) if COMMIT_NAME in litter(killed(make, disk, at)[1]))


@pytest.mark.parametrize("error", [Killed, lambda: OSError(errno.EIO, "EIO")], ids=["kill", "EIO"])
def test_p149_disturbed_at_each_call_of_the_recovery(
    make: Make, disk: Disk, error: Callable[[], BaseException]
) -> None:
    """Whoever is let in meanwhile sees no message that was to go."""
    disturbed, committed = 0, call_behind_the_rename(make, disk)
    for at in range(1, 200):
        stocked, path = killed(make, disk, committed)
        with disk.full():
            try:
                with failing(at, error) as counted:
                    maildrop = stocked.again().open("ann")
                sizes = [entry.octets for entry in maildrop.snapshot.entries]
                assert sizes in ([3] * len(ALL_GONE), [])
                maildrop.close()
            except (Killed, StoreFailed):
                pass
            disturbed += counted.calls >= at
            assert left(stocked) == ALL_GONE
        assert litter(path) == set()
        if counted.calls < at:
            break
    assert disturbed > 10


def test_one_message_needs_no_marks(make: Make, disk: Disk) -> None:
    stocked = filled(make, disk.folder())
    maildrop = stocked.store.open("ann")
    with disk.full():
        with failing(at=10_000) as counted:
            delete(maildrop, 1)
        maildrop.close()
        assert left(stocked) == [TEXTS[0], *TEXTS[2:]]
    assert not counted.names["fchmod"]


@pytest.mark.parametrize("make_trash", [folder_trash, maildir_trash])
def test_the_trash_takes_nothing_in_and_nothing_is_changed(make_trash: Make, disk: Disk) -> None:
    stocked = filled(make_trash, path := disk.folder())
    maildrop = stocked.store.open("ann")
    with disk.full(), pytest.raises(StoreFailed, match="not removed"):
        delete(maildrop)
    maildrop.close()
    assert left(stocked) == TEXTS
    assert marked(path) == set()


def test_as_many_as_there_are(make: Make, disk: Disk) -> None:
    stocked = filled(make, disk.folder())
    maildrop = stocked.store.open("ann")
    with disk.full():
        delete(maildrop, *range(6))
        maildrop.close()
        assert left(stocked) == []


# What marks must not do: on a disk that refuses by itself


@pytest.fixture
def box(tmp_path: Path) -> Path:
    for name in ("a", "b", "c"):
        (tmp_path / name).write_bytes(name.encode() + b"\r\n")
    return tmp_path


def names(box: Path) -> list[str]:
    return sorted(os.listdir(box))


def test_the_quota_of_a_user_is_as_good_as_a_full_disk(box: Path) -> None:
    maildrop = FolderStore(str(box)).open("ann")
    with Refusing(box, errno.EDQUOT).full():
        maildrop.delete(["a", "b"])
    maildrop.close()
    assert names(box) == ["c"]


def test_another_error_is_not(box: Path) -> None:
    maildrop = FolderStore(str(box)).open("ann")
    with Refusing(box, errno.EIO).full(), pytest.raises(StoreFailed):
        maildrop.delete(["a", "b"])
    maildrop.close()
    assert names(box) == ["a", "b", "c"]


def refused(box: Path, *uids: str) -> None:
    before = names(box)
    maildrop = FolderStore(str(box)).open("ann")
    with Refusing(box).full(), pytest.raises(StoreFailed, match="not removed"):
        maildrop.delete(uids)
    maildrop.close()
    assert names(box) == before
    assert marked(box) == set()


def test_another_name_of_the_same_file_is_not_removed_with_it(box: Path) -> None:
    os.link(box / "a", box / "d")
    refused(box, "a", "b")


def test_a_program_is_not_made_one_of_its_owners(box: Path) -> None:
    (box / "b").chmod(0o755)
    refused(box, "a", "b")


def test_marks_that_are_left_take_nothing_with_them(box: Path) -> None:
    (box / "c").chmod(0o644 | MARK)
    maildrop = FolderStore(str(box)).open("ann")
    with Refusing(box).full():
        maildrop.delete(["a", "b"])
    maildrop.close()
    assert names(box) == ["c"]
    assert (box / "c").stat().st_mode & 0o7777 == 0o644


def test_marks_that_are_left_on_what_has_other_names_are_not_taken_away(
    box: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """It may be a program of another user's, to whom the mode means something."""
    program = tmp_path_factory.mktemp("bin") / "su"
    program.touch()
    program.chmod(0o644 | MARK)
    (box / "c").unlink()
    os.link(program, box / "c")
    maildrop = FolderStore(str(box)).open("ann")
    with Refusing(box).full(), pytest.raises(StoreFailed):
        maildrop.delete(["a", "b"])
    maildrop.close()
    assert names(box) == ["a", "b", "c"]
    assert program.stat().st_mode & MARK == MARK


def test_marks_mean_nothing_without_the_rename(box: Path) -> None:
    for name in ("a", "b"):
        (box / name).chmod(0o600 | MARK)
    FolderStore(str(box)).open("ann").close()
    assert names(box) == ["a", "b", "c"]


def test_a_file_system_that_keeps_no_such_modes(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fchmod", lambda descriptor, mode: None)
    refused(box, "a", "b")


def test_what_is_no_file_in_the_name_of_the_rename(box: Path) -> None:
    (box / COMMIT_NAME).mkdir()
    refused(box, "a", "b")


def test_modes_are_as_before_where_it_is_refused(
    box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "no room in the folder either")

    (box / "b").chmod(0o640)
    monkeypatch.setattr(os, "rename", refuse)
    refused(box, "a", "b")
    assert (box / "b").stat().st_mode & 0o7777 == 0o640


def test_a_file_that_will_not_go_is_hidden_until_it_does(box: Path) -> None:
    unlink = os.unlink

    def refuse_b(name: str, *, dir_fd: int | None = None) -> None:
        if name == "b":
            raise PermissionError("no")
        unlink(name, dir_fd=dir_fd)

    store = FolderStore(str(box))
    maildrop = store.open("ann")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "unlink", refuse_b)
        with Refusing(box).full(), pytest.raises(StoreFailed, match="not removed"):
            maildrop.delete(["a", "b"])
        maildrop.close()
        maildrop = store.open("ann")
        assert [entry.uid for entry in maildrop.snapshot.entries] == ["c"]
        maildrop.close()
    store.open("ann").close()
    assert names(box) == ["c"]
