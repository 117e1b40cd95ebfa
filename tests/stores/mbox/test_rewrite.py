"""Removing from an mbox file, cut short at each call: all is gone, or nothing, and no mail is lost.

Also with mail that comes between a kill and the recovery, with a second kill in the recovery, and
where nothing can be written beside the file.
"""

import errno
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest

from pop3lab.core.errors import StoreFailed
from pop3lab.stores.factory import create_store
from pop3lab.stores.mbox.store import MboxStore
from pop3lab.stores.survey import MaildropState, MaildropStatus, survey_maildrop
from tests.stores.failing import Killed, failing

pytestmark = pytest.mark.slow

FROM = b"From a@b Thu Jan  1 00:00:00 1970\n"


def message(number: int, octets: int) -> bytes:
    return FROM + b"Subject: %d\n\n" % number + b"%d" % number * octets + b"\n\n"


SMALL = tuple(message(number, 3) for number in range(5))
GROWING = tuple(message(number, 40 * 2**number) for number in range(5))
NEW = message(9, 400)


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine is not switched off here: see test_mbox_power_loss."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@dataclass(frozen=True)
class Case:
    """A file, what is to go from it, and whether there is room for a journal."""

    messages: tuple[bytes, ...]
    removed: tuple[int, ...]
    room: bool = True

    @property
    def gone(self) -> bytes:
        return b"".join(m for n, m in enumerate(self.messages) if n not in self.removed)

    @property
    def whole(self) -> bytes:
        return b"".join(self.messages)

    def file(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for name in os.listdir(folder):
            (folder / name).unlink()
        path = folder / "ann"
        path.write_bytes(self.whole)
        return path

    def disk(self) -> AbstractContextManager[None]:
        return nullcontext() if self.room else full()


CASES = {
    "the first": Case(SMALL, (0,)),
    "a tiny one": Case((b"From a\n\n", *SMALL), (0,)),
    "the last": Case(SMALL, (4,)),
    "all": Case(SMALL, (0, 1, 2, 3, 4)),
    "the first, before large ones": Case(GROWING, (0,)),
    "some": Case(GROWING, (0, 1, 3)),
    "full, the last": Case(SMALL, (3, 4), room=False),
    "full, the first": Case(SMALL, (0,), room=False),
    "full, the first, before large ones": Case(GROWING[:3], (0,), room=False),
    "full, a tiny one": Case((b"From a\n\n", *SMALL[:2]), (0,), room=False),
    "full, some": Case(GROWING, (1, 3), room=False),
}
EACH = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@contextmanager
def full() -> Iterator[None]:
    """No file can be made."""
    really_open = os.open

    def opened(path: str, flags: int, *arguments: int, **named: int) -> int:
        if flags & os.O_CREAT:
            raise OSError(errno.ENOSPC, "No space left on device")
        return really_open(path, flags, *arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "open", opened)
        yield


def delete(path: Path, case: Case, **how: object) -> Counter[str]:
    """Raises what is to happen at a call; the answer is the calls of a deletion."""
    maildrop = MboxStore(str(path)).open("ann")
    try:
        uids = [maildrop.snapshot.entries[number].uid for number in case.removed]
        with case.disk(), failing(**{"at": 10_000, **how}) as counted:  # type: ignore[arg-type]
            maildrop.delete(uids)
    finally:
        maildrop.close()
    return counted.names


def recovered(path: Path) -> bytes:
    MboxStore(str(path)).open("ann").close()
    return path.read_bytes()


def deliver(path: Path, mail: bytes = NEW) -> None:
    with path.open("ab") as file:
        file.write(mail)


def check_nothing_is_left_behind(path: Path) -> None:
    assert set(os.listdir(path.parent)) <= {"ann", ".ann.pop3lab-ids"}
    assert os.listxattr(path) == []


def calls_of(case: Case, folder: Path) -> int:
    path = case.file(folder)
    names = delete(path, case)
    assert path.read_bytes() == case.gone
    check_nothing_is_left_behind(path)
    return names.total()


def moments(calls: int) -> Iterator[tuple[int, bool]]:
    """Each call, and each with half of a write done."""
    return ((at, torn) for at in range(1, calls + 1) for torn in (False, True))


@EACH
@pytest.mark.parametrize("mail", ["no mail", "mail", "the same mail"])
def test_p149_killed_at_each_call(tmp_path: Path, case: Case, mail: str) -> None:
    """A test may deliver what it has just deleted: then the file looks as it did before."""
    same = b"".join(case.messages[number] for number in case.removed)
    new = {"no mail": b"", "mail": NEW, "the same mail": same}[mail]
    outcomes = []
    for at, torn in moments(calls_of(case, tmp_path)):
        path = case.file(tmp_path)
        with pytest.raises(Killed):
            delete(path, case, at=at, torn=torn)
        deliver(path, new)
        outcomes.append(recovered(path))
        assert outcomes[-1] in (case.whole + new, case.gone + new), (at, torn)
        assert recovered(path) == outcomes[-1]
        check_nothing_is_left_behind(path)
    assert set(outcomes) == {case.whole + new, case.gone + new}


@EACH
@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC], ids=errno.errorcode.get)
@pytest.mark.parametrize("on", [False, True], ids=["once", "on"])
def test_p149_failing_at_each_call(tmp_path: Path, case: Case, code: int, on: bool) -> None:
    acknowledged = 0
    calls = calls_of(case, tmp_path)
    for at in range(1, calls + 1):
        path = case.file(tmp_path)
        try:
            delete(path, case, at=at, on=on, error=lambda: OSError(code, os.strerror(code)))
        except StoreFailed as failure:
            assert str(failure) == "some deleted messages not removed"  # noqa: PT017
            deliver(path)
            assert recovered(path) in (case.whole + NEW, case.gone + NEW), at
        else:
            acknowledged += 1
            assert path.read_bytes() == case.gone, at
            deliver(path)
            assert recovered(path) == case.gone + NEW
        check_nothing_is_left_behind(path)
    assert acknowledged < calls


def half_done(path: Path, case: Case, at: int) -> bool:
    """Killed at a call; whether anything was left to be done."""
    path = case.file(path.parent)
    with pytest.raises(Killed):
        delete(path, case, at=at)
    journal = path.parent / ".ann.pop3lab-journal"
    return journal.exists() or bool(os.listxattr(path))


@EACH
def test_a_server_starts_again_whenever_it_was_killed(tmp_path: Path, case: Case) -> None:
    path = tmp_path / "ann"
    moments = [at for at in range(1, calls_of(case, tmp_path) + 1) if half_done(path, case, at)]
    for at in moments:
        half_done(path, case, at)
        create_store(str(path)).open("ann").close()
        assert path.read_bytes() == case.gone
        half_done(path, case, at)
        assert survey_maildrop(str(path), "ann", "unlink", own=True) == MaildropStatus(
            MaildropState.READY
        )
    assert moments or case.removed == (3, 4)


def sweep_recovery(tmp_path: Path, case: Case, every: int) -> int:
    """Killed in the deletion, mail comes, killed in the recovery, mail comes: how often."""
    done = 0
    for first in range(1, calls_of(case, tmp_path) + 1):
        path = tmp_path / "ann"
        if not half_done(path, case, first):
            continue
        for second in range(1 + (first * 7) % every, 1000, every):
            half_done(path, case, first)
            deliver(path)
            store = MboxStore(str(path))
            try:
                with failing(second, torn=second % 2 == 0):
                    store.open("ann").close()
            except Killed:
                done += 1
            else:
                break
            deliver(path)
            assert recovered(path) in (case.gone + NEW * 2, case.whole + NEW * 2), (first, second)
            check_nothing_is_left_behind(path)
    return done


@EACH
def test_p149_killed_again_in_the_recovery(tmp_path: Path, case: Case) -> None:
    done = sweep_recovery(tmp_path, case, every=41)
    assert (done > 3) == (case.room or case.removed != (3, 4))


@EACH
@pytest.mark.soak
def test_p149_killed_again_at_each_call_of_the_recovery(tmp_path: Path, case: Case) -> None:
    sweep_recovery(tmp_path, case, every=1)


@EACH
@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC], ids=errno.errorcode.get)
def test_p149_failing_in_the_recovery(tmp_path: Path, case: Case, code: int) -> None:
    for first in range(1, calls_of(case, tmp_path) + 1, 7):
        path = tmp_path / "ann"
        for second in range(1, 1000, 9):
            if not half_done(path, case, first):
                break
            deliver(path)
            store = MboxStore(str(path))
            with failing(second, lambda: OSError(code, os.strerror(code)), on=False) as counted:
                try:
                    store.open("ann").close()
                except StoreFailed:
                    pass
            assert recovered(path) in (case.gone + NEW, case.whole + NEW), (first, second)
            check_nothing_is_left_behind(path)
            if counted.calls < second:
                break


CALLS = {
    "the first": {"pwrite", "write", "ftruncate", "fsync", "rename", "unlink"},
    "all": {"write", "ftruncate", "fsync", "rename", "unlink"},
    "full, the first": {"pwrite", "ftruncate", "fsync", "setxattr", "removexattr"},
    "full, the last": {"ftruncate", "fsync"},
}


@pytest.mark.parametrize("name", CALLS)
def test_the_sweeps_disturb_the_calls_that_matter(tmp_path: Path, name: str) -> None:
    names = delete(CASES[name].file(tmp_path), CASES[name])
    assert {*CALLS[name]} <= {*names}
