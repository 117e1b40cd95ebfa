import os
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from pop3lab.core.errors import MaildropBusy, StoreFailed
from pop3lab.core.maildrop import Maildrop
from pop3lab.files.reading import READ_SIZE
from pop3lab.stores.folder import FolderStore, legal_uid


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., Maildrop]]:
    """Opens the folder tmp_path as it is now; closes it at the end."""
    maildrops: list[Maildrop] = []

    def open_it(**options: bool) -> Maildrop:
        maildrops.append(FolderStore(str(tmp_path), **options).open("ann"))  # type: ignore[arg-type]
        return maildrops[-1]

    yield open_it
    for maildrop in maildrops:
        maildrop.close()


def names(maildrop: Maildrop) -> list[str]:
    return [entry.uid for entry in maildrop.snapshot.entries]


def test_regular_files_without_a_dot_in_byte_order(
    tmp_path: Path, opened: Callable[[], Maildrop]
) -> None:
    for name in ("b", "a", "B", "10", "9", "\u00e9", "a.eml", "~"):
        (tmp_path / name).write_bytes(b"x\r\n")
    (tmp_path / ".hidden").write_bytes(b"no message")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("a")
    (tmp_path / "dangling").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    accented = legal_uid("\u00e9")
    assert names(opened()) == ["10", "9", "B", "a", "a.eml", "b", "~", accented]


def test_a_hard_link_is_a_message_and_only_the_name_here_is_removed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"x\r\n")
    (tmp_path / "box").mkdir()
    os.link(outside, tmp_path / "box" / "a")
    maildrop = FolderStore(str(tmp_path / "box")).open("ann")
    maildrop.delete(["a"])
    maildrop.close()
    assert outside.exists()
    assert os.listdir(tmp_path / "box") == []


@pytest.mark.parametrize(
    ("name", "legal"),
    [
        ("a", True),
        ("!~", True),
        ("x" * 70, True),
        ("x" * 71, False),
        ("a b", False),
        ("\u00e9", False),
    ],
)
def test_p131_a_name_that_is_no_legal_unique_id_is_digested(name: str, legal: bool) -> None:
    assert legal_uid(name) == (name if legal else sha256(os.fsencode(name)).hexdigest())


def test_names_that_are_no_utf8(tmp_path: Path, opened: Callable[[], Maildrop]) -> None:
    with open(os.fsencode(tmp_path) + b"/\xff\xfe", "wb") as file:
        file.write(b"x\r\n")
    maildrop = opened()
    (uid,) = names(maildrop)
    assert uid == sha256(b"\xff\xfe").hexdigest()
    assert b"".join(maildrop.read(uid)) == b"x\r\n"
    maildrop.delete([uid])
    maildrop.close()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("text", [b"", b"a\nb", b"\r", b".x\n", bytes(range(256))])
def test_as_they_are(tmp_path: Path, opened: Callable[..., Maildrop], text: bytes) -> None:
    (tmp_path / "a").write_bytes(text)
    maildrop = opened(verbatim=True)
    assert maildrop.snapshot.entries[0].octets == len(text)
    assert b"".join(maildrop.read("a")) == text


def test_the_list_is_read_anew_at_each_login(tmp_path: Path) -> None:
    store = FolderStore(str(tmp_path))

    def sizes() -> list[int]:
        maildrop = store.open("ann")
        maildrop.close()
        return [entry.octets for entry in maildrop.snapshot.entries]

    assert sizes() == []
    (tmp_path / "a").write_bytes(b"1\n")
    assert sizes() == [3]
    (tmp_path / "a").write_bytes(b"1\n2\n")  # in place: the folder itself does not change
    assert sizes() == [6]
    (tmp_path / "b").write_bytes(b"")
    (tmp_path / "a").unlink()
    assert sizes() == [0]


LARGE = 300_000 * b"x"


def change_in_place(path: Path) -> None:
    path.write_bytes(path.read_bytes()[::-1] + b"!")


def shorten(path: Path) -> None:
    os.truncate(path, 5)


def lengthen(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def replace(path: Path) -> None:
    other = path.with_name(".other")
    other.write_bytes(path.read_bytes())
    other.rename(path)


def to_link(path: Path) -> None:
    path.rename(path.with_name(".kept"))
    path.symlink_to(".kept")


def to_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def to_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


CHANGES = [change_in_place, shorten, lengthen, replace, to_link, to_pipe, to_folder, Path.unlink]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("text", [b"hello\r\n", LARGE])
def test_a_message_that_changed_since_login_is_refused(
    tmp_path: Path, opened: Callable[[], Maildrop], change: Callable[[Path], None], text: bytes
) -> None:
    (tmp_path / "a").write_bytes(text)
    (tmp_path / "b").write_bytes(b"other\r\n")
    maildrop = opened()
    change(tmp_path / "a")
    with pytest.raises(StoreFailed):
        b"".join(maildrop.read("a"))
    assert b"".join(maildrop.read("b")) == b"other\r\n"


@pytest.mark.parametrize("change", [shorten, lengthen])
def test_a_message_that_changes_while_it_is_read_breaks_off(
    tmp_path: Path, opened: Callable[[], Maildrop], change: Callable[[Path], None]
) -> None:
    (tmp_path / "a").write_bytes(3 * LARGE)
    chunks = iter(opened().read("a"))
    first = next(chunks)
    change(tmp_path / "a")
    with pytest.raises(StoreFailed):
        list(chunks)
    assert len(first) < 3 * len(LARGE)


def test_a_message_rewritten_in_place_while_it_is_read_breaks_off(
    tmp_path: Path, opened: Callable[[], Maildrop]
) -> None:
    (tmp_path / "a").write_bytes(LARGE)
    chunks = iter(opened().read("a"))
    next(chunks)
    with (tmp_path / "a").open("r+b") as file:
        file.write(b"new")
    os.utime(tmp_path / "a", ns=(1, 1))
    with pytest.raises(StoreFailed):
        list(chunks)


def test_a_message_removed_while_it_is_read_still_comes_whole(
    tmp_path: Path, opened: Callable[[], Maildrop]
) -> None:
    (tmp_path / "a").write_bytes(LARGE + b"\r\n")
    chunks = iter(opened().read("a"))
    first = next(chunks)
    (tmp_path / "a").unlink()
    assert first + b"".join(chunks) == LARGE + b"\r\n"


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(LARGE)
    (tmp_path / "b").write_bytes(b"x")
    store = FolderStore(str(tmp_path))
    before = os.listdir("/proc/self/fd")
    for _ in range(3):
        maildrop = store.open("ann")
        with pytest.raises(MaildropBusy):
            store.open("ann")
        list(maildrop.read("a"))
        next(iter(maildrop.read("a")))
        change_in_place(tmp_path / "b")
        with pytest.raises(StoreFailed):
            maildrop.read("b")
        with pytest.raises(StoreFailed):
            maildrop.delete(["a", "b"])
        maildrop.close()
    assert os.listdir("/proc/self/fd") == before


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed):
        FolderStore(str(tmp_path / "gone")).open("ann")


def test_what_has_not_changed_is_opened_at_once_and_all_else_aside(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}").write_bytes(b"x\n")
    store = FolderStore(str(tmp_path))
    assert store.open_waits
    assert store.open_at_once("ann") is None
    first = opened_at_once(store)
    with pytest.raises(MaildropBusy):
        store.open_at_once("ann")
    first.close()
    (tmp_path / "1").write_bytes(b"y\n\n")  # the folder's times stay as they are
    second = store.open_at_once("ann")
    assert second
    assert [entry.octets for entry in second.snapshot.entries] == [3, 5, 3]
    second.close()
    (tmp_path / "3").write_bytes(b"long" * READ_SIZE)
    assert store.open_at_once("ann") is None
    store.open("ann").close()  # it is not locked
    opened_at_once(store).close()


def opened_at_once(store: FolderStore) -> Maildrop:
    """When its last change is long enough ago for the next to have another time."""
    while (maildrop := store.open_at_once("ann")) is None:
        store.open("ann").close()
    return maildrop


@pytest.mark.parametrize("again", ["in place", "another file"])
def test_another_text_of_the_same_size_and_time_is_not_taken_for_the_old(
    tmp_path: Path, again: str
) -> None:
    path = tmp_path / "a"
    store = FolderStore(str(tmp_path))

    def text() -> bytes:
        maildrop = store.open("ann")
        try:
            return b"".join(maildrop.read("a"))
        finally:
            maildrop.close()

    path.write_bytes(b"one\r\n")
    os.utime(path, (1, 1))
    assert text() == b"one\r\n"
    if again == "another file":
        path.unlink()
    path.write_bytes(b"two\r\n")
    os.utime(path, (1, 1))
    assert text() == b"two\r\n"


def test_two_names_of_one_file_are_both_removed(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x\r\n")
    os.link(tmp_path / "a", tmp_path / "b")
    maildrop = FolderStore(str(tmp_path)).open("ann")
    maildrop.delete(["a", "b"])
    maildrop.close()
    assert os.listdir(tmp_path) == []


def test_a_kept_message_that_can_no_longer_be_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"x\r\n")
    maildrop = FolderStore(str(tmp_path)).open("ann")
    assert b"".join(maildrop.read("a")) == b"x\r\n"

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError("no")

    with monkeypatch.context() as patched:
        patched.setattr(os, "stat", refuse)
        with pytest.raises(StoreFailed):
            maildrop.read("a")
    maildrop.close()


def test_a_journal_that_is_a_folder_costs_no_descriptors(tmp_path: Path) -> None:
    (tmp_path / ".pop3lab-journal").mkdir()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        with pytest.raises(StoreFailed):
            FolderStore(str(tmp_path)).open("ann")
    assert len(os.listdir("/proc/self/fd")) == before
