"""Ways in which other programs change an mbox file during a session: what has changed is kept."""

import mmap
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pop3lab.core.errors import StoreFailed
from pop3lab.stores.mbox.store import MboxStore

FROM = b"From a@b Thu Jan  1 00:00:00 1970\n"
BEFORE = b"".join(FROM + b"Subject: %d\n\n%d\n\n" % (number, number) for number in range(3))
AFTER = BEFORE.replace(b"Subject: 1\n\n1", b"Subject: X\n\n9")


def renamed_over(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(AFTER)
    other.rename(path)


def made_anew(path: Path) -> None:
    """Mostly with the same inode."""
    path.unlink()
    path.write_bytes(AFTER)


def written_in_place(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(AFTER)


def written_through_memory(path: Path) -> None:
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
        memory[:] = AFTER
        memory.flush()


def copied_over(path: Path) -> None:
    """cp -p."""
    other = path.with_name("other")
    other.write_bytes(AFTER)
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    shutil.copyfile(other, path)
    shutil.copystat(other, path)
    other.unlink()


def appended_to_the_last(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more\n")


def shortened(path: Path) -> None:
    os.truncate(path, len(BEFORE) - 4)


def linked(path: Path) -> None:
    other = path.with_name("other")
    other.hardlink_to(path)
    other.unlink()


def given_another_mode(path: Path) -> None:
    path.chmod(0o640)


CHANGES = [renamed_over, made_anew, written_in_place, written_through_memory, copied_over]
CHANGES += [appended_to_the_last, shortened]
HARMLESS = [linked, given_another_mode]


def deleted(path: Path, change: Callable[[Path], None], *, time_back: bool, seen: bool) -> None:
    path.write_bytes(BEFORE)
    maildrop = MboxStore(str(path)).open("ann")
    uids = [entry.uid for entry in maildrop.snapshot.entries]
    if seen:
        for uid in uids:
            list(maildrop.read(uid))
    before = path.stat()
    change(path)
    if time_back:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    try:
        maildrop.delete(uids[1:])
    finally:
        maildrop.close()


SEEN = pytest.mark.parametrize("seen", [False, True], ids=["not seen", "seen"])
TIME_BACK = pytest.mark.parametrize("time_back", [False, True], ids=["", "time set back"])


@SEEN
@TIME_BACK
@pytest.mark.parametrize("change", CHANGES)
def test_p149_what_has_changed_is_kept(
    tmp_path: Path, change: Callable[[Path], None], time_back: bool, seen: bool
) -> None:
    change_and_note: list[bytes] = []

    def changed(path: Path) -> None:
        change(path)
        change_and_note.append(path.read_bytes())

    with pytest.raises(StoreFailed, match="some deleted messages not removed"):
        deleted(tmp_path / "ann", changed, time_back=time_back, seen=seen)
    assert [(tmp_path / "ann").read_bytes()] == change_and_note


@SEEN
@pytest.mark.parametrize("change", HARMLESS)
def test_what_does_not_change_the_text_is_no_change(
    tmp_path: Path, change: Callable[[Path], None], seen: bool
) -> None:
    deleted(tmp_path / "ann", change, time_back=False, seen=seen)
    assert (tmp_path / "ann").read_bytes() == BEFORE[: len(BEFORE) // 3]
