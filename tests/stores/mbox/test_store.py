import errno
import fcntl
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pop3lab.core.errors import MaildropBusy, StoreFailed
from pop3lab.core.maildrop import Maildrop
from pop3lab.stores.mbox import store as mbox_module
from pop3lab.stores.mbox.rewrite import remove_spans
from pop3lab.stores.mbox.store import MboxStore
from tests.dialogue import fed, logged_in, sent
from tests.stores.failing import failing
from tests.stores.holding import busy_until_killed

FROM = b"From a@b Thu Jan  1 00:00:00 1970\n"
MESSAGES = [b"Subject: %d\n\n%d\n" % (number, number) for number in range(3)]
SHORT = 0.2  # seconds


def as_mbox(*messages: bytes) -> bytes:
    return b"".join(FROM + message + b"\n" for message in messages)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "ann"
    file.write_bytes(as_mbox(*MESSAGES))
    return file


def opened(path: Path) -> Maildrop:
    return MboxStore(str(path), patience=SHORT).open("ann")


def uids(maildrop: Maildrop) -> list[str]:
    return [entry.uid for entry in maildrop.snapshot.entries]


def delete(maildrop: Maildrop, *numbers: int) -> None:
    try:
        maildrop.delete([uids(maildrop)[number] for number in numbers])
    finally:
        maildrop.close()


def append(path: Path, octets: bytes) -> None:
    with path.open("ab") as file:
        file.write(octets)


def test_p145_only_what_is_deleted_goes_and_the_rest_stays_to_the_octet(path: Path) -> None:
    path.write_bytes(FROM + b"a\r\n\n\n" + FROM + b"b\n\n" + FROM + b"Status: O\n\n>From c\n")
    delete(opened(path), 1)
    assert path.read_bytes() == FROM + b"a\r\n\n\n" + FROM + b"Status: O\n\n>From c\n"
    assert sorted(os.listdir(path.parent)) == [".ann.pop3lab-ids", "ann"]


def test_an_empty_file_is_an_empty_maildrop_and_stays_when_all_is_deleted(path: Path) -> None:
    delete(opened(path), 0, 1, 2)
    assert path.read_bytes() == b""
    maildrop = opened(path)
    assert uids(maildrop) == []
    maildrop.close()


def test_p103_nothing_is_changed_but_by_deletion(path: Path) -> None:
    before = path.stat()
    maildrop = opened(path)
    for uid in uids(maildrop):
        list(maildrop.read(uid))
    delete(maildrop)
    assert path.stat().st_ino == before.st_ino
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert os.listdir(path.parent) == ["ann"]


def test_p156_mail_that_comes_meanwhile_is_for_the_next_session(path: Path) -> None:
    maildrop = opened(path)
    append(path, as_mbox(b"late\n"))
    assert len(uids(maildrop)) == 3
    assert b"".join(maildrop.read(uids(maildrop)[2])) == b"Subject: 2\r\n\r\n2\r\n"
    delete(maildrop, 0, 2)
    assert path.read_bytes() == as_mbox(MESSAGES[1], b"late\n")


def test_mail_for_a_file_that_ended_without_blank_line(path: Path) -> None:
    path.write_bytes(as_mbox(MESSAGES[0])[:-1])
    maildrop = opened(path)
    append(path, b"\n" + as_mbox(b"late\n"))
    delete(maildrop, 0)
    maildrop = opened(path)
    assert [b"".join(maildrop.read(uid)) for uid in uids(maildrop)] == [b"late\r\n"]
    maildrop.close()


def test_p149_a_last_message_that_has_grown_is_not_deleted(path: Path) -> None:
    maildrop = opened(path)
    append(path, b"one more line\n")
    before = path.read_bytes()
    with pytest.raises(StoreFailed):
        delete(maildrop, 2)
    assert path.read_bytes() == before
    delete(opened(path), 0)
    assert path.read_bytes() == before[len(as_mbox(MESSAGES[0])) :]


def in_place(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(len(FROM) + 9)
        file.write(b"9")


def replaced(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    other.rename(path)


def shortened(path: Path) -> None:
    os.truncate(path, 20)


@pytest.mark.parametrize("change", [in_place, replaced, shortened])
def test_p149_a_file_that_others_have_changed_is_left_alone(path: Path, change: object) -> None:
    assert callable(change)
    maildrop = opened(path)
    change(path)
    before = path.read_bytes() if path.exists() else None
    with pytest.raises(StoreFailed, match="not removed"):
        delete(maildrop, 2)
    assert (path.read_bytes() if path.exists() else None) == before


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def others_have_removed_it(path: Path) -> None:
    """As Python's mailbox does: another file takes the place."""
    other = path.with_name("other")
    other.write_bytes(as_mbox(*MESSAGES[:2]))
    other.rename(path)


def others_have_removed_it_in_place(path: Path) -> None:
    path.write_bytes(as_mbox(*MESSAGES[:2]))


def others_have_removed_it_and_brought_another(path: Path) -> None:
    path.write_bytes(as_mbox(*MESSAGES[:2], b"Subject: 9\n\nanother one\n"))


@pytest.mark.parametrize("change", [Path.unlink, emptied, others_have_removed_it])
def test_p149_what_others_have_removed_is_gone(path: Path, change: Callable[[Path], None]) -> None:
    maildrop = opened(path)
    change(path)
    before = path.read_bytes() if path.exists() else None
    delete(maildrop, 2)
    assert (path.read_bytes() if path.exists() else None) == before


@pytest.mark.parametrize("change", [emptied, others_have_removed_it_in_place])
def test_what_others_have_removed_may_be_marked_after_its_retr_was_refused(
    path: Path, change: Callable[[Path], None]
) -> None:
    client = logged_in(MboxStore(str(path)))
    change(path)
    assert sent(fed(client, b"RETR 3\r\n")).startswith(b"-ERR")
    assert sent(fed(client, b"DELE 3\r\nQUIT\r\n")).count(b"+OK") == 2


@pytest.mark.parametrize(
    ("number", "change"), [(1, in_place), (3, others_have_removed_it_and_brought_another)]
)
def test_what_may_only_have_changed_may_not(
    path: Path, number: int, change: Callable[[Path], None]
) -> None:
    client = logged_in(MboxStore(str(path)))
    change(path)
    left = path.read_bytes()
    for verb in (b"RETR", b"DELE"):
        assert sent(fed(client, b"%b %d\r\n" % (verb, number))).startswith(b"-ERR")
    client.session_ended("closed")
    assert path.read_bytes() == left


def test_a_long_file_is_not_looked_through_for_it_while_others_wait(path: Path) -> None:
    path.write_bytes(as_mbox(b"x" * 5_000_000 + b"\n", MESSAGES[1]))
    client = logged_in(MboxStore(str(path)))
    os.truncate(path, path.stat().st_size - len(as_mbox(MESSAGES[1])))
    assert b"changed" in sent(fed(client, b"RETR 2\r\n"))
    client.session_ended("closed")


def test_p149_what_others_have_removed_in_part_is_not_all_gone(path: Path) -> None:
    maildrop = opened(path)
    others_have_removed_it(path)
    with pytest.raises(StoreFailed, match="not removed"):
        delete(maildrop, 1, 2)
    assert path.read_bytes() == as_mbox(*MESSAGES[:2])


@pytest.mark.parametrize("text", [b"x\n", b"x" * 300_000 + b"\n"])
@pytest.mark.parametrize("change", [in_place, shortened])
def test_a_message_that_was_changed_is_refused(path: Path, text: bytes, change: object) -> None:
    assert callable(change)
    path.write_bytes(as_mbox(b"Subject: 0\n\n" + text, MESSAGES[1]))
    maildrop = opened(path)
    change(path)
    with pytest.raises(StoreFailed):
        list(maildrop.read(uids(maildrop)[0]))
    maildrop.close()


def test_mode_and_owner_are_kept(path: Path) -> None:
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 8, 12)
    before = path.stat()
    delete(opened(path), 0)
    after = path.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (
        before.st_mode,
        before.st_uid,
        before.st_gid,
    )


def test_others_are_kept_out_while_it_is_rewritten_only(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def looked_at(*arguments: Any) -> bool:
        seen.append((path.parent / "ann.lock").read_text().split(":")[0])
        assert not may_lock(path)
        return remove_spans(*arguments)

    monkeypatch.setattr(mbox_module, "remove_spans", looked_at)
    maildrop = opened(path)
    assert may_lock(path)
    assert not (path.parent / "ann.lock").exists()
    delete(maildrop, 0)
    assert seen == [str(os.getpid())]
    assert may_lock(path)


def may_lock(path: Path) -> bool:
    """Whether another program could have it."""
    program = (
        "import fcntl, sys; file = open(sys.argv[1], 'r+');"
        "fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)"
    )
    run = subprocess.run([sys.executable, "-c", program, path], capture_output=True, check=False)
    return run.returncode == 0


def test_a_dotlock_of_another_program_is_waited_for(path: Path) -> None:
    lock = path.parent / "ann.lock"
    lock.write_text("0")
    with pytest.raises(MaildropBusy, match="another program"):
        opened(path)
    assert lock.exists()
    threading.Timer(SHORT, lock.unlink).start()
    MboxStore(str(path)).open("ann").close()


def test_so_it_is_at_the_end(path: Path) -> None:
    maildrop = opened(path)
    (path.parent / "ann.lock").write_text("0")
    with pytest.raises(StoreFailed, match="not removed"):
        delete(maildrop, 0)
    assert path.read_bytes() == as_mbox(*MESSAGES)


GONE = 999_999_999  # no process has this number


@pytest.mark.parametrize(
    ("content", "age", "stale"),
    [
        ("0", 290, False),
        ("0", 301, True),
        ("", 301, True),
        (f"{GONE}\n", 0, True),
        (f"{GONE}\0", 0, True),
        (f"{os.getppid()}", 3000, False),
        (f"{GONE}:elsewhere", 0, False),
        (f"{GONE}:elsewhere", 301, True),
        ("1:elsewhere\npop3lab\n", 0, True),
        ("junk", 0, False),
    ],
)
def test_stale_dotlocks(path: Path, content: str, age: float, stale: bool) -> None:
    lock = path.parent / "ann.lock"
    lock.write_text(content)
    os.utime(lock, (time.time() - age, time.time() - age))
    if stale:
        opened(path).close()
    else:
        with pytest.raises(MaildropBusy):
            opened(path)
    assert lock.exists() != stale


def test_p150_p153_another_process_and_its_lock_vanishes_with_it(path: Path) -> None:
    busy_until_killed(path, lambda: opened(path))
    opened(path).close()


def test_p150_a_session_that_is_refused_takes_no_lock_away(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closing a file ends the fcntl locks that the process has on it through others."""

    def meanwhile(*arguments: Any) -> bool:
        with pytest.raises(MaildropBusy):
            opened(path)
        assert not may_lock(path)
        return remove_spans(*arguments)

    monkeypatch.setattr(mbox_module, "remove_spans", meanwhile)
    delete(opened(path), 0)


def test_p150_the_lock_is_kept_when_messages_are_removed(path: Path) -> None:
    maildrop = opened(path)
    maildrop.delete(uids(maildrop)[:1])
    with pytest.raises(MaildropBusy):
        opened(path)
    with path.open() as file, pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    maildrop.close()
    opened(path).close()


def test_hidden_messages_are_left_in_the_file(path: Path) -> None:
    store = MboxStore(str(path), on_delete="hide")
    delete(store.open("ann"), 0, 2)
    maildrop = store.open("ann")
    assert [b"".join(maildrop.read(uid)) for uid in uids(maildrop)] == [b"Subject: 1\r\n\r\n1\r\n"]
    maildrop.close()
    assert path.read_bytes() == as_mbox(*MESSAGES)


@pytest.mark.parametrize("what", ["link", "pipe", "folder", "nothing", "text"])
def test_what_is_no_mbox_file(tmp_path: Path, what: str) -> None:
    path = tmp_path / "x"
    if what == "link":
        (tmp_path / "real").touch()
        path.symlink_to("real")
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "folder":
        path.mkdir()
    elif what == "text":
        path.write_bytes(b"text\n")
    before = os.listdir("/proc/self/fd")
    for _ in range(2):
        with pytest.raises(StoreFailed):
            opened(path)
    assert os.listdir("/proc/self/fd") == before


def test_no_descriptor_is_left_open(path: Path) -> None:
    before = os.listdir("/proc/self/fd")
    maildrop = opened(path)
    with pytest.raises(MaildropBusy):
        opened(path)
    delete(maildrop, 0)
    maildrop = opened(path)
    in_place(path)
    with pytest.raises(StoreFailed):
        delete(maildrop, 0)
    assert os.listdir("/proc/self/fd") == before


def test_what_a_kill_has_left_is_cleared_away(path: Path) -> None:
    for name in (".ann.pop3lab-new", ".ann.lock.pop3lab-new"):
        (path.parent / name).write_bytes(b"half a file")
    opened(path).close()
    assert os.listdir(path.parent) == ["ann"]


def test_p150_to_close_another_descriptor_does_not_end_the_lock(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def looked_at(*arguments: Any) -> bool:
        path.read_bytes()
        assert not may_lock(path)
        return remove_spans(*arguments)

    monkeypatch.setattr(mbox_module, "remove_spans", looked_at)
    delete(opened(path), 0)


def failing_call(monkeypatch: pytest.MonkeyPatch, name: str, code: int) -> None:
    def fails(*arguments: object, **named: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, name, fails)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM])
@pytest.mark.parametrize("name", ["link", "write"])
def test_without_room_for_a_dotlock_the_other_lock_must_do(
    path: Path, monkeypatch: pytest.MonkeyPatch, name: str, code: int
) -> None:
    failing_call(monkeypatch, name, code)
    opened(path).close()
    assert os.listdir(path.parent) == ["ann"]
    (path.parent / "ann.lock").touch()
    with pytest.raises(MaildropBusy, match="another program"):
        opened(path)


def test_a_dotlock_without_room_for_its_text_is_one_and_known_as_ours(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = path.parent / "ann.lock"

    def looked_at(*arguments: Any) -> bool:
        assert lock.read_bytes() == b""
        lock.rename(path.parent / "left")
        return True

    with monkeypatch.context() as patch:
        failing_call(patch, "write", errno.ENOSPC)
        patch.setattr(mbox_module, "remove_spans", looked_at)
        delete(opened(path), 0)
    (path.parent / "left").rename(lock)
    opened(path).close()
    assert not lock.exists()


def test_an_accident_with_a_dotlock_is_a_refusal(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing_call(monkeypatch, "link", errno.EIO)
    with pytest.raises(StoreFailed, match="locked"):
        opened(path)
    assert may_lock(path)
    assert os.listdir(path.parent) == ["ann"]


def test_a_file_that_is_replaced_while_its_lock_is_waited_for_is_not_the_maildrop(
    path: Path,
) -> None:
    """Python's mailbox does so when it removes messages."""
    with path.open("r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)

        def replace_and_unlock() -> None:
            others_have_removed_it(path)
            fcntl.lockf(file, fcntl.LOCK_UN)

        threading.Timer(SHORT, replace_and_unlock).start()
        maildrop = MboxStore(str(path)).open("ann")
    assert len(uids(maildrop)) == 2
    delete(maildrop, 0)
    assert path.read_bytes() == as_mbox(MESSAGES[1])


def test_no_dotlock_is_left_when_it_can_not_be_had_in_good_order(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_unlink = os.unlink

    def fails(name: str, **named: int) -> None:
        if name == ".ann.lock.pop3lab-new" and (path.parent / name).exists():
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        really_unlink(name, **named)

    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", fails)
        with pytest.raises(StoreFailed, match="locked"):
            opened(path)
    assert not (path.parent / "ann.lock").exists()


def test_a_change_that_only_ctime_shows_is_seen_at_the_next_login(path: Path) -> None:
    store = MboxStore(str(path))
    maildrop = store.open("ann")
    maildrop.close()
    before = path.stat()
    in_place(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    again = store.open("ann")
    again.close()
    assert uids(again)[0] != uids(maildrop)[0]
    assert uids(again)[1:] == uids(maildrop)[1:]


def test_an_unchanged_file_is_not_scanned_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = MboxStore(str(path))
    store.open("ann").close()
    monkeypatch.setattr(mbox_module, "index_mbox", None)
    maildrop = store.open("ann")
    assert len(uids(maildrop)) == 3
    maildrop.close()


NOT_AS_ROOT = """
import os, sys
from pop3lab.stores.factory import create_store
os.getuid() or (os.setgroups([]), os.setgid(65534), os.setuid(65534))
maildrop = create_store(sys.argv[1]).open("ann")
maildrop.delete([maildrop.snapshot.entries[int(number)].uid for number in sys.argv[2:]])
"""


def test_the_folder_need_not_be_writable() -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "ann"
        path.write_bytes(as_mbox(*MESSAGES))
        if os.geteuid() == 0:
            os.chown(path, 65534, 65534)
        path.parent.chmod(0o555)
        for numbers, left in ((["0"], MESSAGES[1:]), (["0", "1"], [])):
            command = [sys.executable, "-c", NOT_AS_ROOT, str(path), *numbers]
            subprocess.run(command, check=True)
            assert path.read_bytes() == as_mbox(*left)
        assert os.listdir(name) == ["ann"]
        path.parent.chmod(0o755)


@pytest.mark.slow
@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC, errno.EACCES], ids=errno.errorcode.get)
def test_what_fails_at_a_login_is_forgotten_at_the_next(path: Path, code: int) -> None:
    """At each call in turn: no size that was not counted is kept, no lock or descriptor left."""
    path.write_bytes(as_mbox(*MESSAGES, MESSAGES[0]))
    first = opened(path)
    first.close()
    entries = list(first.snapshot.entries)
    refused = 0
    for at in range(1, 100):
        store = MboxStore(str(path), patience=SHORT)
        before = os.listdir("/proc/self/fd")
        try:
            with failing(at, lambda: OSError(code, os.strerror(code)), on=False) as counted:
                store.open("ann").close()
        except (StoreFailed, MaildropBusy):
            refused += 1
        again = store.open("ann")
        assert list(again.snapshot.entries) == entries
        again.close()
        assert os.listdir("/proc/self/fd") == before
        assert may_lock(path) or at % 10
        if counted.calls < at:
            break
    assert refused > 5
    assert counted.names["pread"] > 3
