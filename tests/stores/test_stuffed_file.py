"""Long messages that are retrieved again: the kernel sends them from a file in memory."""

import os
import resource
from pathlib import Path

import pytest

from pop3lab.core.actions import SendFile
from pop3lab.core.errors import StoreFailed
from pop3lab.core.text import DottedLines, LongText, cut_top, stuff
from pop3lab.stores.folder import FolderStore
from pop3lab.stores.line_endings import to_crlf
from pop3lab.stores.message_cache import LongMessage, SharedCache
from pop3lab.stores.stuffed_file import MemoryFile, _LiveFiles, copying, is_worth_a_file
from tests.dialogue import done, fed, logged_in, sent
from tests.keeping import Keeps

LINE = b"." + b"x" * 60
LONG = (LINE + b"\n") * 20_000  # over a megabyte


@pytest.fixture(autouse=True)
def _listed_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is so new that it could change unseen."""
    monkeypatch.setattr("pop3lab.stores.file_maildrop.TIMESTAMP_RESOLUTION_NS", 0)


def stuffed(text: bytes) -> bytes:
    return b"".join(to_crlf([text])).replace(b"\n.", b"\n..").replace(b".", b"..", 1)


@pytest.mark.parametrize("end", [b"", b"last", b"last\r\n"])
def test_p085_p086_the_third_time_it_is_sent_from_there(tmp_path: Path, end: bytes) -> None:
    (tmp_path / "1").write_bytes(LONG + end)
    client = logged_in(FolderStore(str(tmp_path)))
    wanted = stuffed(LONG + end)
    for nth in range(4):
        actions = done(fed(client, b"RETR 1\r\n"))
        assert any(isinstance(action, SendFile) for action in actions) == (nth >= 2)
        octets = sent(actions).partition(b"\r\n")[2]
        assert octets == wanted + b".\r\n"
    client.session_ended("closed")


def test_who_wants_the_octets_gets_the_same(tmp_path: Path) -> None:
    (tmp_path / "1").write_bytes(LONG)
    store = FolderStore(str(tmp_path))
    unwatched = logged_in(store)
    answers = [sent(fed(unwatched, b"RETR 1\r\n")) for _ in range(3)]
    unwatched.session_ended("closed")
    watched = logged_in(store, sink=Keeps())
    actions = done(fed(watched, b"RETR 1\r\n"))
    assert not any(isinstance(action, SendFile) for action in actions)
    assert sent(actions) == answers[0] == answers[2]
    top = sent(fed(watched, b"TOP 1 0\r\n")).partition(b"\r\n")[2]
    assert top == stuffed(LONG) + b".\r\n"  # all of it is header
    watched.session_ended("closed")


def test_a_message_that_has_changed_is_refused(tmp_path: Path) -> None:
    (tmp_path / "1").write_bytes(LONG)
    maildrop = FolderStore(str(tmp_path)).open("ann")
    for _ in range(2):
        for _ in stuff(maildrop.read("1")):
            pass
    text = maildrop.read("1")
    assert isinstance(text, LongText)
    assert text.stuffed_file
    (tmp_path / "1").write_bytes(LONG.replace(b"x", b"y"))
    with pytest.raises(StoreFailed):
        list(cut_top(text, 1))  # it is not the text of the file
    with pytest.raises(StoreFailed):
        list(stuff(maildrop.read("1")))
    maildrop.close()


def test_one_that_changes_while_it_is_copied_is_not_kept(tmp_path: Path) -> None:
    (tmp_path / "1").write_bytes(LONG)
    maildrop = FolderStore(str(tmp_path)).open("ann")
    list(stuff(maildrop.read("1")))
    chunks = stuff(maildrop.read("1"))
    next(chunks)
    (tmp_path / "1").write_bytes(LONG.replace(b"x", b"y"))
    with pytest.raises(StoreFailed):
        list(chunks)
    maildrop.close()
    maildrop = FolderStore(str(tmp_path)).open("ann")
    assert b"".join(stuff(maildrop.read("1"))) == stuffed(LONG.replace(b"x", b"y"))
    maildrop.close()


def copy(*chunks: bytes) -> list[MemoryFile]:
    made: list[MemoryFile] = []
    octets = sum(map(len, chunks))
    assert list(copying(iter(chunks), octets, made.append)) == list(chunks)
    return made


@pytest.mark.parametrize("octets", [0, 1, 1023, 1024, 1025, 200_000])
def test_the_last_octets_are_not_in_the_file(octets: int) -> None:
    text = os.urandom(octets)
    (file,) = copy(text[:700], text[700:])
    assert (file.octets, file.last) == (max(0, octets - 1024), text[-1024:])
    assert b"".join(file) == text
    assert os.pread(file.fileno(), file.octets, 0) == text[: file.octets]


def test_its_descriptor_is_closed_with_the_last_reference() -> None:
    (file,) = copy(b"text")
    descriptor = file.fileno()
    del file
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def test_where_python_can_make_none_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "memfd_create")
    assert copy(b"text") == []


def test_where_descriptors_or_memory_are_few_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(resource, "getrlimit", lambda which: (8, 8))
        assert copy(b"text") == []
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda descriptor, chunk: len(chunk) - 1)
        assert copy(b"text") == []
    assert len(copy(b"text")) == 1


def test_all_together_have_a_bound_also_those_that_are_being_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pop3lab.stores.stuffed_file._LIVE", _LiveFiles())
    monkeypatch.setattr("pop3lab.stores.stuffed_file._MOST_OF_ALL", 100)
    made: list[MemoryFile] = []
    slow = copying(iter([b"first", b"second"]), 60, made.append)
    assert next(slow) == b"first"
    assert copy(b"x" * 41) == []
    (small,) = copy(b"x" * 40)
    del slow  # its client has left
    assert copy(b"x" * 61) == []
    del small
    assert len(copy(b"x" * 100)) == 1
    assert made == []


def test_of_which_size_a_message_is_to_be() -> None:
    sizes = (1_048_575, 1_048_576, 33_554_432, 33_554_433)
    assert [is_worth_a_file(size) for size in sizes] == [False, True, True, False]


def test_the_files_are_counted_with_what_the_process_keeps() -> None:
    cache = SharedCache(150_000)
    for number in range(3):
        (file,) = copy(b"x" * 70_000)
        cache.put(("", b"%d" % number), LongMessage(b"", DottedLines(), file))
        del file
    assert [bool(cache.get(("", b"%d" % number))) for number in range(3)] == [False, True, True]
