import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

import pytest

from pop3lab.core.errors import ConfigError, MaildropBusy, NoMaildrop, StoreFailed
from pop3lab.core.maildrop import Store
from pop3lab.stores import detection as kinds
from pop3lab.stores.factory import PerUserStore, create_store
from pop3lab.stores.file_store import OnDelete
from pop3lab.stores.folder import FolderStore
from pop3lab.stores.generated import GeneratedStore
from pop3lab.stores.location import Location, PathTemplate
from pop3lab.stores.maildir import MaildirStore
from pop3lab.stores.mbox.store import MboxStore
from pop3lab.stores.memory import MemoryStore

MBOX = b"From a@b Thu Jan  1 00:00:00 1970\nmbox\n\n"


def a_folder(path: Path) -> Path:
    path.mkdir(parents=True)
    (path / "1").write_bytes(b"folder\n")
    return path


def a_maildir(path: Path) -> Path:
    for name in ("new", "cur"):
        (path / name).mkdir(parents=True)
    (path / "new" / "1.1.host").write_bytes(b"maildir\n")
    return path


def an_mbox(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(MBOX)
    return path


def count(store: Store, user: str = "ann") -> int:
    """How many messages there are."""
    maildrop = store.open(user)
    maildrop.close()
    return len(maildrop.snapshot.entries)


def first(store: Store, user: str = "ann") -> bytes:
    """The first message."""
    maildrop = store.open(user)
    try:
        return b"".join(maildrop.read(maildrop.snapshot.entries[0].uid))
    finally:
        maildrop.close()


@pytest.mark.parametrize(
    ("make", "kind", "text"),
    [
        (a_folder, FolderStore, b"folder\r\n"),
        (a_maildir, MaildirStore, b"maildir\r\n"),
        (an_mbox, MboxStore, b"mbox\r\n"),
    ],
)
def test_what_is_at_a_path(
    tmp_path: Path, make: Callable[[Path], Path], kind: type[Store], text: bytes
) -> None:
    path = make(tmp_path / "x")
    (tmp_path / "link").symlink_to("x")
    for target in (path, tmp_path / "link", f"{path.parent}/./x"):
        store = create_store(str(target))
        assert isinstance(store, kind)
        assert first(store) == text


def test_what_has_no_path() -> None:
    assert isinstance(create_store("memory:"), MemoryStore)
    assert isinstance(create_store("gen:1?messages=3"), GeneratedStore)


def test_a_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_folder(tmp_path / "x")
    an_mbox(tmp_path / "ann.mbox")
    monkeypatch.chdir(tmp_path)
    assert first(create_store("x")) == b"folder\r\n"
    assert first(create_store("ann.mbox")) == b"mbox\r\n"
    assert first(create_store("{user}.mbox")) == b"mbox\r\n"


def test_each_user_may_have_another_kind(tmp_path: Path) -> None:
    a_folder(tmp_path / "ann")
    a_maildir(tmp_path / "ben")
    an_mbox(tmp_path / "eve")
    store = create_store(f"{tmp_path}/{{user}}")
    assert [first(store, user) for user in ("ann", "ben", "eve")] == [
        b"folder\r\n",
        b"maildir\r\n",
        b"mbox\r\n",
    ]


@pytest.mark.parametrize("template", ["{user}/Maildir", "m-{user}.d/{user}", "{user}/"])
def test_the_name_may_stand_anywhere(tmp_path: Path, template: str) -> None:
    a_folder(tmp_path / template.replace("{user}", "ann"))
    assert first(create_store(f"{tmp_path}/{template}")) == b"folder\r\n"


@pytest.mark.parametrize(
    "user",
    [
        "",
        ".",
        "..",
        "../outside",
        "/etc",
        "ann/",
        "ann/../ben",
        "./ann",
        "ann\0",
        ".hidden",
        "link",
        "pipe",
        "\ud800",
        "x" * 5000,
    ],
)
def test_a_name_that_leads_elsewhere_has_no_maildrop(tmp_path: Path, user: str) -> None:
    users = tmp_path / "users"
    a_folder(users / "ann")
    a_folder(users / ".hidden")
    a_folder(users / "\u00e4nn")
    a_folder(tmp_path / "outside")
    (users / "link").symlink_to("../outside")
    os.mkfifo(users / "pipe")
    store = create_store(f"{users}/{{user}}")
    assert first(store, "ann") == b"folder\r\n"
    for _ in range(2):
        with pytest.raises(NoMaildrop, match="no maildrop for this user"):
            store.open(user)


@pytest.mark.parametrize(
    "user", ["ANN", "Ann", "ann ", "ann.", "an*", "{user}", "a\u0308nn", "\udcff", "benn"]
)
def test_a_name_is_found_exactly_or_has_no_mail_yet(tmp_path: Path, user: str) -> None:
    a_folder(tmp_path / "ann")
    a_folder(tmp_path / "\u00e4nn")
    store = create_store(f"{tmp_path}/{{user}}")
    assert first(store, "ann") == b"folder\r\n"
    assert count(store, user) == count(store, user) == 0
    assert sorted(os.listdir(tmp_path)) == ["ann", "\u00e4nn"]


def test_a_name_that_is_listed_in_another_spelling_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a file system shows that takes ANN and ann for the same."""
    an_mbox(tmp_path / "ann")
    monkeypatch.setattr(os, "listdir", lambda directory: ["ANN"])
    assert count(create_store(f"{tmp_path}/{{user}}")) == 0


def test_a_maildrop_that_is_made_later_or_becomes_another_kind(tmp_path: Path) -> None:
    store = create_store(f"{tmp_path}/{{user}}")
    assert count(store) == 0
    path = an_mbox(tmp_path / "ann")
    assert first(store) == b"mbox\r\n"
    path.unlink()
    a_folder(path)
    assert first(store) == b"folder\r\n"
    shutil.rmtree(path)
    assert count(store) == 0
    a_maildir(path)
    assert first(store) == b"maildir\r\n"


def test_stores_are_kept_and_not_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Location | None] = []
    for user in ("ann", "ben", "eve"):
        a_folder(tmp_path / user)

    def counted(path: str, *, on_delete: OnDelete, location: Location | None) -> Store:
        made.append(location)
        return FolderStore(path)

    monkeypatch.setattr(kinds, "FolderStore", counted)
    store = PerUserStore(PathTemplate(f"{tmp_path}/{{user}}"), "unlink", max_stores=2)
    for user in ("ann", "ben", "ann", "eve", "ann"):
        first(store, user)
    assert len(made) == 3
    first(store, "ben")
    assert len(made) == 4


def test_p150_a_store_that_was_not_kept_still_holds_its_lock(tmp_path: Path) -> None:
    for user in ("ann", "ben"):
        a_folder(tmp_path / user)
    store = PerUserStore(PathTemplate(f"{tmp_path}/{{user}}"), "unlink", max_stores=1)
    maildrop = store.open("ann")
    store.open("ben").close()
    with pytest.raises(MaildropBusy):
        store.open("ann")
    maildrop.close()
    store.open("ann").close()


def test_what_is_hidden_stays_so_however_many_log_in(tmp_path: Path) -> None:
    for user in ("ann", "ben"):
        a_folder(tmp_path / user)
    store = PerUserStore(PathTemplate(f"{tmp_path}/{{user}}"), "hide", max_stores=1)
    maildrop = store.open("ann")
    maildrop.delete(["1"])
    maildrop.close()
    first(store, "ben")
    maildrop = store.open("ann")
    assert not maildrop.snapshot.entries
    maildrop.close()


def test_a_target_of_ones_own(tmp_path: Path) -> None:
    a_folder(tmp_path / "all")
    a_maildir(tmp_path / "own")
    a_maildir(tmp_path / "eve")
    own = {"ann": str(tmp_path / "own"), "eve": f"{tmp_path}/{{user}}", "ben": "gen:1?size=600"}
    store = create_store(str(tmp_path / "all"), target_for=own)
    assert store.open_waits
    assert first(store, "ann") == first(store, "eve") == b"maildir\r\n"
    assert first(store, "zoe") == b"folder\r\n"
    assert len(first(store, "ben")) == 600


@pytest.mark.parametrize("on_delete", ["unlink", "trash", "hide"])
def test_on_delete(tmp_path: Path, on_delete: OnDelete) -> None:
    path = a_folder(tmp_path / "x")
    maildrop = create_store(str(path), on_delete=on_delete).open("ann")
    maildrop.delete(["1"])
    maildrop.close()
    left = {"unlink": [], "trash": [".pop3lab-trash"], "hide": ["1"]}
    assert os.listdir(path) == left[on_delete]


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("", "is not a path"),
        ("a\0b", "is not a path"),
        ("nowhere/inbox", "can't be opened: No such file"),
        ("nowhere/{user}", "no folder"),
        ("x/{usr}", "did you mean '{user}'?"),
        ("x/{name}/{user}", "has no meaning"),
        ("{user}/../x", "'..' behind {user}"),
        ("{user}/./x", "'.' behind {user}"),
        ("{user}//x", "'' behind {user}"),
        ("{user}/x/..", "'..' behind {user}"),
        ("m/.{user}", "begins with a dot"),
        ("message.eml", "not an mbox file"),
        ("pipe", "neither a folder"),
        ("/dev/null", "neither a folder"),
        ("/", "the root folder"),
        ("../..//..//../../../../..", "the root folder"),
        ("genn:1", "did you mean 'gen:'?"),
        ("memry:", "did you mean 'memory:'?"),
        ("imap://host/", "gen:SEED, memory: and postgresql:"),
        ("gen:", "no seed"),
        ("gen:1?size=1", "512"),
        ("repository", "version control"),
        ("home", "your home folder"),
    ],
)
def test_what_can_not_be_a_target(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, says: str
) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "message.eml").write_bytes(b"Subject: x\r\n\r\nFrom here on\r\n")
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    a_folder(tmp_path / "home")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as error:
        create_store(target)
    assert says in str(error.value)
    assert "\n" not in str(error.value)
    with pytest.raises(ConfigError):
        create_store("memory:", target_for={"ann": target})


def test_precious_folders_may_be_served_if_nothing_is_deleted(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    a_folder(tmp_path / "x")
    create_store(str(tmp_path), on_delete="hide").open("ann").close()


@contextmanager
def nobodys_folder() -> Iterator[Path]:
    """A folder that cannot be written, and being somebody who is not root and may do anything."""
    with TemporaryDirectory() as top:
        os.chmod(top, 0o755)
        path = a_folder(Path(top) / "x")
        path.chmod(0o555)
        root = os.getuid() == 0
        if root:
            os.setresuid(65534, 65534, 0)
        try:
            yield path
        finally:
            if root:
                os.setresuid(0, 0, 0)
            path.chmod(0o755)


def test_what_is_only_looked_at_need_not_be_writable() -> None:
    with nobodys_folder() as path:
        assert first(create_store(str(path), on_delete="hide")) == b"folder\r\n"


def test_an_mbox_file_has_no_trash(tmp_path: Path) -> None:
    path = an_mbox(tmp_path / "ann")
    with pytest.raises(ConfigError, match="no trash"):
        create_store(str(path), on_delete="trash")
    with pytest.raises(StoreFailed, match="no trash"):
        create_store(f"{tmp_path}/{{user}}", on_delete="trash").open("ann")
    assert first(create_store(str(path), on_delete="hide")) == b"mbox\r\n"


def test_what_can_not_be_written() -> None:
    with nobodys_folder() as path, pytest.raises(ConfigError, match="not writable"):
        create_store(str(path))


def test_a_disk_that_fails_for_a_moment_at_start_is_tried_anew_at_login(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The port may have been told already: the server must not go."""

    def fail(*arguments: object, **named: object) -> NoReturn:
        raise OSError(errno.EIO, "Input/output error")

    (tmp_path / "1").write_bytes(b"Subject: one\r\n\r\n")
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", fail)
        store = create_store(str(tmp_path))
        with pytest.raises(StoreFailed) as refused:
            store.open("ann")
        assert refused.value.code == "SYS/TEMP"
    maildrop = store.open("ann")
    assert [entry.uid for entry in maildrop.snapshot.entries] == ["1"]
    maildrop.close()
