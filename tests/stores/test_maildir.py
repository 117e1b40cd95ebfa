import os
from pathlib import Path

import pytest

from pop3lab.core.actions import OffloadNext
from pop3lab.core.errors import MaildropBusy, StoreFailed
from pop3lab.core.maildrop import Maildrop
from pop3lab.stores.maildir import MaildirStore, by_delivery
from pop3lab.stores.unique_ids import digest_uid
from tests.dialogue import fed, logged_in, sent
from tests.stores.holding import busy_until_killed

FIRST, SECOND = "1700000001.M1P2Q3.host", "1700000002.M1P2Q3.host"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    (tmp_path / "cur" / f"{FIRST}:2,S").write_bytes(b"first\n")
    (tmp_path / "new" / SECOND).write_bytes(b"second\n")
    return tmp_path


def uids(maildrop: Maildrop) -> list[str]:
    return [entry.uid for entry in maildrop.snapshot.entries]


def files(path: Path) -> set[str]:
    found = (file for file in path.rglob("*") if file.is_file())
    return {str(file.relative_to(path)) for file in found}


def see(path: Path, flags: str = "S") -> None:
    """What a mail reader does with the second message."""
    (path / "new" / SECOND).rename(path / "cur" / f"{SECOND}:2,{flags}")


def test_new_and_cur_in_order_of_delivery_and_nothing_else(path: Path) -> None:
    (path / "tmp" / "1700000000.M1P2Q3.host").write_bytes(b"half a mess")
    (path / "new" / ".hidden").write_bytes(b"no message")
    (path / "new" / "1700000000.link.host").symlink_to(path / "cur" / f"{FIRST}:2,S")
    (path / "cur" / "1700000000.folder.host").mkdir()
    os.mkfifo(path / "cur" / "1700000000.pipe.host")
    (path / "maildirfolder").touch()
    maildrop = MaildirStore(str(path)).open("ann")
    assert uids(maildrop) == [FIRST, SECOND]
    assert [entry.octets for entry in maildrop.snapshot.entries] == [7, 8]
    maildrop.close()


def test_p079_times_are_compared_as_numbers() -> None:
    in_order = [
        "999999999.M9P1.host",
        "1000000000.M2P1.host",
        "1000000000.M10P1Q9.host",
        "1000000000.M10P1Q10.host",
        "1000000001.5_9.host",
        "1000000001.5_10.host",
        "no time",
        "\udcff",
    ]
    backwards = in_order[::-1]
    assert sorted(backwards, key=by_delivery) == in_order


def test_p103_reading_and_deleting_mark_nothing(path: Path) -> None:
    maildrop = MaildirStore(str(path)).open("ann")
    for uid in uids(maildrop):
        list(maildrop.read(uid))
    assert files(path) == {f"cur/{FIRST}:2,S", f"new/{SECOND}"}
    maildrop.delete([FIRST])
    maildrop.close()
    assert files(path) == {f"new/{SECOND}"}


def test_p135_unique_ids_and_order_survive_moves_and_flags(path: Path) -> None:
    store = MaildirStore(str(path))
    store.open("ann").close()
    see(path)
    (path / "cur" / f"{FIRST}:2,S").rename(path / "cur" / f"{FIRST}:2,FRS")
    maildrop = store.open("ann")
    assert uids(maildrop) == [FIRST, SECOND]
    assert b"".join(maildrop.read(SECOND)) == b"second\r\n"
    maildrop.close()


@pytest.mark.parametrize("octets", [7, 300_000])
def test_a_message_that_another_program_renames_is_found_again(path: Path, octets: int) -> None:
    (path / "new" / SECOND).write_bytes(b"x" * (octets - 1) + b"\n")
    maildrop = MaildirStore(str(path)).open("ann")
    for _ in range(2):
        assert len(b"".join(maildrop.read(SECOND))) == octets + 1
    see(path)
    assert len(b"".join(maildrop.read(SECOND))) == octets + 1
    (path / "cur" / f"{SECOND}:2,S").rename(path / "cur" / f"{SECOND}:2,RS")
    assert len(b"".join(maildrop.read(SECOND))) == octets + 1
    (path / "cur" / f"{SECOND}:2,RS").rename(path / "cur" / f"{SECOND}:2,FRS")
    maildrop.delete([SECOND])
    maildrop.close()
    assert files(path) == {f"cur/{FIRST}:2,S"}


def test_a_size_is_not_counted_anew_after_a_rename(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = MaildirStore(str(path))
    store.open("ann").close()
    see(path)
    monkeypatch.setattr("pop3lab.stores.lister.crlf_octets", None)
    maildrop = store.open("ann")
    assert [entry.octets for entry in maildrop.snapshot.entries] == [7, 8]
    maildrop.close()


def test_a_message_that_is_another_now_is_refused_and_kept(path: Path) -> None:
    maildrop = MaildirStore(str(path)).open("ann")
    see(path)
    (path / "cur" / f"{SECOND}:2,S").write_bytes(b"something else\n")
    with pytest.raises(StoreFailed):
        maildrop.read(SECOND)
    with pytest.raises(StoreFailed, match="not removed"):
        maildrop.delete([FIRST, SECOND])
    maildrop.close()
    assert files(path) == {f"cur/{FIRST}:2,S", f"cur/{SECOND}:2,S"}


def test_p149_the_journal_finds_what_was_renamed_after_a_kill(path: Path) -> None:
    maildrop = MaildirStore(str(path)).open("ann")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pop3lab.stores.journal._put_away", None)
        with pytest.raises(TypeError):
            maildrop.delete([SECOND])
    maildrop.close()
    see(path, "RS")
    assert len(files(path)) == 3
    maildrop = MaildirStore(str(path)).open("ann")
    assert uids(maildrop) == [FIRST]
    maildrop.close()
    assert files(path) == {f"cur/{FIRST}:2,S"}


def test_names_without_a_legal_unique_part(path: Path) -> None:
    with open(os.fsencode(path) + b"/cur/1700000003.\xff host:2,S", "wb") as file:
        file.write(b"third\r\n")
    (path / "cur" / ":2,").write_bytes(b"no unique part\r\n")
    maildrop = MaildirStore(str(path)).open("ann")
    third = digest_uid("1700000003.\udcff host")
    assert uids(maildrop) == [FIRST, SECOND, third, ":2,"]
    assert b"".join(maildrop.read(third)) == b"third\r\n"
    maildrop.close()


def test_p133_two_files_with_one_unique_part(path: Path) -> None:
    """Against all rules; still none is lost, and none has the other's unique-id."""
    (path / "cur" / f"{SECOND}:2,").write_bytes(b"twin\n")
    store = MaildirStore(str(path))
    maildrop = store.open("ann")
    before = uids(maildrop)
    assert len(set(before)) == 3
    assert {b"".join(maildrop.read(uid)) for uid in before[1:]} == {b"twin\r\n", b"second\r\n"}
    maildrop.close()
    (path / "cur" / f"{SECOND}:2,").rename(path / "cur" / f"{SECOND}:2,T")
    maildrop = store.open("ann")
    assert uids(maildrop) == before
    maildrop.close()


def test_a_file_in_two_places_at_once_is_one_message(path: Path) -> None:
    """Some programs move by link and unlink."""
    os.link(path / "new" / SECOND, path / "cur" / f"{SECOND}:2,S")
    maildrop = MaildirStore(str(path)).open("ann")
    assert uids(maildrop) == [FIRST, SECOND]
    maildrop.close()


def test_a_message_that_moves_while_the_folders_are_listed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listdir = os.listdir
    moved = False

    def move_after(directory: int) -> list[str]:
        nonlocal moved
        names = listdir(directory)
        if not moved and SECOND in names:
            see(path)
            moved = True
        return names

    monkeypatch.setattr(os, "listdir", move_after)
    maildrop = MaildirStore(str(path)).open("ann")
    assert moved
    assert uids(maildrop) == [FIRST, SECOND]
    maildrop.close()


def test_p156_messages_that_are_removed_or_come_meanwhile(path: Path) -> None:
    maildrop = MaildirStore(str(path)).open("ann")
    (path / "cur" / f"{FIRST}:2,S").unlink()
    (path / "new" / "1700000009.M1P2Q3.host").write_bytes(b"late\n")
    with pytest.raises(StoreFailed):
        maildrop.read(FIRST)
    maildrop.delete([FIRST, SECOND])
    maildrop.close()
    assert files(path) == {"new/1700000009.M1P2Q3.host"}


@pytest.mark.parametrize("name", ["new", "cur"])
def test_a_link_in_place_of_a_folder_is_not_followed(path: Path, name: str) -> None:
    (path / name).rename(path / "real")
    (path / name).symlink_to("real")
    with pytest.raises(StoreFailed):
        MaildirStore(str(path)).open("ann")
    (path / name).unlink()
    (path / "real").rename(path / name)
    MaildirStore(str(path)).open("ann").close()


def test_a_folder_that_is_exchanged_for_a_link_leads_nowhere(path: Path, tmp_path: Path) -> None:
    maildrop = MaildirStore(str(path)).open("ann")
    (path / "new").rename(path / "old")
    (path / "new").symlink_to("/etc")
    assert b"".join(maildrop.read(SECOND)) == b"second\r\n"
    maildrop.close()


def test_p150_p153_another_process_and_its_lock_vanishes_with_it(path: Path) -> None:
    busy_until_killed(path, lambda: MaildirStore(str(path)).open("ann"))
    MaildirStore(str(path)).open("ann").close()
    assert files(path) == {f"cur/{FIRST}:2,S", f"new/{SECOND}"}


def test_a_very_large_maildir_is_as_it_is_at_each_login(path: Path) -> None:
    for number in range(150):
        (path / "cur" / f"16{number:08}.M1P2Q3.host:2,S").write_bytes(b"x\r\n")
    store = MaildirStore(str(path))

    def count() -> int:
        maildrop = store.open("ann")
        maildrop.close()
        return len(maildrop.snapshot.entries)

    assert count() == count() == count() == 152
    (path / "new" / "1700000009.M1P2Q3.host").touch()
    assert count() == count() == 153
    (path / "cur" / f"{FIRST}:2,S").unlink()
    assert count() == 152


@pytest.mark.parametrize(("count", "waits"), [(1500, True), (15, False)])
def test_a_long_list_that_finds_a_renamed_message_is_made_aside(
    path: Path, count: int, waits: bool
) -> None:
    for number in range(count):
        (path / "cur" / f"{number}.a:2,").write_bytes(b"%d\r\n" % number)
    client = logged_in(MaildirStore(str(path)))
    assert not client.state.maildrop.read_waits
    (path / "cur" / "7.a:2,").rename(path / "cur" / "7.a:2,S")
    before = [*fed(client, b"RETR 8\r\n")]
    assert any(isinstance(action, OffloadNext) for action in before) is waits
    assert sent(iter(before)).startswith(b"+OK 3 octets\r\n7\r\n.")
    client.session_ended("closed")


def test_no_descriptor_is_left_open(path: Path) -> None:
    store = MaildirStore(str(path))
    before = os.listdir("/proc/self/fd")
    maildrop = store.open("ann")
    with pytest.raises(MaildropBusy):
        store.open("ann")
    list(maildrop.read(FIRST))
    maildrop.delete([FIRST])
    maildrop.close()
    (path / "cur").rename(path / "away")
    (path / "new").rename(path / "gone")
    with pytest.raises(StoreFailed):
        store.open("ann")
    assert os.listdir("/proc/self/fd") == before
