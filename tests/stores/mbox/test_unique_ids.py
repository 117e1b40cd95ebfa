"""Unique-ids of identical messages in an mbox file: the same to all, and never given again."""

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from pop3lab.stores.mbox import unique_ids as mbox_ids
from pop3lab.stores.mbox.store import MboxStore
from tests.stores.failing import Killed, failing
from tests.stores.mbox.test_rewrite import full

SAME = b"From a@b Thu Jan  1 00:00:00 1970\nSubject: x\n\nx\n\n"
OTHER = SAME.replace(b"x", b"y")
IDS = ".ann.pop3lab-ids"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "ann"
    file.write_bytes(SAME * 3)
    return file


def uids(path: Path) -> list[str]:
    """To a process that knows nothing."""
    maildrop = MboxStore(str(path)).open("ann")
    maildrop.close()
    return [entry.uid for entry in maildrop.snapshot.entries]


def delete(path: Path, *numbers: int) -> None:
    maildrop = MboxStore(str(path)).open("ann")
    try:
        maildrop.delete([maildrop.snapshot.entries[number].uid for number in numbers])
    finally:
        maildrop.close()


def deliver(path: Path, text: bytes = SAME) -> None:
    with path.open("ab") as file:
        file.write(text)


def test_p134_p135_p139_copies_keep_their_ids_and_none_is_given_again(path: Path) -> None:
    first = uids(path)
    assert len({*first}) == 3
    delete(path, 1)
    assert uids(path) == [first[0], first[2]]
    deliver(path)
    assert uids(path)[:2] == [first[0], first[2]]
    assert uids(path)[2] not in first
    delete(path, 0, 1, 2)
    deliver(path)
    assert uids(path)[0] not in first


def test_p139_an_id_is_not_given_again_when_the_only_one_is_gone(path: Path) -> None:
    path.write_bytes(OTHER)
    used = {*uids(path)}
    for _ in range(3):
        delete(path, 0)
        deliver(path, OTHER)
        assert not used & {*uids(path)}
        used |= {*uids(path)}


def test_p139_nor_when_another_program_removed_the_message(path: Path) -> None:
    first = uids(path)
    path.write_bytes(SAME)
    assert uids(path) == first[:1]
    deliver(path)
    assert uids(path)[1] not in first


def test_p135_a_message_that_others_have_not_is_not_written_down(path: Path) -> None:
    path.write_bytes(SAME + OTHER)
    uids(path)
    assert os.listdir(path.parent) == ["ann"]


def test_nobody_else_can_read_the_file(path: Path) -> None:
    uids(path)
    assert (path.parent / IDS).stat().st_mode & 0o777 == 0o600


def junk(file: Path) -> None:
    file.write_bytes(b"junk\n")


def nothing(file: Path) -> None:
    file.write_bytes(b"")


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-5])


def twice(file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b" 3 1,2,3", b" 3 1,1,4"))


def link(file: Path) -> None:
    file.unlink()
    file.symlink_to("ann")


def folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def somebody_elses(file: Path) -> None:
    os.chown(file, 12345, 12345)


@pytest.mark.parametrize(
    "damage", [junk, nothing, cut, twice, link, folder, pipe, somebody_elses, Path.unlink]
)
def test_a_file_that_is_damaged_or_not_ours_is_as_none(
    path: Path, damage: Callable[[Path], None]
) -> None:
    first = uids(path)
    damage(path.parent / IDS)
    text = path.read_bytes()
    assert uids(path) == first
    assert path.read_bytes() == text
    delete(path, 0)
    assert len({*uids(path)}) == 2


def test_without_room_they_last_as_long_as_the_process(path: Path) -> None:
    store = MboxStore(str(path))
    with full():
        maildrop = store.open("ann")
        first = [entry.uid for entry in maildrop.snapshot.entries]
        maildrop.delete(first[:1])
        maildrop.close()
        deliver(path)
        maildrop = store.open("ann")
        maildrop.close()
    left = [entry.uid for entry in maildrop.snapshot.entries]
    assert left[:2] == first[1:]
    assert left[2] not in first
    store.open("ann").close()
    assert uids(path) == left


def test_the_oldest_are_forgotten(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mbox_ids, "_MOST", 2)
    path.write_bytes(b"".join(SAME.replace(b"x", b"%d" % n) for n in range(5)))
    first = uids(path)
    for number in range(4):
        delete(path, 0)
        assert (path.parent / IDS).read_bytes().count(b"\n") == 1 + min(number + 1, 2)
    assert uids(path) == first[4:]


def test_p135_p139_killed_at_each_call(path: Path) -> None:
    path.write_bytes(SAME * 2 + OTHER + SAME)
    first, at = uids(path), 0
    outcomes = Counter[int]()
    while True:
        at += 1
        maildrop = MboxStore(str(path)).open("ann")
        try:
            with failing(at):
                maildrop.delete([first[0], first[2]])
        except Killed:
            pass
        else:
            break
        finally:
            maildrop.close()
        left = uids(path)
        outcomes[len(left)] += 1
        assert left in (first, [first[1], first[3]]), at
        deliver(path)
        assert uids(path)[-1] not in first
        (path.parent / IDS).unlink(missing_ok=True)
        path.write_bytes(SAME * 2 + OTHER + SAME)
        assert uids(path) == first
    assert outcomes.keys() == {2, 4}


class History:
    """A file in which each message is known, though some are equal."""

    def __init__(self, path: Path, seed: int) -> None:
        self._path = path
        self._random = Random(seed)
        self._messages: list[tuple[bytes, str | None]] = []
        self._given: set[str] = set()

    def step(self) -> None:
        self._random.choice([self._deliver, self._look, self._remove])()

    def _deliver(self) -> None:
        text = self._random.choice([SAME, OTHER])
        deliver(self._path, text)
        self._messages.append((text, None))

    def _look(self) -> None:
        listed = uids(self._path)
        for (_, known), uid in zip(self._messages, listed, strict=True):
            assert known == uid if known else uid not in self._given
        self._given |= {*listed}
        self._messages = [
            (text, uid) for (text, _), uid in zip(self._messages, listed, strict=True)
        ]

    def _remove(self) -> None:
        self._look()
        removed = {n for n in range(len(self._messages)) if self._random.random() < 0.4}
        maildrop = MboxStore(str(self._path)).open("ann")
        kill = self._random.choice([10_000, self._random.randint(1, 90)])
        try:
            with failing(kill):
                maildrop.delete(
                    [uid or "" for n, (_, uid) in enumerate(self._messages) if n in removed]
                )
        except Killed:
            pass
        finally:
            maildrop.close()
        left = [message for n, message in enumerate(self._messages) if n not in removed]
        if len(uids(self._path)) != len(self._messages):
            self._messages = left


@pytest.mark.parametrize("seed", range(40))
def test_p135_p139_any_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    path = tmp_path / "ann"
    path.touch()
    history = History(path, seed)
    for _ in range(25):
        history.step()
