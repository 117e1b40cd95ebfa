"""A database that does not answer, or has been away."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import psycopg
import pytest

from pop3lab.core.delivery import Envelope
from pop3lab.core.errors import StoreFailed
from pop3lab.core.maildrop import Maildrop
from pop3lab.stores.postgres import leases
from pop3lab.stores.postgres.address import parse_address
from pop3lab.stores.postgres.connection import BoundedConnection
from pop3lab.stores.postgres.database import Database
from pop3lab.stores.postgres.leases import Leases
from pop3lab.stores.postgres.store import PostgresStore
from tests.postgres import cluster, started
from tests.stores.postgres.relay import Relay

pytestmark = pytest.mark.slow


@pytest.fixture
def relay() -> Iterator[Relay]:
    target = cluster().new()
    with started(target) as store:
        store.add_maildrop("ann")
        store.deliver("ann", [b"Subject: one\n\n"], Envelope())
    with Relay(target) as relay:
        yield relay


@pytest.fixture
def store(relay: Relay) -> Iterator[PostgresStore]:
    with started(relay.target, answer=1, connections=3) as store:
        yield store


ADDITION = "INSERT INTO pop3lab.message"


def text(maildrop: Maildrop) -> bytes:
    return b"".join(maildrop.read(maildrop.snapshot.entries[0].uid))


def until_it_works(work: Callable[[], object]) -> None:
    ends = time.monotonic() + 30
    while True:
        try:
            work()
            return
        except StoreFailed:
            assert time.monotonic() < ends
            time.sleep(0.02)


def test_while_it_does_not_answer_all_are_refused_after_one_time_out_and_then_it_goes_on(
    relay: Relay, store: PostgresStore
) -> None:
    """Not one time-out after the other, for as many as wait for a thread."""
    maildrop = store.open("ann")
    relay.freeze()
    failed: list[str] = []

    def retrieve() -> None:
        try:
            text(maildrop)
        except StoreFailed as failure:
            failed.append(str(failure))

    began = time.monotonic()
    threads = [threading.Thread(target=retrieve) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for _ in range(200):
        retrieve()
    assert failed == ["the mail can't be reached now"] * 203
    assert time.monotonic() - began < 60  # 200 time-outs would be more
    relay.thaw()
    until_it_works(lambda: text(maildrop))
    maildrop.delete([maildrop.snapshot.entries[0].uid])


def test_however_long_it_has_been_away_it_is_asked_now_and_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, again = threading.Event(), threading.Event()

    def refuse(database: Database) -> BoundedConnection:
        (again if asked.is_set() else asked).set()
        raise psycopg.OperationalError

    monkeypatch.setattr(Database, "connect", refuse)
    monkeypatch.setattr(leases, "_TRY_AGAIN", 3600)
    renewal = Leases(Database(parse_address("postgresql://db/mail")), seconds=0.1)
    renewal.start()
    assert asked.wait(30)
    assert not again.wait(0.2)  # though a renewal is due
    renewal.stop()


def cut_all(target: str) -> None:
    with psycopg.connect(target, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_it_does_not_matter_how_many_were_cut(relay: Relay) -> None:
    database = Database(parse_address(relay.behind))
    with ExitStack() as at_once:
        for _ in range(5):
            at_once.enter_context(database.connection())
    cut_all(relay.behind)
    assert database.run("SELECT 1") == [(1,)]
    database.close()


def test_connections_that_were_cut_cost_nobody_anything(relay: Relay) -> None:
    with started(relay.behind) as store:
        maildrop = store.open("ann")
        for _ in range(5):
            cut_all(relay.behind)
            assert text(maildrop) == b"Subject: one\r\n\r\n"
        maildrop.close()
        store.open("ann")


def test_a_statement_whose_connection_breaks_is_repeated_if_it_may_be(
    relay: Relay, store: PostgresStore
) -> None:
    for lose in (relay.lose_statement, relay.lose_answer):
        lose("INSERT INTO pop3lab.lease")
        lose("SELECT uid, octets")
        lose("LEFT JOIN pop3lab.chunk")
        maildrop = store.open("ann")
        assert text(maildrop)
        maildrop.close()


def test_a_login_that_fails_behind_its_lease_leaves_the_maildrop_free(
    relay: Relay, store: PostgresStore
) -> None:
    relay.lose_statement("SELECT uid, octets", times=3)
    with pytest.raises(StoreFailed):
        store.open("ann")
    store.open("ann")


def test_a_delivery_whose_answer_is_lost_is_there_once(relay: Relay, store: PostgresStore) -> None:
    relay.lose_only("answer", "COMMIT", behind=ADDITION)
    store.deliver("ann", [b"Subject: two\n\n"], Envelope())
    relay.lose_only("statement", "COMMIT", behind=ADDITION)
    with pytest.raises(StoreFailed):
        store.deliver("ann", [b"Subject: three\n\n"], Envelope())
    assert len(store.open("ann").snapshot.entries) == 2
