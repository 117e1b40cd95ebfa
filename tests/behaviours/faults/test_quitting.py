from collections.abc import Collection

import pytest

from pop3lab.core.errors import StoreFailed
from pop3lab.core.events import MessagesDeleted, RuleApplied, SessionEnded
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.session import Session
from pop3lab.stores.memory import MemoryStore
from tests.behaviours.faults.faulty import check, check_from_the_start
from tests.behaviours.ruled import rules
from tests.dialogue import ONE, TWO, fed, logged_in, memory, play
from tests.keeping import Keeps

MARKED = "C: DELE 1\nS: +OK ...\nC: QUIT\n"


def left(store: MemoryStore) -> list[str]:
    """The unique-ids that are there at the next login."""
    maildrop = store.open("ann")
    maildrop.close()
    return [entry.uid for entry in maildrop.snapshot.entries]


@pytest.mark.parametrize(
    ("commit", "actions", "uids"),
    [
        ("before", "(close)", ["2"]),
        ("after", "(half-close)\n(offload)\n(close)", ["2"]),
        ("never", "(close)", ["1", "2"]),
    ],
)
def test_drop_at_quit(commit: str, actions: str, uids: list[str]) -> None:
    store = memory(ONE, TWO)
    sink = Keeps()
    over = check(f"drop-at-quit commit={commit}", MARKED + actions, store=store, sink=sink)
    over.session_ended("closed")
    assert left(store) == uids
    gone = [event for event in sink.events if isinstance(event, MessagesDeleted)]
    assert len(gone) == len(["1", "2"]) - len(uids)


def test_it_is_deleted_after_the_drop() -> None:
    store = memory(ONE, TWO)
    dropped = logged_in(store, hooks=rules("drop-at-quit commit=after then reset"))
    play(dropped, "C: DELE 1\nS: +OK ...")
    quitting = fed(dropped, b"QUIT\r\n")
    assert [type(next(quitting)).__name__ for _ in range(2)] == ["HalfClose", "OffloadNext"]
    assert left_locked(store) == 2
    assert [type(action).__name__ for action in quitting] == ["Reset"]
    assert left(store) == ["2"]


def left_locked(store: MemoryStore) -> int:
    store.release("ann")
    return len(left(store))


def test_how_it_ends() -> None:
    check("QUIT -> drop-at-quit commit=never then reset", MARKED + "(reset)")
    check("drop-at-quit commit=never then half-close", MARKED + "(half-close)\n(stall)")
    check_from_the_start("drop-at-quit", "S: +OK ...\nC: QUIT\n(close)")


def test_what_is_no_quit_is_answered() -> None:
    unanswered = "C: QUIT now\nS: -ERR ...\nC: STAT\nS: +OK 2 56"
    check("drop-at-quit", unanswered)


def test_a_session_that_has_used_up_the_times_quits_by_the_book() -> None:
    ruled = rules("QUIT times=1 -> drop-at-quit commit=never")
    store = memory(ONE)
    play(logged_in(store, hooks=ruled), MARKED + "(close)")
    play(logged_in(store, hooks=ruled), MARKED + "S: +OK ...\n(close)")
    assert left(store) == []


class Failing(MemoryStore):
    def open(self, user: str) -> Maildrop:
        maildrop = super().open(user)

        def delete(uids: Collection[str]) -> None:
            raise StoreFailed("the disk is full")

        maildrop.delete = delete  # type: ignore[method-assign]
        return maildrop


def failing() -> Session:
    store = Failing()
    store.add("ann", ONE)
    return logged_in(store, hooks=rules("drop-at-quit commit=after"))


def test_a_deletion_that_fails_after_the_drop_resets() -> None:
    play(failing(), MARKED + "(half-close)\n(offload)\n(reset)")


def test_it_is_told_when_it_happens() -> None:
    sink = Keeps()
    over = check("drop-at-quit commit=never", MARKED + "(close)", sink=sink)
    over.session_ended("closed")
    assert [e for e in sink.events if isinstance(e, RuleApplied)] == [
        RuleApplied(7, "drop-at-quit commit=never")
    ]
    assert [e.end_reason for e in sink.events if isinstance(e, SessionEnded)] == ["dropped"]
