"""What is seen at the next login, however it changed, and that one inotify is enough for all."""

import mmap
import os
import shutil
import stat
import struct
import time
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path

import pytest

from pop3lab.core.errors import StoreFailed
from pop3lab.core.maildrop import Maildrop
from pop3lab.stores import full_disk, inotify
from pop3lab.stores.file_identity import TIMESTAMP_RESOLUTION_NS
from pop3lab.stores.folder import FolderStore
from pop3lab.stores.folder_changes import FolderChanges
from pop3lab.stores.inotify import WATCHER, ChangeLog, FolderWatcher
from pop3lab.stores.maildir import MaildirStore

MANY = 150  # so that changes are told rather than looked for


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "b").write_bytes(b"b")
    descriptor = os.open(tmp_path, os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


def in_place(folder: Path) -> None:
    with (folder / "a").open("r+b") as file:
        file.write(b"x")


def in_place_with_its_time_set_back(folder: Path) -> None:
    before = (folder / "a").stat()
    in_place(folder)
    os.utime(folder / "a", ns=(before.st_atime_ns, before.st_mtime_ns))


def replaced(folder: Path) -> None:
    (folder / ".new").write_bytes(b"z")
    (folder / ".new").rename(folder / "a")


CHANGES: list[Callable[[Path], object]] = [
    in_place,
    in_place_with_its_time_set_back,
    replaced,
    lambda folder: os.truncate(folder / "a", 0),
    lambda folder: (folder / "c").touch(),
    lambda folder: (folder / "a").unlink(),
    lambda folder: (folder / "a").rename(folder / "b"),
    lambda folder: (folder / "a").rename(folder.parent / "away"),
    lambda folder: (folder / "a").chmod(0o400),
    lambda folder: os.utime(folder / "a", (1, 1)),
    lambda folder: folder.rename(folder.with_name("moved")),
    shutil.rmtree,
]


def watched(directory: int) -> FolderChanges:
    since = FolderChanges({"": directory})
    since.watch({"": directory})
    assert since.watched
    return since


@pytest.mark.parametrize("change", CHANGES)
def test_any_change_is_told(
    tmp_path: Path, directory: int, change: Callable[[Path], object]
) -> None:
    since = watched(directory)
    assert since.nothing_changed()
    (tmp_path / "a").read_bytes()
    assert since.nothing_changed()
    change(tmp_path)
    assert not since.nothing_changed()
    assert not since.nothing_changed()  # nor at any later time
    if tmp_path.exists():
        again = watched(directory)
        assert again.nothing_changed()


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (in_place, {"a"}),
        (replaced, {"a", ".new"}),
        (lambda folder: (folder / "c").touch(), {"c"}),
        (lambda folder: (folder / "a").unlink(), {"a"}),
        (lambda folder: (folder / "a").rename(folder / "b"), {"a", "b"}),
        (lambda folder: (folder / "a").rename(folder.parent / "away"), {"a"}),
        (lambda folder: folder.rename(folder / ".." / f"{folder.name}-moved"), None),
    ],
)
def test_what_has_changed_is_told_by_name_and_once(
    tmp_path: Path,
    directory: int,
    change: Callable[[Path], object],
    names: set[str] | None,
) -> None:
    since = watched(directory)
    change(tmp_path)
    assert since.take_names() == names
    assert since.take_names() == (set() if names else None)


def through_a_map(path: Path) -> mmap.mmap:
    with path.open("r+b") as file:
        mapped = mmap.mmap(file.fileno(), 1)
    mapped[0] = ord("z")
    return mapped


def test_what_was_written_through_a_map_is_told_when_that_ends(
    tmp_path: Path, directory: int
) -> None:
    since = watched(directory)
    mapped = through_a_map(tmp_path / "a")
    mapped.close()
    assert since.take_names() == {"a"}


def test_another_folder_is_not_taken_for_the_first(tmp_path: Path, directory: int) -> None:
    (tmp_path / "sub").mkdir()
    since = watched(directory)
    assert since.is_of(os.fstat(directory))
    assert not since.is_of((tmp_path / "sub").stat())


def test_two_that_watch_one_folder_are_both_told_and_neither_ends_the_others_watch(
    tmp_path: Path, directory: int
) -> None:
    one, other, third = watched(directory), watched(directory), watched(directory)
    del third
    assert one.nothing_changed()
    in_place(tmp_path)
    assert not one.nothing_changed()
    assert not other.nothing_changed()


def test_names_are_bounded_and_a_busy_folder_is_then_not_watched_any_more(
    tmp_path: Path, directory: int
) -> None:
    before = watches()
    since = watched(directory)
    since.keep_names(1500)
    for number in range(1500):
        (tmp_path / f"{number}").symlink_to("a")
    assert not since.nothing_changed()
    assert watches() == before + 1
    (tmp_path / "more").symlink_to("a")
    assert since.take_names() is None
    assert watches() == before
    for number in range(1500):
        (tmp_path / f"{number}").unlink()
    assert since.take_names() is None


def inotify_instances() -> int:
    links = [Path("/proc/self/fd", name) for name in os.listdir("/proc/self/fd")]
    return sum(os.readlink(link) == "anon_inode:inotify" for link in links if link.is_symlink())


def watches() -> int:
    infos = [Path("/proc/self/fdinfo", name) for name in os.listdir("/proc/self/fdinfo")]
    return sum(info.read_text().count("inotify wd:") for info in infos if info.exists())


def opened(store: FolderStore | MaildirStore) -> Maildrop:
    maildrop = store.open("ann")
    maildrop.close()
    return maildrop


def fill(folder: Path, count: int = MANY) -> None:
    folder.mkdir(exist_ok=True)
    for number in range(count):
        (folder / f"{number:03}").write_bytes(b"x\r\n")


@pytest.mark.slow
def test_two_hundred_folders_share_one_instance_which_goes_with_the_last(tmp_path: Path) -> None:
    WATCHER.reset()  # what other tests have left
    assert (inotify_instances(), watches()) == (0, 0)
    stores = []
    for number in range(200):
        fill(tmp_path / f"{number}", 101)
        stores.append(FolderStore(str(tmp_path / f"{number}")))
        opened(stores[-1])
    assert inotify_instances() == 1
    assert watches() == 200
    del stores[:50]
    assert watches() == 150
    assert all(opened(store) is not None for store in stores)
    stores.clear()
    assert (inotify_instances(), watches()) == (0, 0)


def test_few_messages_are_watched_from_the_second_login_on(tmp_path: Path) -> None:
    before = watches()
    fill(tmp_path, 100)
    store = FolderStore(str(tmp_path))
    opened(store)
    assert watches() == before
    opened(store)
    assert watches() == before + 1


class Lost(FolderWatcher):
    """Of which no folder can be watched, for there are too many already."""

    def _add(self, prefix: str, directory: int, log: ChangeLog) -> None:
        raise OSError(24, "Too many open files")


class OneShort(FolderWatcher):
    """Of three folders the last can't be watched, for the limit is reached."""

    def _add(self, prefix: str, directory: int, log: ChangeLog) -> None:
        if prefix == "cur/":
            raise OSError(28, "No space left on device")
        super()._add(prefix, directory, log)


def test_where_not_all_folders_can_be_watched_none_of_them_takes_a_watch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pop3lab.stores.folder_changes.WATCHER", OneShort())
    before = inotify_instances(), watches()
    fill(tmp_path / "new")
    (tmp_path / "cur").mkdir()
    store = MaildirStore(str(tmp_path))
    for _ in range(2):
        assert opened(store).snapshot.octets == 3 * MANY
    assert (inotify_instances(), watches()) == before


def test_where_changes_are_not_told_each_login_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pop3lab.stores.folder_changes.WATCHER", Lost())
    monkeypatch.setattr("pop3lab.stores.folder_changes.TIMESTAMP_RESOLUTION_NS", 0)
    fill(tmp_path)
    store = FolderStore(str(tmp_path))
    for _ in range(2):
        assert opened(store).snapshot.octets == 3 * MANY
        assert store.open_at_once("ann") is None
    os.truncate(tmp_path / "007", 0)
    assert opened(store).snapshot.octets == 3 * MANY - 3


@pytest.mark.parametrize("told", [True, False])
def test_a_large_folder_is_as_it_is_at_each_login(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: bool
) -> None:
    if not told:
        monkeypatch.setattr("pop3lab.stores.folder_changes.WATCHER", Lost())
    fill(tmp_path)
    store = FolderStore(str(tmp_path))

    def octets() -> int:
        return opened(store).snapshot.octets

    assert octets() == octets() == octets() == 450
    with (tmp_path / "007").open("ab") as file:
        file.write(b"more\r\n")
    assert octets() == octets() == 456
    maildrop = store.open("ann")
    maildrop.delete(["000", "149"])
    maildrop.close()
    assert octets() == 450
    os.replace(tmp_path / "001", tmp_path / "200")
    assert opened(store).snapshot.entries[-1].uid == "200"


def test_what_is_not_told_is_found_at_the_login_after_its_retr_was_refused(tmp_path: Path) -> None:
    fill(tmp_path)
    store = FolderStore(str(tmp_path))
    opened(store)
    mapped = through_a_map(tmp_path / "007")
    maildrop = store.open_at_once("ann")
    assert maildrop
    with pytest.raises(StoreFailed):
        maildrop.read("007")
    maildrop.close()
    assert store.open_at_once("ann") is None
    maildrop = store.open("ann")
    assert b"".join(maildrop.read("007")) == b"z\r\n"
    maildrop.close()
    mapped.close()


def test_what_is_not_told_is_found_at_the_login_after_it_could_not_be_deleted(
    tmp_path: Path,
) -> None:
    fill(tmp_path / "box")
    store = FolderStore(str(tmp_path / "box"))
    opened(store)
    (tmp_path / "elsewhere").hardlink_to(tmp_path / "box" / "007")  # which is told of elsewhere
    with (tmp_path / "elsewhere").open("ab") as file:
        file.write(b"more\r\n")
    maildrop = store.open("ann")
    with pytest.raises(StoreFailed):
        maildrop.delete(["007"])
    maildrop.close()
    maildrop = store.open("ann")
    assert maildrop.snapshot.octets == 3 * MANY + 6
    maildrop.delete(["007"])
    maildrop.close()
    assert len(opened(store).snapshot.entries) == MANY - 1


def test_a_large_maildir_is_as_it_is_at_each_login(tmp_path: Path) -> None:
    fill(tmp_path / "new")
    (tmp_path / "cur").mkdir()
    store = MaildirStore(str(tmp_path))
    first = opened(store)
    assert opened(store).snapshot is first.snapshot
    (tmp_path / "new" / "003").rename(tmp_path / "cur" / "003:2,S")
    assert opened(store).snapshot.entries == first.snapshot.entries
    with (tmp_path / "cur" / "003:2,S").open("ab") as file:
        file.write(b"more\r\n")
    assert opened(store).snapshot.octets == first.snapshot.octets + 6
    (tmp_path / "cur").rename(tmp_path / "other")
    (tmp_path / "cur").mkdir()
    assert len(opened(store).snapshot.entries) == MANY - 1


def test_what_another_process_had_no_time_to_unlink_from_a_maildir_is_not_shown(
    tmp_path: Path,
) -> None:
    fill(tmp_path / "new")
    (tmp_path / "cur").mkdir()
    store = MaildirStore(str(tmp_path))
    opened(store)
    for name in ("003", "004", "005"):  # as on a full disk, up to the moment that decides
        (tmp_path / "new" / name).chmod(0o600 | stat.S_ISUID | stat.S_ISVTX)
    (tmp_path / "new" / "003").rename(tmp_path / "new" / full_disk.COMMIT_NAME)
    assert store.open_at_once("ann") is None
    left = {entry.uid for entry in opened(store).snapshot.entries}
    assert len(left) == MANY - 3
    assert not left & {"003", "004", "005"}


@pytest.mark.parametrize(("messages", "at_once"), [(16, True), (17, False)])
def test_many_files_that_cant_be_watched_are_looked_at_aside(
    messages: int, at_once: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inotify, "_LOCAL", set())
    for number in range(messages):
        (tmp_path / f"{number:02}").touch()
    while time.time_ns() - os.stat(tmp_path).st_ctime_ns < 2 * TIMESTAMP_RESOLUTION_NS:
        time.sleep(0.01)
    store = FolderStore(str(tmp_path))
    for _ in range(2):
        opened(store)
    maildrop = store.open_at_once("ann")
    assert bool(maildrop) is at_once
    if maildrop:
        maildrop.close()


def test_an_unchanged_large_folder_is_not_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path)
    store = FolderStore(str(tmp_path))
    first = opened(store)
    monkeypatch.setattr(os, "listdir", None)
    monkeypatch.setattr(os, "stat", None)
    second = store.open_at_once("ann")
    assert second
    second.close()
    assert first.snapshot is second.snapshot
    assert len(first.snapshot.entries) == MANY


def test_a_folder_that_is_made_again_under_its_old_number_is_another(tmp_path: Path) -> None:
    place = tmp_path / "box"
    store = FolderStore(str(place))
    for _ in range(5):
        fill(place)
        opened(store)
        opened(store)
        (place / "more").touch()
        assert len(opened(store).snapshot.entries) == MANY + 1
        shutil.rmtree(place)


def lose_some(events: FileIO) -> None:
    """As the system does when too much is to be told: instead of the rest, that there was more."""
    into, out = os.pipe()
    os.write(out, struct.pack("=iIII", -1, 0x4000, 0, 0))
    os.close(out)
    os.dup2(into, events.fileno())
    os.close(into)
    os.set_blocking(events.fileno(), False)


def test_after_an_overflow_every_folder_is_looked_at_anew(tmp_path: Path) -> None:
    stores = []
    for name in ("one", "other"):
        fill(tmp_path / name)
        stores.append(FolderStore(str(tmp_path / name)))
        first = opened(stores[-1])
        assert opened(stores[-1]).snapshot is first.snapshot
    events = inotify.WATCHER._events
    assert events
    lose_some(events)
    os.truncate(tmp_path / "other" / "007", 0)  # which is not told
    for store, octets in zip(stores, (3 * MANY, 3 * MANY - 3), strict=True):
        assert store.open_at_once("ann") is None
        assert opened(store).snapshot.octets == octets
        maildrop = store.open_at_once("ann")  # told again from now on
        assert maildrop
        maildrop.close()
    os.truncate(tmp_path / "one" / "007", 0)
    assert opened(stores[0]).snapshot.octets == 3 * MANY - 3


def test_after_a_fork_each_process_has_its_own(tmp_path: Path) -> None:
    fill(tmp_path)
    store = FolderStore(str(tmp_path))
    first = opened(store)
    process = os.fork()
    if process == 0:
        try:
            anew = store.open_at_once("ann") is None and inotify_instances() == 0
            octets = opened(store).snapshot.octets
            os._exit(0 if anew and octets == first.snapshot.octets else 1)
        finally:
            os._exit(2)
    assert os.waitpid(process, 0)[1] == 0
    maildrop = store.open_at_once("ann")  # what the child did is no matter of the parent's
    assert maildrop
    maildrop.close()
    os.truncate(tmp_path / "007", 0)
    assert opened(store).snapshot.octets == first.snapshot.octets - 3
