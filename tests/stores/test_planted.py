"""What a user may plant in their own folder, and where it leads: nowhere."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pop3lab.core.errors import NoMaildrop, StoreFailed
from pop3lab.core.maildrop import Maildrop, Store
from pop3lab.stores import location
from pop3lab.stores.factory import create_store
from pop3lab.stores.file_store import OnDelete
from pop3lab.stores.location import BeneathLocation

SECRET = b"From a@b Thu Jan  1 00:00:00 1970\nsecret\n"
OTHER = 65534  # somebody else, as whom root may make files


@pytest.fixture(params=["one-call", "part-by-part"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test with openat2, where the system has it, and without."""
    monkeypatch.setattr(location, "_ONE_CALL", request.param == "one-call")


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """Of alice, whom it is about, a folder, a Maildir and an mbox; bob has home/bob/mail."""
    alice = tmp_path / "home" / "alice"
    for folder in (alice / "mail", alice / "Maildir" / "new", alice / "Maildir" / "cur"):
        folder.mkdir(parents=True)
        (folder / "1").write_bytes(SECRET)
    (alice / "mbox").write_bytes(SECRET)
    mail = tmp_path / "home" / "bob" / "mail"
    mail.mkdir(parents=True)
    (mail / "1").write_bytes(b"bob's\n")
    return tmp_path


def store_of(top: Path, template: str = "home/{user}/mail", how: OnDelete = "unlink") -> Store:
    return create_store(f"{top}/{template}", on_delete=how)


def texts(maildrop: Maildrop) -> list[bytes]:
    try:
        return [b"".join(maildrop.read(entry.uid)) for entry in maildrop.snapshot.entries]
    finally:
        maildrop.close()


def untouched(top: Path) -> bool:
    """Whether all of alice's is there as it was."""
    files = [path for path in (top / "home" / "alice").rglob("*") if path.is_file()]
    return len(files) == 4 and all(path.read_bytes() == SECRET for path in files)


LEADS = ["../alice/mail", "../alice/Maildir", "../alice/mbox", "/etc", "/proc/self/root/etc"]


@pytest.mark.parametrize("before", [False, True], ids=["first-login", "later-login"])
@pytest.mark.parametrize("lead", LEADS)
def test_the_last_part_is_a_link(top: Path, lead: str, before: bool) -> None:
    store = store_of(top)
    if before:
        assert texts(store.open("bob")) == [b"bob's\r\n"]
    mail = top / "home" / "bob" / "mail"
    shutil.rmtree(mail)
    mail.symlink_to(lead)
    with pytest.raises(NoMaildrop) as refusal:
        store.open("bob")
    assert str(mail) in str(refusal.value.__cause__)
    assert "link" in str(refusal.value.__cause__)
    assert str(top) not in str(refusal.value), "the client need not know"


@pytest.mark.parametrize("before", [False, True], ids=["first-login", "later-login"])
@pytest.mark.parametrize(
    ("template", "link", "lead"),
    [
        ("home/{user}/mail", "home/bob", "alice"),
        ("home/{user}/mail/inbox", "home/bob/mail", "../alice"),
        ("home/{user}/mail/inbox/new", "home/bob/mail", "../alice"),
        ("home/m-{user}/mail", "home/m-bob", "alice"),
    ],
)
def test_a_part_before_it_is_a_link(
    top: Path, template: str, link: str, lead: str, before: bool
) -> None:
    path = top / template.format(user="bob")
    store = store_of(top, template)
    if before:
        path.mkdir(parents=True, exist_ok=True)
        store.open("bob").close()
    if (top / link).exists():
        shutil.rmtree(top / link)
    (top / link).symlink_to(lead)
    with pytest.raises(NoMaildrop) as refusal:
        store.open("bob")
    assert repr(str(top / link)) in str(refusal.value.__cause__)
    assert untouched(top)


@pytest.mark.parametrize("folder", ["new", "cur"])
def test_a_folder_of_a_maildir_is_a_link(top: Path, folder: str) -> None:
    mail = top / "home" / "bob" / "mail"
    (mail / "1").unlink()
    for name in {"new", "cur"} - {folder}:
        (mail / name).mkdir()
    (mail / folder).symlink_to("../../alice/mail")
    with pytest.raises(StoreFailed) as refusal:
        store_of(top).open("bob")
    assert repr(str(mail / folder)) in str(refusal.value.__cause__)
    assert untouched(top)


@pytest.mark.parametrize("name", ["2", "new/2", ".pop3lab-journal", ".pop3lab-journal.new"])
def test_a_file_in_it_is_a_link(top: Path, name: str) -> None:
    mail = top / "home" / "bob" / "mail"
    if "/" in name:
        (mail / "1").unlink()
        (mail / "new").mkdir()
    (mail / name).symlink_to(top / "home" / "alice" / "mbox")
    try:
        maildrop = store_of(top).open("bob")
    except StoreFailed:
        found = []  # a journal that is no file is no journal of ours
    else:
        found = texts(maildrop)
    assert found in ([b"bob's\r\n"], [])
    assert untouched(top)


def test_the_trash_is_a_link(top: Path) -> None:
    mail = top / "home" / "bob" / "mail"
    (mail / ".pop3lab-trash").symlink_to("../../alice/mail")
    maildrop = store_of(top, how="trash").open("bob")
    with pytest.raises(StoreFailed):
        maildrop.delete(["1"])
    maildrop.close()
    assert (mail / "1").exists()
    assert untouched(top)


def replace_by_link(mail: Path, lead: str) -> None:
    if mail.is_dir():
        shutil.rmtree(mail)
    else:
        mail.unlink()
    mail.symlink_to(lead)


@pytest.mark.parametrize("lead", ["../alice/mail", "../alice"])
@pytest.mark.parametrize("how", ["unlink", "trash"])
def test_a_folder_becomes_a_link_after_the_login(top: Path, lead: str, how: OnDelete) -> None:
    mail = top / "home" / "bob" / "mail"
    (top / "home" / "alice" / "mail" / "1").unlink()
    shutil.copy2(mail / "1", top / "home" / "alice" / "mail" / "1")
    (top / "home" / "alice" / "mail" / "1").write_bytes(SECRET)
    maildrop = store_of(top, how=how).open("bob")
    replace_by_link(mail, lead)
    with pytest.raises(StoreFailed):
        b"".join(maildrop.read("1"))
    try:
        maildrop.delete(["1"])
    except StoreFailed:
        pass  # it is gone by another's hand, or its folder is: both may be said
    maildrop.close()
    assert untouched(top)


@pytest.mark.parametrize("part", ["home/bob", "home/bob/mbox"])
def test_an_mbox_becomes_a_link_after_the_login(top: Path, part: str) -> None:
    mbox = top / "home" / "bob" / "mbox"
    mbox.write_bytes(SECRET)
    maildrop = store_of(top, "home/{user}/mbox").open("bob")
    [entry] = maildrop.snapshot.entries
    replace_by_link(top / part, "alice" if part == "home/bob" else "../alice/mbox")
    try:
        maildrop.delete([entry.uid])
    except StoreFailed:
        pass
    maildrop.close()
    assert untouched(top)
    with pytest.raises(NoMaildrop):
        store_of(top, "home/{user}/mbox").open("bob")


def test_the_place_above_user_may_be_a_link(top: Path) -> None:
    (top / "people").symlink_to("home")
    store = store_of(top, "people/{user}/mail")
    assert texts(store.open("bob")) == [b"bob's\r\n"]
    (top / "people").unlink()
    (top / "moved").mkdir()
    (top / "people").symlink_to("moved")  # read anew at each login
    with pytest.raises(NoMaildrop):
        store.open("bob")


def test_one_path_for_all_follows_no_link_that_is_made_later(top: Path) -> None:
    mail = top / "home" / "bob" / "mail"
    (top / "way").symlink_to("home/bob/mail")
    store = create_store(str(top / "way"))
    own = create_store("memory:", target_for={"bob": str(mail)})
    assert texts(store.open("bob")) == texts(own.open("bob")) == [b"bob's\r\n"]
    replace_by_link(mail, "../alice/mail")
    for one in (store, own):
        with pytest.raises(StoreFailed):
            one.open("bob")


# Second names


def given_to_another(path: Path) -> bool:
    """Whether there is another to give it to: only root can."""
    if os.getuid():
        return False
    os.chown(path, OTHER, OTHER)
    return True


@pytest.mark.parametrize("name", ["2", "new/2"])
def test_a_second_name_of_anothers_message_is_no_message(top: Path, name: str) -> None:
    mail = top / "home" / "bob" / "mail"
    (mail / "1").rename(top / "1")
    if "/" in name:
        (mail / "new").mkdir()
    os.link(top / "1", mail / name)
    others = given_to_another(top / "1")
    maildrop = store_of(top).open("bob")
    if others:
        (line,) = maildrop.snapshot.left_out
        assert f"{name!r} is left out: it has several names" in line
    assert len(texts(maildrop)) == (0 if others else 1)
    (top / "1").unlink()  # the only name: it was given away
    assert len(texts(store_of(top).open("bob"))) == 1


def test_a_second_name_of_anothers_mbox_is_no_mbox(top: Path) -> None:
    mbox = top / "home" / "bob" / "mbox"
    os.link(top / "home" / "alice" / "mbox", mbox)
    others = given_to_another(mbox)
    store = store_of(top, "home/{user}/mbox")
    if others:
        with pytest.raises(StoreFailed) as refusal:
            store.open("bob")
        assert repr(str(mbox)) in str(refusal.value.__cause__)
        os.chown(top / "home" / "bob", OTHER, OTHER)  # then it may be a backup
    assert texts(store.open("bob")) == [b"secret\r\n"]


@pytest.mark.parametrize(("mode", "refused"), [(0o1777, True), (0o775, False)])
def test_a_second_name_where_anybody_may_make_names(top: Path, mode: int, refused: bool) -> None:
    spool = top / "spool"
    spool.mkdir()
    os.link(top / "home" / "alice" / "mbox", spool / "bob")
    spool.chmod(mode)
    store = store_of(top, "spool/{user}")
    if refused:
        with pytest.raises(StoreFailed):
            store.open("bob")
        (top / "home" / "alice" / "mbox").unlink()
    assert texts(store.open("bob")) == [b"secret\r\n"]


def test_second_names_are_free_in_a_folder_that_is_no_users(top: Path) -> None:
    mail = top / "home" / "bob" / "mail"
    os.link(mail / "1", top / "backup")
    given_to_another(mail / "1")
    assert texts(create_store(str(mail)).open("bob")) == [b"bob's\r\n"]


# A race

SWAP = """if True:
    import os, sys
    real, link, aside = sys.argv[1:]
    while True:
        os.rename(real, aside)
        os.rename(link, real)
        os.rename(real, link)
        os.rename(aside, real)
"""


@pytest.mark.slow
@pytest.mark.parametrize("part", ["home/bob", "home/bob/mail"])
def test_a_swap_at_any_moment_leads_nowhere(top: Path, part: str) -> None:
    store = store_of(top)
    real, link = top / part, top / "link"
    link.symlink_to(top / ("home/alice" if part == "home/bob" else "home/alice/mail"))
    swapping = subprocess.Popen([sys.executable, "-c", SWAP, real, link, top / "aside"])
    try:
        opened, refused = seen_while(lambda: texts(store.open("bob")))
    finally:
        swapping.kill()
        swapping.wait()
    assert opened
    assert refused
    assert set(map(tuple, opened)) <= {(b"bob's\r\n",), ()}  # away for a moment, it is not there
    assert untouched(top)


def seen_while(open_it: Callable[[], list[bytes]]) -> tuple[list[list[bytes]], list[StoreFailed]]:
    """What was read and what was refused, in many logins; until both have happened."""
    opened, refused = [], []
    for nth in range(100_000):
        try:
            opened.append(open_it())
        except StoreFailed as failure:
            refused.append(failure)
        if nth > 3000 and [b"bob's\r\n"] in opened and refused:
            break
    return opened, refused


# The ways themselves


def test_one_call_or_part_by_part_say_the_same(top: Path) -> None:
    where = BeneathLocation(str(top), ["home", "bob", "mail"])
    descriptor = where.open()
    assert os.listdir(descriptor) == ["1"]
    os.close(descriptor)
    (top / "home" / "bob" / "mail").rename(top / "mail")
    with pytest.raises(FileNotFoundError) as error:
        where.open()
    assert error.value.filename == str(top / "home" / "bob" / "mail")
    assert where.stat() is None
    (top / "home" / "bob" / "mail").write_bytes(b"")
    with pytest.raises(NotADirectoryError):
        where.open()


def test_folders_on_the_way_need_not_be_readable(top: Path) -> None:
    """x is enough: O_PATH. Root may read all, and shows only that it works."""
    (top / "home" / "bob").chmod(0o711)
    assert texts(store_of(top).open("bob")) == [b"bob's\r\n"]


def test_no_descriptor_is_left_open(top: Path) -> None:
    store = store_of(top)
    for _ in range(2):  # the second one begins to watch the folder
        store.open("bob").close()
    before = {*os.listdir("/proc/self/fd")}
    store.open("bob").close()
    replace_by_link(top / "home" / "bob" / "mail", "../alice/mail")
    with pytest.raises(NoMaildrop):
        store.open("bob")
    replace_by_link(top / "home" / "bob", "alice")
    with pytest.raises(NoMaildrop):
        store.open("bob")
    assert {*os.listdir("/proc/self/fd")} <= before  # of tests before, some may be closed meanwhile


@pytest.mark.slow
def test_ctypes_is_imported_where_a_user_may_plant_and_nowhere_else(top: Path) -> None:
    (top / "place").mkdir()
    program = (
        "import sys; from pop3lab.stores.factory import create_store;"
        "create_store(sys.argv[1]).open('bob').close(); print('ctypes' in sys.modules)"
    )
    seen = []
    for target in (top / "home" / "bob" / "mail", top / "home" / "{user}" / "mail"):
        run = subprocess.run(
            [sys.executable, "-c", program, target], capture_output=True, text=True, check=True
        )
        seen.append(run.stdout)
    assert seen == ["False\n", "True\n"]
