"""The machine is switched off at any change of a deletion or a recovery: folders and Maildirs.

Of mbox files that is shown by test_mbox_power_loss.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from random import Random

import pytest

from tests.contract.stores import Stocked, folder, folder_trash, maildir, maildir_trash
from tests.stores.failing import Killed
from tests.stores.mbox.test_rewrite import full
from tests.stores.power_of_folders import Disk

pytestmark = pytest.mark.slow

TEXTS = [b"%d\r\n" % number for number in range(6)]
DOOMED = (0, 1, 2, 5)
ALL_GONE = [text for number, text in enumerate(TEXTS) if number not in DOOMED]


@dataclass
class Case:
    make: Callable[[Path], Stocked]
    room: bool = True  # for a journal

    def __str__(self) -> str:
        return self.make.__name__ + ("" if self.room else ", full")


CASES = [Case(folder), Case(folder_trash), Case(maildir), Case(maildir_trash)]
CASES += [Case(folder, room=False), Case(maildir, room=False)]
EACH = pytest.mark.parametrize("case", CASES, ids=str)


class Box:
    """A maildrop with mail in it, on a disk."""

    def __init__(self, case: Case, place: Path) -> None:
        self.root = place / "box"
        self._aside = place / "aside"
        for path in (self.root, self._aside):
            path.mkdir(parents=True)
        self.stocked = case.make(self.root)
        for text in TEXTS:
            self.stocked.add(text)
        if case.make in (maildir, maildir_trash):
            for path in sorted((self.root / "new").iterdir())[::2]:
                path.rename(self.root / "cur" / f"{path.name}:2,S")
        trash = self.root / ".pop3lab-trash" / ("cur" if case.make is maildir_trash else "")
        if case.make in (folder_trash, maildir_trash):
            trash.mkdir(parents=True)
        self._case = case

    def disk(self) -> Disk:
        """As it is now."""
        return Disk(self.root, self._aside)

    def run(self, disk: Disk, at: int, *, delete: bool) -> bool:
        """A deletion, or a recovery, until it is killed; whether it ended before."""
        store = self.stocked.again()
        with ExitStack() as at_last:
            if not self._case.room:
                at_last.enter_context(full())
            try:
                maildrop = store.open("ann") if delete else None
                if maildrop:
                    at_last.callback(maildrop.close)
                with disk.running(at):
                    if maildrop:
                        uids = [entry.uid for entry in maildrop.snapshot.entries]
                        maildrop.delete([uids[number] for number in DOOMED])
                    else:
                        store.open("ann").close()
            except Killed:
                return False
        return True

    def left(self) -> list[bytes]:
        maildrop = self.stocked.again().open("ann")
        try:
            return [b"".join(maildrop.read(entry.uid)) for entry in maildrop.snapshot.entries]
        finally:
            maildrop.close()


def trial(case: Case, place: Path, at: int, random: Random) -> bool:
    """Whether all are gone then: else none is."""
    box = Box(case, place)
    disk = box.disk()
    done = box.run(disk, at, delete=True)
    for _ in range(random.randrange(3)):
        if random.random() < 0.5:  # else it was only the process that was killed
            disk.lose_power(random)
            disk = box.disk()
        box.run(disk, random.randint(1, 16), delete=False)
    disk.lose_power(random)
    left = box.left()
    assert left in ([ALL_GONE] if done else [ALL_GONE, TEXTS]), (str(case), at)
    assert box.left() == left
    if left == ALL_GONE:
        names = Counter(path.name for path in box.root.rglob("*") if "journal" in path.name)
        assert not names
    return left == ALL_GONE


def sweep(case: Case, place: Path, times: int) -> None:
    box = Box(case, place / "counted")
    disk = box.disk()
    assert box.run(disk, 10_000, delete=True)
    outcomes = Counter(
        trial(case, place / f"{at} {seed}", at, Random(f"{at} {seed}"))
        for at in range(1, disk.calls + 2)
        for seed in range(times)
    )
    assert min(outcomes[True], outcomes[False]) > 3


@EACH
def test_p149_all_or_none_when_the_power_is_gone(tmp_path: Path, case: Case) -> None:
    sweep(case, tmp_path, 3)


@pytest.mark.parametrize("case", [Case(folder), Case(maildir)], ids=str)
def test_p149_killed_in_a_recovery_before_the_power_is_gone(tmp_path: Path, case: Case) -> None:
    """A journal that a killed server has named may not be on the disk when the next reads it."""
    for at, then, seed in product(range(8, 13), range(1, 8), range(4)):
        box = Box(case, tmp_path / f"{at} {then} {seed}")
        disk = box.disk()
        box.run(disk, at, delete=True)
        box.run(disk, then, delete=False)
        disk.lose_power(Random(seed))
        assert box.left() in (ALL_GONE, TEXTS), (at, then, seed)


@EACH
@pytest.mark.soak
def test_p149_all_or_none_when_the_power_is_gone_often(tmp_path: Path, case: Case) -> None:
    sweep(case, tmp_path, 100)
