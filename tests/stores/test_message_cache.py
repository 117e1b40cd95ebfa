from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from pop3lab.core.errors import StoreFailed
from pop3lab.core.text import LongText, MessageText, stuff
from pop3lab.files.reading import READ_SIZE
from pop3lab.stores.file_identity import FileIdentity
from pop3lab.stores.folder import FolderStore
from pop3lab.stores.message_cache import _SHARED_CACHE, GeneratedCache, MessageCache, SharedCache
from tests.dialogue import fed, logged_in, sent

EACH = 600  # octets that a message takes besides its text


def file(name: str, mtime_ns: int = 1, ctime_ns: int = 1) -> FileIdentity:
    return FileIdentity(name, inode=1, octets=4, mtime_ns=mtime_ns, ctime_ns=ctime_ns)


def test_kept_by_the_very_file_with_its_digest() -> None:
    kept = MessageCache(SharedCache())
    whole = kept.put(file("a"), MessageText(b"text"))
    assert whole.digest == sha256(b"text").digest()
    assert kept.get(file("a")) is whole
    assert kept.get(file("a", mtime_ns=2)) is None
    assert kept.get(file("a", ctime_ns=2)) is None
    assert kept.get(file("b")) is None


def test_a_file_that_is_not_known_by_its_ctime_is_not_kept() -> None:
    kept = MessageCache(SharedCache())
    assert kept.put(file("a", ctime_ns=0), MessageText(b"text")).text.octets == b"text"
    assert kept.get(file("a", ctime_ns=0)) is None


def test_the_oldest_go_when_there_are_too_many_octets() -> None:
    kept = MessageCache(SharedCache(octets=2 * EACH + 10))
    for name in ("a", "b", "c"):
        kept.put(file(name), MessageText(b"text"))
    assert [kept.get(file(name)) is not None for name in "abc"] == [False, True, True]
    kept.put(file("d"), MessageText(b"longer than all" * EACH))
    assert [kept.get(file(name)) is not None for name in "bcd"] == [False, False, False]


def test_the_same_file_again_is_counted_once() -> None:
    kept = MessageCache(SharedCache(octets=2 * EACH + 10))
    for _ in range(5):
        kept.put(file("a"), MessageText(b"text"))
    kept.put(file("b"), MessageText(b"text"))
    assert kept.get(file("a"))
    assert kept.get(file("b"))


def test_all_stores_share_one_room_and_none_is_given_anothers_text() -> None:
    room = SharedCache(octets=3 * EACH)
    users = [MessageCache(room) for _ in range(50)]
    for number, kept in enumerate(users):
        kept.put(file("a"), MessageText(b"%d" % number))
    left = [kept.get(file("a")) for kept in users]
    assert [whole.text.octets for whole in left if whole] == [b"48", b"49"]


def test_many_small_messages_are_counted_with_what_they_take_besides() -> None:
    kept = MessageCache(SharedCache(octets=100 * EACH))
    for number in range(1000):
        kept.put(file(f"{number}"), MessageText(b"x"))
    assert sum(kept.get(file(f"{number}")) is not None for number in range(1000)) < 100


@pytest.mark.parametrize("text", [b".\r\n.\r\n.", b"a.\r\n\r\n.b", b"a.b\r\n", b"."])
def test_texts_are_counted_with_their_stuffed_form(text: bytes) -> None:
    room = SharedCache()
    MessageCache(room).put(file("a"), whole := MessageText(text))
    stuffed = len(whole.stuffed) if whole.stuffed != text else 0
    assert room.octets == len(text) + stuffed + EACH


def test_several_threads_do_not_lose_count() -> None:
    room = SharedCache(octets=20 * (EACH + 4))

    def fill(kept: MessageCache) -> None:
        for number in range(2000):
            kept.put(file(f"{number % 30}"), MessageText(b"text"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(fill, [MessageCache(room) for _ in range(4)]))
    last = MessageCache(room)
    for number in range(20):
        last.put(file(f"{number}"), MessageText(b"text"))
    assert all(last.get(file(f"{number}")) for number in range(20))


def test_stores_keep_their_texts_in_the_room_of_the_process(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1").write_bytes(b"x" * 250_000)
    before = _SHARED_CACHE.octets
    for name in ("a", "b"):
        maildrop = FolderStore(str(tmp_path / name)).open("ann")
        list(maildrop.read("1"))
        maildrop.close()
    assert before + 500_000 < _SHARED_CACHE.octets <= 67_108_864


def test_a_generated_text_is_made_once_and_again_when_it_has_gone() -> None:
    cache = GeneratedCache(SharedCache(2000))
    made: list[bytes] = []

    def text(name: bytes) -> MessageText:
        def make() -> bytes:
            made.append(name)
            return name * 100

        return cache.get(name, make)

    assert text(b"a") is text(b"a")
    assert text(b"b").octets == b"b" * 100
    assert made == [b"a", b"b"]
    for name in (b"c", b"d", b"a"):
        text(name)
    assert made == [b"a", b"b", b"c", b"d", b"a"]


def test_of_a_long_message_is_kept_what_was_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pop3lab.stores.file_maildrop.TIMESTAMP_RESOLUTION_NS", 0)
    lines = b"x\r\n" * READ_SIZE + b".\r\n"
    (tmp_path / "a").write_bytes(lines)
    store = FolderStore(str(tmp_path))
    for _ in range(2):
        maildrop = store.open("ann")
        text = maildrop.read("a")
        assert isinstance(text, LongText)
        assert b"".join(stuff(text)) == lines[:-3] + b"..\r\n"
        maildrop.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pop3lab.stores.file_maildrop.sha256", None)
        patch.setattr("pop3lab.core.text._dots", None)
        maildrop = store.open("ann")
        assert b"".join(stuff(maildrop.read("a"))) == lines[:-3] + b"..\r\n"
    (tmp_path / "a").write_bytes(lines.replace(b"x", b"."))
    with pytest.raises(StoreFailed):
        list(stuff(maildrop.read("a")))
    maildrop.close()
    maildrop = store.open("ann")
    assert b"".join(stuff(maildrop.read("a"))) == lines.replace(b"x", b"..")[:-3] + b"..\r\n"
    maildrop.close()


def test_retr_searches_a_long_message_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pop3lab.stores.file_maildrop.TIMESTAMP_RESOLUTION_NS", 0)
    (tmp_path / "a").write_bytes(b".\r\n" + b"x\r\n" * READ_SIZE)
    client = logged_in(FolderStore(str(tmp_path)))
    first = sent(fed(client, b"RETR 1\r\n"))
    monkeypatch.setattr("pop3lab.core.text._dots", None)
    assert sent(fed(client, b"RETR 1\r\n")) == first
    assert b" octets\r\n..\r\nx\r\n" in first
    client.session_ended("closed")
