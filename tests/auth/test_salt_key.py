"""The key that salts of SCRAM are made of is the same after a start."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Thread

import pytest

from pop3lab.auth.scram_credentials import SALT_KEY_SIZE, SaltKey
from pop3lab.core.errors import ConfigError


@pytest.fixture
def users(tmp_path: Path) -> Path:
    path = tmp_path / "users"
    path.write_text("ann:{PLAIN}secret\n")
    return path


def key_file(users: Path) -> Path:
    return Path(f"{users}.scram-key")


def quiet(users: Path | None) -> bytes:
    """The key of a new start, and not a word."""
    told: list[str] = []
    octets = SaltKey(None if users is None else str(users)).octets(told.append)
    assert told == []
    return octets


def test_it_is_made_once_and_for_us_alone(users: Path) -> None:
    before = os.umask(0)
    try:
        first = quiet(users)
    finally:
        os.umask(before)
    status = key_file(users).lstat()
    assert stat.S_ISREG(status.st_mode)
    assert (stat.S_IMODE(status.st_mode), status.st_size) == (0o600, SALT_KEY_SIZE)
    assert status.st_uid == users.stat().st_uid
    assert first == quiet(users) == key_file(users).read_bytes()
    assert sorted(path.name for path in users.parent.iterdir()) == ["users", "users.scram-key"]


def test_who_may_read_the_users_may_read_the_key_that_root_has_made(users: Path) -> None:
    os.chown(users, 65534, 65534)
    quiet(users)
    status = key_file(users).lstat()
    assert (status.st_uid, status.st_gid) == (65534, 65534)


def test_another_users_file_has_another(users: Path, tmp_path: Path) -> None:
    other = tmp_path / "others"
    other.write_text("bob:{PLAIN}secret\n")
    assert quiet(users) != quiet(other)


def test_without_a_users_file_it_is_of_this_start() -> None:
    key = SaltKey(None)
    assert key.octets(pytest.fail) == key.octets(pytest.fail)
    assert len(key.octets(pytest.fail)) == SALT_KEY_SIZE
    assert quiet(None) != quiet(None)


def test_starts_at_the_same_time_have_the_same(users: Path) -> None:
    at_once, found = Barrier(8), []

    def start() -> None:
        key = SaltKey(str(users))
        at_once.wait()
        found.append(key.octets(pytest.fail))

    threads = [Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [key_file(users).read_bytes()] * 8
    assert len(list(users.parent.iterdir())) == 2


def linked(key: Path) -> None:
    (key.parent / "elsewhere").write_bytes(bytes(SALT_KEY_SIZE))
    key.symlink_to(key.parent / "elsewhere")


def dangling(key: Path) -> None:
    key.symlink_to(key.parent / "nothing")


def readable(key: Path) -> None:
    key.write_bytes(bytes(SALT_KEY_SIZE))
    key.chmod(0o640)


def sized(size: int) -> Callable[[Path], None]:
    def make(key: Path) -> None:
        key.write_bytes(bytes(size))
        key.chmod(0o600)

    return make


@pytest.mark.parametrize(
    ("make", "flaw"),
    [
        (linked, "this is a link: remove it for a new key"),
        (dangling, "this is a link: remove it for a new key"),
        (Path.mkdir, "this is no file: remove it for a new key"),
        (os.mkfifo, "this is no file: remove it for a new key"),
        (readable, "others may read it: remove it for a new key, or chmod 600"),
        (sized(0), "a key has 32 octets: remove it for a new one"),
        (sized(31), "a key has 32 octets: remove it for a new one"),
        (sized(33), "a key has 32 octets: remove it for a new one"),
    ],
)
def test_what_can_be_no_key_is_a_sentence_and_left_alone(
    users: Path, make: Callable[[Path], None], flaw: str
) -> None:
    key = key_file(users)
    make(key)
    before = key.lstat()
    with pytest.raises(ConfigError) as refusal:
        quiet(users)
    assert str(refusal.value) == f"{key}: {flaw}"
    assert (key.lstat().st_ino, key.lstat().st_size) == (before.st_ino, before.st_size)
    assert not (users.parent / "nothing").exists()


def test_somebody_elses(users: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quiet(users)
    users.unlink()
    users.symlink_to("/etc/passwd")  # root's
    if os.getuid() == 0:
        os.chown(key_file(users), 4712, -1)
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    with pytest.raises(ConfigError, match="it is somebody else's: remove it"):
        quiet(users)


def test_where_none_can_be_kept_one_sentence_says_so(users: Path) -> None:
    """In /proc nobody makes files, root neither."""
    with users.open() as file:
        path = f"/proc/self/fd/{file.fileno()}"
        told: list[str] = []
        key = SaltKey(path)
        octets = key.octets(told.append)
        assert (len(octets), key.octets(told.append)) == (SALT_KEY_SIZE, octets)
        [sentence] = told
        assert sentence.startswith(f"{path}.scram-key: ")
        assert "let the server create this file once" in sentence
        assert SaltKey(path).octets(told.append) != octets


def test_to_look_makes_nothing(users: Path) -> None:
    SaltKey(str(users), make=False).octets(pytest.fail)
    assert not key_file(users).exists()
    told: list[str] = []
    SaltKey("/nowhere/users", make=False).octets(told.append)
    assert len(told) == 1


def test_what_was_had_stays(users: Path) -> None:
    key = SaltKey(str(users))
    first = key.octets(pytest.fail)
    key_file(users).unlink()
    assert key.octets(pytest.fail) == first
