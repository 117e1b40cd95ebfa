"""What every store promises (pop3lab.core.maildrop)."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pop3lab.core.delivery import Envelope, is_delivering
from pop3lab.core.errors import MaildropBusy, MessageGone, StoreFailed
from pop3lab.core.maildrop import Entry, Maildrop, Store
from pop3lab.core.text import MessageText
from tests.contract.stores import ALL, Stocked, postgres
from tests.dialogue import fed, logged_in, sent

MEBIBYTE = b"0123456789abcdef\r\n" * 58254
TEXTS = {
    b"": b"",
    b"\r\n": b"\r\n",
    b"\n": b"\r\n",
    b"\r": b"\r\r\n",
    b"x": b"x\r\n",
    b"a\r\nb": b"a\r\nb\r\n",
    b"a\n.b\n": b"a\r\n.b\r\n",
    b"a\r\nb\nc\r\n": b"a\r\nb\r\nc\r\n",
    b"a\rb\r\r\nc\n": b"a\rb\r\r\nc\r\n",
    bytes(range(256)): bytes(range(10)) + b"\r\n" + bytes(range(11, 256)) + b"\r\n",
    MEBIBYTE: MEBIBYTE,
    MEBIBYTE.replace(b"\r\n", b"\n") + b"end": MEBIBYTE + b"end\r\n",
    b"x" * 262_143 + b"\r\n": b"x" * 262_143 + b"\r\n",
    b"x" * 262_143 + b"\n" + b"y" * 262_144: b"x" * 262_143 + b"\r\n" + b"y" * 262_144 + b"\r\n",
}


# A server of PostgreSQL takes long to start.
STORES = [pytest.param(make, marks=pytest.mark.slow) if make is postgres else make for make in ALL]


@pytest.fixture(params=STORES, ids=lambda make: make.__name__)
def stocked(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stocked]:
    make: Callable[[Path], Stocked] = request.param
    stocked = make(tmp_path)
    yield stocked
    stocked.stop()


def contents(maildrop: Maildrop) -> list[bytes]:
    return [b"".join(maildrop.read(entry.uid)) for entry in maildrop.snapshot.entries]


def now(stocked: Stocked) -> list[bytes]:
    maildrop = stocked.store.open("ann")
    try:
        return contents(maildrop)
    finally:
        maildrop.close()


def test_p080_p081_p083_p096_p097_texts_go_out_as_lines_and_sizes_say_so(stocked: Stocked) -> None:
    for text in TEXTS:
        stocked.add(text)
    maildrop = stocked.store.open("ann")
    assert contents(maildrop) == list(TEXTS.values())
    assert [e.octets for e in maildrop.snapshot.entries] == [len(t) for t in TEXTS.values()]
    assert maildrop.snapshot.octets == sum(len(text) for text in TEXTS.values())
    maildrop.close()


def test_p131_p133_p134_unique_ids_are_legal_and_differ_even_for_equal_messages(
    stocked: Stocked,
) -> None:
    for _ in range(3):
        stocked.add(b"the same\r\n")
    maildrop = stocked.store.open("ann")
    uids = [entry.uid for entry in maildrop.snapshot.entries]
    assert len(set(uids)) == 3
    assert all(1 <= len(uid) <= 70 and all("!" <= c <= "~" for c in uid) for uid in uids)
    maildrop.close()


def test_p135_p136_p146_order_and_unique_ids_last(stocked: Stocked) -> None:
    for number in range(12):
        stocked.add(b"%d\r\n" % number)
    maildrop = stocked.store.open("ann")
    before = list(maildrop.snapshot.entries)
    maildrop.delete([before[3].uid, before[0].uid])
    maildrop.close()
    maildrop = stocked.store.open("ann")
    assert list(maildrop.snapshot.entries) == [*before[1:3], *before[4:]]
    assert contents(maildrop)[:3] == [b"1\r\n", b"2\r\n", b"4\r\n"]
    maildrop.close()


def entries(store: Store) -> list[Entry]:
    maildrop = opened(store)
    maildrop.close()
    return list(maildrop.snapshot.entries)


def opened(store: Store) -> Maildrop:
    """Wait as a login does: another process may be told of a release a moment later."""
    for _ in range(50):
        try:
            return store.open("ann")
        except MaildropBusy:
            time.sleep(0.02)
    return store.open("ann")


def delete(store: Store, *numbers: int) -> None:
    maildrop = opened(store)
    maildrop.delete([maildrop.snapshot.entries[number].uid for number in numbers])
    maildrop.close()


def test_p135_p136_sizes_order_and_unique_ids_are_the_same_to_another_process(
    stocked: Stocked,
) -> None:
    for number in range(12):
        stocked.add(b"%d\n" % number)
    before = entries(stocked.store)
    assert entries(stocked.again()) == before
    delete(stocked.store, 3, 0)
    assert entries(stocked.again()) == [*before[1:3], *before[4:]]


def test_p134_p146_of_equal_messages_the_right_ones_stay(stocked: Stocked) -> None:
    for _ in range(4):
        stocked.add(b"the same\r\n")
    before = entries(stocked.store)
    delete(stocked.store, 0, 2)
    assert entries(stocked.store) == [before[1], before[3]]
    stocked.add(b"the same\r\n")
    after = entries(stocked.store)
    assert after[:2] == [before[1], before[3]]
    assert after[2].uid not in {entry.uid for entry in before}


def test_p139_a_unique_id_is_not_used_again(stocked: Stocked) -> None:
    used = set()
    for _ in range(3):
        stocked.add(b"the same\r\n")
        used.add(entries(stocked.store)[0].uid)
        delete(stocked.store, 0)
    assert len(used) == 3


def test_p145_no_other_message_is_removed(stocked: Stocked) -> None:
    texts = [b"%d\r\n" % number for number in range(9)]
    for text in texts:
        stocked.add(text)
    for number in (8, 0, 3):
        delete(stocked.store, number)
        del texts[number]
        assert now(stocked) == texts


def test_a_maildrop_may_be_read_after_a_deletion_and_closed_again(stocked: Stocked) -> None:
    stocked.add(b"a\r\n")
    stocked.add(b"b\r\n")
    maildrop = stocked.store.open("ann")
    first, second = maildrop.snapshot.entries
    maildrop.delete([first.uid])
    for _ in range(2):
        maildrop.close()
    assert entries(stocked.store) == [second]


def test_reading_changes_nothing_and_may_be_repeated_or_broken_off(stocked: Stocked) -> None:
    stocked.add(MEBIBYTE)
    stocked.add(b"small\r\n")
    maildrop = stocked.store.open("ann")
    large, small = maildrop.snapshot.entries
    broken_off = iter(maildrop.read(large.uid))
    next(broken_off)
    del broken_off
    for _ in range(2):
        assert b"".join(maildrop.read(small.uid)) == b"small\r\n"
        assert b"".join(maildrop.read(large.uid)) == MEBIBYTE
    maildrop.close()


def test_what_is_gone_is_said_to_be_gone(stocked: Stocked) -> None:
    stocked.add(b"a\r\n")
    stocked.add(b"b\r\n")
    maildrop = stocked.store.open("ann")
    first, second = maildrop.snapshot.entries
    maildrop.delete([first.uid])
    try:
        assert b"".join(maildrop.read(first.uid)) == b"a\r\n"  # its file is only hidden
    except MessageGone:
        assert entries_left(maildrop, stocked) == [second.uid]


def entries_left(maildrop: Maildrop, stocked: Stocked) -> list[str]:
    maildrop.close()
    return [entry.uid for entry in entries(stocked.store)]


def test_deleting_nothing_is_nothing(stocked: Stocked) -> None:
    stocked.add(b"a\r\n")
    maildrop = stocked.store.open("ann")
    maildrop.delete([])
    assert not maildrop.delete_waits([])
    maildrop.close()
    assert now(stocked) == [b"a\r\n"]


def test_deleting_everything(stocked: Stocked) -> None:
    for _ in range(3):
        stocked.add(b"a\r\n")
    maildrop = stocked.store.open("ann")
    maildrop.delete([entry.uid for entry in maildrop.snapshot.entries])
    maildrop.close()
    assert now(stocked) == []


def test_p142_closing_deletes_nothing(stocked: Stocked) -> None:
    stocked.add(b"a\r\n")
    stocked.store.open("ann").close()
    assert now(stocked) == [b"a\r\n"]


def test_p150_one_session_at_a_time_until_it_is_closed(stocked: Stocked) -> None:
    stocked.add(b"a\r\n")
    first = stocked.store.open("ann")
    for _ in range(2):
        with pytest.raises(MaildropBusy):
            stocked.store.open("ann")
    assert contents(first) == [b"a\r\n"]
    first.close()
    second = stocked.store.open("ann")
    first.close()
    with pytest.raises(MaildropBusy):
        stocked.store.open("ann")
    second.close()


def test_p156_what_is_added_meanwhile_is_for_the_next_session(stocked: Stocked) -> None:
    stocked.add(b"a\r\n")
    maildrop = stocked.store.open("ann")
    stocked.add(b"b\r\n")
    assert len(maildrop.snapshot.entries) == 1
    maildrop.delete([maildrop.snapshot.entries[0].uid])
    maildrop.close()
    assert now(stocked) == [b"b\r\n"]


def deliver(store: Store, message: bytes, user: str = "ann") -> None:
    assert is_delivering(store)
    pieces = (message[at : at + 100_000] for at in range(0, len(message), 100_000))
    store.deliver(user, pieces, Envelope("joe@host", ("ann@host",)))


def test_what_is_delivered_is_the_last_message_octet_for_octet(stocked: Stocked) -> None:
    deliver(stocked.store, b"0\r\n")
    for text in TEXTS:
        deliver(stocked.store, text)
    assert now(stocked) == [b"0\r\n", *TEXTS.values()]
    deliver(stocked.again(), b"the last\r\n")
    assert now(stocked)[-1] == b"the last\r\n"


def test_p134_p139_what_is_delivered_again_has_another_unique_id(stocked: Stocked) -> None:
    used = set()
    for _ in range(3):
        deliver(stocked.store, b"the same\r\n")
        deliver(stocked.store, b"the same\r\n")
        used |= {entry.uid for entry in entries(stocked.store)}
        delete(stocked.store, 0, 1)
    assert len(used) == 6


def test_p156_what_is_delivered_meanwhile_is_for_the_next_session(stocked: Stocked) -> None:
    deliver(stocked.store, b"a\r\n")
    maildrop = stocked.store.open("ann")
    deliver(stocked.store, b"b\r\n")
    assert contents(maildrop) == [b"a\r\n"]
    maildrop.delete([maildrop.snapshot.entries[0].uid])
    deliver(stocked.store, b"c\r\n")
    maildrop.close()
    assert now(stocked) == [b"b\r\n", b"c\r\n"]


def test_many_deliver_at_once_and_nothing_is_lost(stocked: Stocked) -> None:
    texts = [b"%d\r\n" % number for number in range(20)]
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda text: deliver(stocked.store, text), texts))
    assert sorted(now(stocked)) == sorted(texts)


def test_an_unchanged_maildrop_may_share_its_snapshot_and_a_changed_one_does_not(
    stocked: Stocked,
) -> None:
    stocked.add(b"a\r\n")
    assert now(stocked) == now(stocked) == [b"a\r\n"]
    stocked.add(b"b\r\n")
    assert now(stocked) == [b"a\r\n", b"b\r\n"]


def test_a_client_may_delete_what_it_has_not_fetched(stocked: Stocked) -> None:
    for text in (b"a\r\n", b"b\r\n"):
        stocked.add(text)
    client = logged_in(stocked.store)
    assert sent(fed(client, b"DELE 1\r\nQUIT\r\n")).count(b"+OK") == 2
    assert now(stocked) == [b"b\r\n"]


def test_dele_behind_a_retr_that_the_store_refused_is_refused_too(
    stocked: Stocked, monkeypatch: pytest.MonkeyPatch
) -> None:
    stocked.add(b"a\r\n")
    client = logged_in(stocked.store)

    def refuse(uid: str) -> MessageText:
        raise StoreFailed("the message can't be read")

    with monkeypatch.context() as patch:
        patch.setattr(client.state.maildrop, "read", refuse)
        assert sent(fed(client, b"RETR 1\r\n")).startswith(b"-ERR [SYS/TEMP]")
        assert sent(fed(client, b"DELE 1\r\n")).startswith(b"-ERR")
    client.session_ended("closed")
    assert now(stocked) == [b"a\r\n"]
