"""Where a message begins in files as mail programs leave them, beside what others say."""

import mailbox
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop3lab.core.errors import StoreFailed
from pop3lab.stores.mbox.index import is_from_line
from pop3lab.stores.mbox.store import MboxStore
from tests.stores.mbox.files import FILES, FIRST, INTERNAL, LINES, A, B, Row

ROWS = pytest.mark.parametrize("row", FILES, ids=lambda row: row.name)


def file(path: Path, text: bytes) -> Path:
    path.write_bytes(text)
    return path


def texts(path: Path) -> list[bytes]:
    maildrop = MboxStore(str(path)).open("ann")
    try:
        return [b"".join(maildrop.read(entry.uid)) for entry in maildrop.snapshot.entries]
    finally:
        maildrop.close()


def uids(path: Path) -> list[str]:
    maildrop = MboxStore(str(path)).open("ann")
    maildrop.close()
    return [entry.uid for entry in maildrop.snapshot.entries]


def delete(path: Path, *numbers: int) -> None:
    maildrop = MboxStore(str(path)).open("ann")
    maildrop.delete([maildrop.snapshot.entries[number].uid for number in numbers])
    maildrop.close()


@ROWS
def test_messages_are_counted_as_in_the_table(tmp_path: Path, row: Row) -> None:
    path = file(tmp_path / "m", row.text)
    if row.ours is None:
        with pytest.raises(StoreFailed, match="not an mbox"):
            texts(path)
    else:
        assert len(texts(path)) == row.ours


@ROWS
def test_the_table_tells_the_truth_about_mailbox_and_has_a_reason(tmp_path: Path, row: Row) -> None:
    with closing(mailbox.mbox(file(tmp_path / "m", row.text))) as box:
        assert len(box) == row.mailbox
    assert bool(row.reason) == ({row.ours, row.mailbox, row.dovecot} != {row.ours})


@ROWS
def test_p145_deleting_the_first_leaves_the_others(tmp_path: Path, row: Row) -> None:
    path = file(tmp_path / "m", row.text)
    if row.ours and INTERNAL not in row.text[1:]:  # which would come to be the first
        before, ids = texts(path), uids(path)
        delete(path, 0)
        assert texts(path) == before[1:]
        assert uids(path) == ids[1:]


def test_the_table_has_lines_of_both_kinds() -> None:
    assert sum(ours == 2 for _, ours, *_ in LINES) > 20
    assert sum(ours == 1 for _, ours, *_ in LINES) > 10


def test_internal_data_is_hidden_and_never_deleted(tmp_path: Path) -> None:
    path = file(tmp_path / "m", INTERNAL + A + B)
    delete(path, 0, 1)
    assert path.read_bytes() == INTERNAL
    path.write_bytes(INTERNAL + A + B)
    delete(path, 0)
    assert path.read_bytes() == INTERNAL + B


def test_empty_lines_at_the_start_stay_and_lock_nobody_out(tmp_path: Path) -> None:
    path = file(tmp_path / "m", b"\n\r\n" + A + B)
    assert texts(path) == [b"Subject: a\r\n\r\na\r\n", b"Subject: b\r\n\r\nb\r\n"]
    delete(path, 0, 1)
    assert texts(path) == []


UNFINISHED = [
    (FIRST + b"Subject: a\n\nno end", b"\n\n"),
    (FIRST + b"Subject: a\n\nno end", b"\n"),
    (FIRST + b"Subject: a\n\nno end\n", b"\n"),
    (FIRST + b"Subject: a\n\nno end\r", b"\n\n"),
    (FIRST + b"Subject: a", b"\n\n"),
    (FIRST + b"Subject: a\nStatus: RO", b"\n\n"),
    (FIRST[:-1], b"\n\n"),
    (FIRST + b"Subject: a\n\n" + b"x" * 300_000, b"\n\n"),
    (FIRST.replace(b"\n", b"\r\n") + b"Subject: a\r\n\r\nno end", b"\r\n\r\n"),
    (FIRST.replace(b"\n", b"\r\n") + b"Subject: a\r\n\r\nno end", b"\n\n"),
    (FIRST.replace(b"\n", b"\r\n") + b"Subject: a\r\n\r\nno end\r", b"\n\n"),
    (FIRST.replace(b"\n", b"\r\n") + b"a\r\n\r\n" + b"x" * 300_000, b"\n\n"),
]


@pytest.mark.parametrize(("text", "completion"), UNFINISHED)
def test_p135_a_delivery_that_ends_the_last_line_does_not_change_the_unique_id(
    tmp_path: Path, text: bytes, completion: bytes
) -> None:
    path = file(tmp_path / "m", B + text)
    before = uids(path)
    path.write_bytes(B + text + completion + A)
    assert uids(path)[:2] == before
    assert len(uids(path)) == 3


def test_p135_unique_ids_are_those_of_earlier_versions(tmp_path: Path) -> None:
    """A unique-id says to a client that it has seen the message: a new one costs a download."""
    one = FIRST + b"Status: RO\nSubject: x\n\nFrom here on\n\n>From x\n\n"
    assert uids(file(tmp_path / "m", one + one.replace(b"\n", b"\r\n") + A)) == [
        "19591b4fa2f32bd40f42b8e9283735fd9117cc0e",
        "79087b2070676f9954ff81f127c084766d6f3f02",
        "c8ba9dc82975c849527cd865d625e9abb513c654",
    ]


PIECES = st.sampled_from(
    [line for line, *_ in LINES]
    + [b"", b"\r", b"a", b"X-IMAP: 1 2", b"Status: O", b"\0\xff", b"From "]
)
TEXTS = st.one_of(
    st.lists(PIECES, max_size=12).map(b"\n".join),
    st.lists(PIECES, max_size=12).map(lambda lines: FIRST + b"\n".join(lines)),
    st.binary(max_size=200).map(lambda octets: FIRST + octets),
    st.binary(max_size=50),
)


@pytest.mark.slow
@given(text=TEXTS, removed=st.sets(st.integers(0, 12)))
def test_any_file_is_read_or_refused_and_what_stays_stays_to_the_octet(
    tmp_path_factory: pytest.TempPathFactory, text: bytes, removed: set[int]
) -> None:
    path = file(tmp_path_factory.getbasetemp() / "fuzzed", text)
    try:
        before = texts(path)
    except StoreFailed:
        assert text.lstrip(b"\r\n")[:5] != b"From "
        return
    ids = uids(path)
    removed = {number for number in removed if number < len(ids)}
    delete(path, *removed)
    assert uids(path) == [uid for number, uid in enumerate(ids) if number not in removed]
    left = [message for number, message in enumerate(before) if number not in removed]
    assert texts(path) == left
    if not removed:
        assert path.read_bytes() == text


@given(line=st.one_of(st.binary(max_size=1100), st.text(max_size=90).map(str.encode)))
def test_no_line_is_a_from_line_without_a_time_and_a_year(line: bytes) -> None:
    assert not is_from_line(b"From " + line) or (
        b":" in line and any(d in line for d in b"0123456789")
    )
