"""A deletion that is cut short at any call of the operating system: all is gone, or nothing.

tests/crash does the same to a server from outside, with real kills.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from pop3lab.core.errors import StoreFailed
from pop3lab.core.maildrop import Maildrop, Store
from tests.contract.stores import Stocked, folder, folder_trash, maildir, maildir_trash, mbox
from tests.stores.failing import Killed, failing

pytestmark = pytest.mark.slow

TEXTS = [b"%d\r\n" % number for number in range(6)]
DOOMED = (0, 2, 5)
ALL_GONE = [text for number, text in enumerate(TEXTS) if number not in DOOMED]
STORES = [folder, folder_trash, maildir, maildir_trash, mbox]


@pytest.fixture(params=STORES, ids=lambda make: make.__name__)
def make(request: pytest.FixtureRequest) -> Callable[[Path], Stocked]:
    stocked: Callable[[Path], Stocked] = request.param
    return stocked


def filled(make: Callable[[Path], Stocked], path: Path) -> Stocked:
    path.mkdir()
    stocked = make(path)
    for text in TEXTS:
        stocked.add(text)
    return stocked


def left(store: Store) -> list[bytes]:
    maildrop = store.open("ann")
    try:
        return [b"".join(maildrop.read(entry.uid)) for entry in maildrop.snapshot.entries]
    finally:
        maildrop.close()


def delete(maildrop: Maildrop) -> None:
    maildrop.delete([maildrop.snapshot.entries[number].uid for number in DOOMED])


def calls_of_a_deletion(make: Callable[[Path], Stocked], path: Path) -> int:
    maildrop = filled(make, path).store.open("ann")
    with failing(at=10_000) as counted:
        delete(maildrop)
    maildrop.close()
    return counted.calls


def test_p149_killed_at_each_call(make: Callable[[Path], Stocked], tmp_path: Path) -> None:
    calls = calls_of_a_deletion(make, tmp_path / "counted")
    outcomes = []
    for at in range(1, calls + 1):
        stocked = filled(make, tmp_path / f"{at}")
        maildrop = stocked.store.open("ann")
        with pytest.raises(Killed), failing(at):
            delete(maildrop)
        maildrop.close()
        outcomes.append(left(stocked.again()))
        assert outcomes[-1] in (TEXTS, ALL_GONE), at
        assert left(stocked.again()) == outcomes[-1]
        stocked.add(b"new\r\n")
        assert left(stocked.again()) == [*outcomes[-1], b"new\r\n"]
    assert outcomes.count(TEXTS) > 3
    assert outcomes.count(ALL_GONE) > 3


@pytest.mark.parametrize("on", [True, False])
def test_p149_each_call_fails(make: Callable[[Path], Stocked], tmp_path: Path, on: bool) -> None:
    calls = calls_of_a_deletion(make, tmp_path / "counted")
    acknowledged = 0
    for at in range(1, calls + 1):
        stocked = filled(make, tmp_path / f"{at}")
        maildrop = stocked.store.open("ann")
        try:
            with failing(at, lambda: OSError(5, "EIO"), on=on):
                delete(maildrop)
        except StoreFailed:
            assert left_after(maildrop, stocked) in (TEXTS, ALL_GONE)
        else:
            acknowledged += 1
            assert left_after(maildrop, stocked) == ALL_GONE
    assert acknowledged < calls


def left_after(maildrop: Maildrop, stocked: Stocked) -> list[bytes]:
    maildrop.close()
    found = left(stocked.store)
    assert left(stocked.again()) == found
    return found


@pytest.mark.parametrize("make", STORES[:-1], ids=lambda make: make.__name__)
def test_p149_killed_in_the_recovery(make: Callable[[Path], Stocked], tmp_path: Path) -> None:
    """The recovery of a deletion that was killed half-way, at each of its calls."""
    calls = calls_of_a_deletion(make, tmp_path / "counted")
    committed = calls - 4
    for at in range(1, 30):
        stocked = filled(make, tmp_path / f"{at}")
        maildrop = stocked.store.open("ann")
        with pytest.raises(Killed), failing(committed):
            delete(maildrop)
        maildrop.close()
        store = stocked.again()
        try:
            with failing(at):
                store.open("ann").close()
        except Killed:
            pass
        assert left(stocked.again()) == ALL_GONE
