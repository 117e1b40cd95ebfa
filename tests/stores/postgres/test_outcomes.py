"""What comes of a QUIT whose connection to the database is lost, or whose lease is over."""

import threading
import time
from collections.abc import Iterator

import psycopg
import pytest

from pop3lab.core.delivery import Envelope
from pop3lab.core.errors import LockLost, StoreFailed
from pop3lab.core.maildrop import Maildrop
from pop3lab.stores.postgres.store import PostgresStore
from tests.postgres import cluster, started
from tests.serve.process import eventually
from tests.stores.postgres.relay import Relay

pytestmark = pytest.mark.slow

DELETION = "DELETE FROM pop3lab.message"
QUESTION = "SET epoch = epoch + 1\nWHERE"


@pytest.fixture
def target() -> str:
    """Of a database in which ann has three messages."""
    target = cluster().new()
    with started(target) as store:
        store.add_maildrop("ann")
        for number in range(3):
            store.deliver("ann", [b"Subject: %d\n\n" % number], Envelope())
    return target


@pytest.fixture
def relay(target: str) -> Iterator[Relay]:
    with Relay(target) as relay:
        yield relay


@pytest.fixture
def store(relay: Relay) -> Iterator[PostgresStore]:
    with started(relay.target, answer=3) as store:
        yield store


def asked(target: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(target, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def left(target: str) -> list[object]:
    """The places of the messages that are there."""
    return [row[0] for row in asked(target, "SELECT seq FROM pop3lab.message ORDER BY seq")]


def delete_two(maildrop: Maildrop) -> None:
    maildrop.delete([entry.uid for entry in maildrop.snapshot.entries[:2]])


def test_a_deletion_whose_answer_is_lost_is_known_to_be_done(
    relay: Relay, store: PostgresStore, target: str
) -> None:
    maildrop = store.open("ann")
    relay.lose_answer(DELETION)
    delete_two(maildrop)
    assert left(target) == [3]
    maildrop.close()
    assert len(store.open("ann").snapshot.entries) == 1  # the lease is free


def test_a_deletion_that_got_nowhere_is_done_again(
    relay: Relay, store: PostgresStore, target: str
) -> None:
    maildrop = store.open("ann")
    relay.lose_statement(DELETION, times=2)
    delete_two(maildrop)
    assert left(target) == [3]


@pytest.mark.parametrize("lose", ["lose_statement", "lose_answer"])
def test_the_question_may_be_lost_as_well(
    relay: Relay, store: PostgresStore, target: str, lose: str
) -> None:
    maildrop = store.open("ann")
    getattr(relay, lose)(DELETION)
    getattr(relay, lose)(QUESTION)
    delete_two(maildrop)
    assert left(target) == [3]


def test_an_outcome_that_stays_unknown_is_no_success(
    relay: Relay, store: PostgresStore, target: str
) -> None:
    maildrop = store.open("ann")
    relay.lose_answer(DELETION)
    relay.lose_statement(QUESTION, times=9)
    with pytest.raises(StoreFailed):
        delete_two(maildrop)
    assert left(target) == [3]


def test_what_was_done_is_known_even_when_the_next_session_has_quit(
    relay: Relay, store: PostgresStore, target: str
) -> None:
    def next_session() -> None:
        with started(target) as other:
            maildrop = other.open("ann")
            maildrop.delete([maildrop.snapshot.entries[0].uid])

    maildrop = store.open("ann")
    relay.lose_answer(DELETION)
    relay.lose_statement(QUESTION, meanwhile=next_session)
    delete_two(maildrop)
    assert left(target) == []


def expire(target: str) -> None:
    asked(target, "UPDATE pop3lab.lease SET until = clock_timestamp() - interval '1 second'")


def test_a_session_whose_maildrop_another_one_has_had_since_deletes_nothing(
    store: PostgresStore, target: str
) -> None:
    for quits in (True, False):
        maildrop = store.open("ann")
        expire(target)
        with started(target) as other:
            second = other.open("ann")
            assert len(second.snapshot.entries) == 3
            if quits:
                second.close()
            with pytest.raises(LockLost):
                delete_two(maildrop)
            maildrop.close()
        assert left(target) == [1, 2, 3]


def test_so_it_is_when_its_statement_arrives_late(
    relay: Relay, store: PostgresStore, target: str
) -> None:
    maildrop = store.open("ann")
    relay.lose_statement(DELETION)
    expire(target)
    with started(target) as other:
        second = other.open("ann")
        with pytest.raises(LockLost):
            delete_two(maildrop)
        assert left(target) == [1, 2, 3]
        delete_two(second)
    assert left(target) == [3]


def test_a_lease_that_is_over_but_that_nobody_wanted_still_deletes(
    store: PostgresStore, target: str
) -> None:
    maildrop = store.open("ann")
    expire(target)
    delete_two(maildrop)
    assert left(target) == [3]


def test_a_session_that_could_not_renew_its_lease_ends_by_the_clock_of_its_process(
    relay: Relay, target: str
) -> None:
    with started(relay.target, lease=1, answer=0.5) as store:
        maildrop = store.open("ann")
        relay.freeze()
        uid = maildrop.snapshot.entries[0].uid
        failures = set()
        ends = time.monotonic() + 30
        while LockLost not in failures:
            assert time.monotonic() < ends
            with pytest.raises(StoreFailed) as failed:
                maildrop.read(uid)
            failures.add(type(failed.value))
            time.sleep(0.02)
        relay.thaw()
        with pytest.raises(LockLost):
            maildrop.delete([uid])
    assert left(target) == [1, 2, 3]


def test_a_commit_that_did_not_wait_for_its_standby_is_no_success(
    relay: Relay, target: str
) -> None:
    waits = f"{target}&options=-csynchronous_commit%3Don"
    with started(waits, answer=2) as store:
        maildrop = store.open("ann")
        asked(target, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        try:
            asked(target, "SELECT pg_reload_conf()")
            wait_for_standby_to_count(target)
            cancelling = threading.Thread(target=cancel_waits, args=(target,))
            cancelling.start()
            with pytest.raises(StoreFailed):
                delete_two(maildrop)
            cancelling.join()
        finally:
            asked(target, "ALTER SYSTEM RESET synchronous_standby_names")
            asked(target, "SELECT pg_reload_conf()")


def wait_for_standby_to_count(target: str) -> None:
    """Commits wait for a standby once the checkpointer, too, has read the settings anew."""
    eventually(lambda: asked(target, "SHOW synchronous_standby_names") == [("nobody",)], 30)
    asked(target, "CHECKPOINT")


def cancel_waits(target: str) -> None:
    """As an administrator does who wonders why a commit takes so long; once."""
    statement = (
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
        " WHERE wait_event = 'SyncRep' AND query LIKE '%DELETE%' AND datname = current_database()"
    )
    eventually(lambda: bool(asked(target, statement)), 30)
