"""Stores in memory: logins share a snapshot, with the replies it knows, until something changes."""

from collections.abc import Callable, Sequence
from threading import Thread

import pytest

from pop3lab.core.maildrop import Entry, Snapshot, Store
from pop3lab.stores.memory import MemoryStore
from pop3lab.testing.in_memory import InMemoryStore
from pop3lab.testing.messages import new_message

Add = Callable[[bytes], object]


def of_server() -> tuple[Store, Add]:
    store = MemoryStore()
    return store, lambda text: store.add("ann", text)


def of_tests() -> tuple[Store, Add]:
    store = InMemoryStore({"ann": []})
    return store, lambda text: store.add("ann", new_message(text))


def snapshot(store: Store, *deleted: str) -> Snapshot:
    """That of a session which deletes these messages."""
    maildrop = store.open("ann")
    maildrop.delete(deleted)
    maildrop.close()
    return maildrop.snapshot


@pytest.mark.parametrize("make", [of_server, of_tests])
def test_a_login_has_the_snapshot_of_the_last_unless_something_changed(
    make: Callable[[], tuple[Store, Add]],
) -> None:
    store, add = make()
    add(b"one")
    first = snapshot(store)
    assert snapshot(store) is first
    add(b"two")
    second = snapshot(store, "1")
    assert [entry.uid for entry in second.entries] == ["1", "2"]
    assert [entry.uid for entry in snapshot(store).entries] == ["2"]
    assert [entry.uid for entry in first.entries] == ["1"]


def test_a_message_that_another_thread_adds_during_a_login_is_there_at_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = MemoryStore()
    adds = Thread(target=store.add, args=("ann", b"one"))

    def made(entries: Sequence[Entry]) -> Snapshot:
        adds.start()
        adds.join(0.1)  # it waits for the end of the login
        return Snapshot(entries)

    with monkeypatch.context() as patched:
        patched.setattr("pop3lab.stores.memory.Snapshot", made)
        assert snapshot(store).entries == []
    adds.join()
    assert [entry.uid for entry in snapshot(store).entries] == ["1"]
