"""The machine is switched off at any change that a deletion or a recovery makes on the disk."""

import os
from contextlib import ExitStack
from pathlib import Path
from random import Random

import pytest

from pop3lab.stores.mbox.store import MboxStore
from tests.stores.failing import Killed
from tests.stores.mbox.test_rewrite import CASES, NEW, Case, recovered
from tests.stores.power import Disk

pytestmark = pytest.mark.slow

ATTRIBUTE = "user.pop3lab"
EACH = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def run(disk: Disk, path: Path, case: Case | None, at: int) -> bool:
    """A deletion, or a recovery, until the power is gone; whether it came to its end before."""
    store = MboxStore(str(path))
    with ExitStack() as at_last:
        try:
            with disk.running(at):
                if case is None:
                    store.open("ann").close()
                    return True
                maildrop = store.open("ann")
                at_last.callback(maildrop.close)
                with case.disk():
                    maildrop.delete([maildrop.snapshot.entries[n].uid for n in case.removed])
                return True
        except Killed:
            return False


def changes(folder: Path, case: Case) -> int:
    path = case.file(folder)
    disk = Disk(path, ATTRIBUTE)
    assert run(disk, path, case, 10_000)
    assert path.read_bytes() == case.gone
    return disk.calls


def trial(folder: Path, case: Case, at: int, random: Random) -> bytes:
    path = case.file(folder)
    disk = Disk(path, ATTRIBUTE)
    done = run(disk, path, case, at)
    disk.lose_power(random)
    came = b""
    for _ in range(random.randrange(4)):
        if random.random() < 0.5:
            with path.open("ab") as file:
                file.write(NEW)
            came += NEW
        disk = Disk(path, ATTRIBUTE)
        run(disk, path, None, random.randint(1, 60))
        disk.lose_power(random)
    left = recovered(path)
    assert left in ({case.gone + came} if done else {case.gone + came, case.whole + came}), at
    assert set(os.listdir(folder)) <= {"ann", ".ann.pop3lab-ids"}
    assert os.listxattr(path) == []
    if case.room and left == case.gone + came:
        assert (folder / ".ann.pop3lab-ids").read_bytes().count(b" 1 \n") == len(case.removed)
    return left.removesuffix(came)


def sweep(folder: Path, case: Case, times: int) -> None:
    outcomes = [
        trial(folder, case, at, Random(f"{at} {seed}"))
        for at in range(1, changes(folder, case) + 2)
        for seed in range(times)
    ]
    assert {*outcomes} == {case.gone, case.whole}


@EACH
def test_p149_all_or_none_when_the_power_is_gone(tmp_path: Path, case: Case) -> None:
    sweep(tmp_path, case, 2)


@EACH
@pytest.mark.soak
def test_p149_all_or_none_when_the_power_is_gone_often(tmp_path: Path, case: Case) -> None:
    sweep(tmp_path, case, 100)
