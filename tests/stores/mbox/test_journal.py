"""What is done about a journal that is damaged, old, or about another file: nothing is harmed."""

import os
from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop3lab.core.errors import StoreFailed
from pop3lab.stores.mbox import compaction as mbox_move
from pop3lab.stores.mbox.store import MboxStore
from tests.stores.failing import Killed
from tests.stores.mbox.test_rewrite import CASES, GROWING, Case, delete, recovered

pytestmark = pytest.mark.slow

REDO, MOVE = Case(GROWING, (1, 3)), CASES["full, the first"]
JOURNAL = ".ann.pop3lab-journal"
PLAN = "user.pop3lab"


def begun(folder: Path, case: Case, *, halfway: bool) -> Path:
    """Killed when the journal or the plan was there: when it was new, or later."""
    found = []
    for at in range(1, 500):
        path = case.file(folder)
        try:
            delete(path, case, at=at)
        except Killed:
            if (folder / JOURNAL).exists() or PLAN in os.listxattr(path):
                found.append(at)
        else:
            break
    path = case.file(folder)
    with pytest.raises(Killed):
        delete(path, case, at=found[len(found) // 2] if halfway else found[0])
    return path


@pytest.fixture(params=[False, True], ids=["new", "halfway"])
def redo(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    return begun(tmp_path, REDO, halfway=request.param)


@pytest.fixture(params=[False, True], ids=["new", "halfway"])
def move(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    return begun(tmp_path, MOVE, halfway=request.param)


def test_it_is_recovered(redo: Path) -> None:
    assert recovered(redo) == REDO.gone


def test_so_is_a_plan(move: Path) -> None:
    assert recovered(move) == MOVE.gone


def junk(file: Path) -> None:
    file.write_bytes(b"\0{junk\xff")


def deep(file: Path) -> None:
    file.write_bytes(b"[" * 100_000)


def nothing(file: Path) -> None:
    file.write_bytes(b"")


def shorter(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def longer(file: Path) -> None:
    file.write_bytes(file.read_bytes() + b"x")


def another_octet(file: Path) -> None:
    octets = bytearray(file.read_bytes())
    octets[-40] ^= 1
    file.write_bytes(octets)


def no_state(file: Path) -> None:
    octets = bytearray(file.read_bytes())
    octets[16] = 0
    file.write_bytes(octets)


def link(file: Path) -> None:
    file.rename(file.parent / "real")
    file.symlink_to("real")


def folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def somebody_elses(file: Path) -> None:
    os.chown(file, 12345, 12345)


DAMAGES = [junk, deep, nothing, shorter, longer, another_octet, no_state, link, folder, pipe]


@pytest.mark.parametrize("damage", [*DAMAGES, somebody_elses])
def test_a_damaged_journal_is_for_an_administrator(
    redo: Path, damage: Callable[[Path], None]
) -> None:
    damage(redo.parent / JOURNAL)
    before = redo.read_bytes()
    for _ in range(2):
        with pytest.raises(StoreFailed, match="journal of the maildrop is damaged") as raised:
            MboxStore(str(redo)).open("ann")
        assert raised.value.code == "SYS/PERM"
        assert JOURNAL in str(raised.value.__cause__)
    assert redo.read_bytes() == before


@pytest.mark.parametrize("octets", [b"", b"junk", b"\1" * 60])
def test_so_is_a_damaged_plan(move: Path, octets: bytes) -> None:
    os.setxattr(move, PLAN, octets)
    before = move.read_bytes()
    with pytest.raises(StoreFailed, match="journal of the maildrop is damaged") as raised:
        MboxStore(str(move)).open("ann")
    assert raised.value.code == "SYS/PERM"
    assert PLAN in str(raised.value.__cause__)
    assert move.read_bytes() == before


def put_back(path: Path) -> None:
    """From a backup: another file."""
    path.rename(path.parent / "other")
    path.write_bytes(REDO.whole)
    (path.parent / "other").unlink()


def rewritten(path: Path) -> None:
    path.write_bytes(REDO.whole.replace(b"Subject", b"X-Field"))


def rewritten_longer(path: Path) -> None:
    path.write_bytes(REDO.whole.replace(b"Subject", b"X-Fields") * 2)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def changed_in_front(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(37)
        file.write(b"S")


CHANGES = [put_back, rewritten, rewritten_longer, emptied, changed_in_front]


@pytest.mark.parametrize("change", CHANGES)
def test_what_others_have_changed_since_is_left_alone(
    redo: Path, change: Callable[[Path], None]
) -> None:
    change(redo)
    before = redo.read_bytes()
    assert recovered(redo) == before
    assert JOURNAL not in os.listdir(redo.parent)


@pytest.mark.parametrize("change", [rewritten, rewritten_longer, emptied])
def test_so_it_is_with_a_plan(move: Path, change: Callable[[Path], None]) -> None:
    change(move)
    before = move.read_bytes()
    assert recovered(move) == before
    assert os.listxattr(move) == []


def test_a_plan_copied_to_another_file_is_forgotten(move: Path) -> None:
    plan = os.getxattr(move, PLAN)
    other = move.parent / "ben"
    other.write_bytes(MOVE.whole)
    os.setxattr(other, PLAN, plan)
    assert recovered(other) == MOVE.whole
    assert os.listxattr(other) == []


def test_a_plan_that_would_take_for_ever_is_damaged(tmp_path: Path) -> None:
    """A user can write one to their own file."""
    path = tmp_path / "ann"
    path.write_bytes(MOVE.whole + b"x" * 300_000)
    descriptor = os.open(path, os.O_RDWR)
    size = os.fstat(descriptor).st_size
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mbox_move, "_MOST", size)
        patch.setattr(mbox_move, "_carry_out", lambda *arguments: None)
        mbox_move.compact(descriptor, 0, [(1, size)], size)
    os.close(descriptor)
    with pytest.raises(StoreFailed, match="damaged"):
        MboxStore(str(path)).open("ann")


@given(octets=st.binary(max_size=90))
def test_any_plan_is_refused_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, octets: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "planned"
    path.write_bytes(MOVE.whole)
    text = b"\1" + octets
    os.setxattr(path, PLAN, text + crc32(text).to_bytes(4, "big"))
    try:
        assert recovered(path) == MOVE.whole
    except StoreFailed:
        os.removexattr(path, PLAN)
    assert path.read_bytes() == MOVE.whole
