"""Who has a maildrop, on several servers."""

import time
from threading import Event, Thread

import psycopg
import pytest

from pop3lab.core.delivery import Envelope
from pop3lab.core.errors import LockLost, MaildropBusy, StoreFailed
from pop3lab.core.maildrop import Maildrop, Store
from pop3lab.stores.postgres.statements import RENEW_LEASES
from tests.postgres import cluster, started
from tests.stores.postgres.relay import Relay

pytestmark = pytest.mark.slow


@pytest.fixture
def target() -> str:
    return cluster().new()


def opened(store: Store, user: str = "ann") -> Maildrop:
    """Wait until it is released."""
    ends = time.monotonic() + 30
    while True:
        try:
            return store.open(user)
        except MaildropBusy:
            assert time.monotonic() < ends
            time.sleep(0.01)


def test_only_one_server_has_a_maildrop_until_it_is_closed(target: str) -> None:
    with started(target) as one, started(target) as two:
        maildrop = one.open("ann")
        with pytest.raises(MaildropBusy) as busy:
            two.open("ann")
        assert busy.value.retry_after == 0.25
        two.open("ben").close()
        maildrop.close()
        opened(two).close()


def test_a_server_that_has_released_a_maildrop_has_it_again_at_once(target: str) -> None:
    with Relay(target) as relay, started(relay.target) as store:
        relay.lose_statement("SET holder = NULL, until = NULL\nFROM", times=5)
        for _ in range(5):
            store.open("ann").close()


def test_a_server_that_stops_releases_all(target: str) -> None:
    with started(target) as two:
        with started(target) as one:
            for user in ("ann", "ben"):
                one.open(user)
        for user in ("ann", "ben"):
            two.open(user).close()


def test_a_lease_is_renewed_for_as_long_as_its_session_lasts_and_no_longer(target: str) -> None:
    with started(target, lease=2) as one, started(target) as two:
        maildrop = one.open("ann")
        ends = time.monotonic() + 2.2
        while time.monotonic() < ends:
            with pytest.raises(MaildropBusy):
                two.open("ann")
            time.sleep(0.1)
        maildrop.delete(["any"])
        two.open("ann")


def test_a_server_that_is_gone_keeps_a_maildrop_until_its_lease_is_over(target: str) -> None:
    with (
        Relay(target) as relay,
        started(target) as two,
        started(relay.target, lease=1, answer=2) as one,
    ):
        lost = one.open("ann")
        relay.freeze()
        with pytest.raises(MaildropBusy):
            two.open("ann")
        opened(two)
        relay.thaw()
        with pytest.raises(StoreFailed):
            lost.delete(["any"])


def test_a_renewal_does_not_revive_a_lease_that_was_released_meanwhile(target: str) -> None:
    with started(target) as one, started(target) as two:
        maildrop = one.open("ann")
        with psycopg.connect(target, autocommit=True) as connection:
            rows = connection.execute("SELECT drop_id, holder FROM pop3lab.lease").fetchall()
            [(drop, holder)] = rows
            late = {"drops": [drop], "holders": [holder], "ttl": 30}
            assert connection.execute(RENEW_LEASES, late).fetchall() == [(holder,)]
            maildrop.close()
            opened(two).close()
            opened(one).close()
            assert connection.execute(RENEW_LEASES, late).fetchall() == []


def test_a_delivery_that_is_stuck_keeps_no_lease_from_being_renewed(target: str) -> None:
    with started(target, lease=2) as store:
        maildrop = store.open("ann")
        store.deliver("ann", [b"one\n"], Envelope())
        begun, over = Event(), Event()

        def deliver() -> None:
            with psycopg.connect(target) as connection:
                connection.execute("UPDATE pop3lab.maildrop SET next_seq = next_seq + 1")
                begun.set()
                over.wait(10)

        delivering = Thread(target=deliver)
        delivering.start()
        begun.wait(10)
        time.sleep(2.2)
        with pytest.raises(MaildropBusy):
            store.open("ann")
        maildrop.delete(["any"])
        over.set()
        delivering.join()


def test_a_lease_that_is_in_use_is_left_out_of_a_renewal_and_no_other_waits_for_it(
    target: str,
) -> None:
    with started(target, lease=2) as store:
        ann, ben = store.open("ann"), store.open("ben")
        with psycopg.connect(target) as connection:
            connection.execute(
                "SELECT FROM pop3lab.lease JOIN pop3lab.maildrop ON id = drop_id"
                " WHERE name = 'ann' FOR UPDATE OF lease"
            )
            time.sleep(2.2)
            with pytest.raises(LockLost):
                ann.delete(["any"])
        ben.delete(["any"])


def test_epochs_grow_with_each_session(target: str) -> None:
    epochs = []
    with started(target) as store:
        for _ in range(3):
            maildrop = store.open("ann")
            with psycopg.connect(target) as connection:
                epochs += connection.execute("SELECT epoch FROM pop3lab.lease").fetchall()
            maildrop.close()
    assert epochs == [(1,), (2,), (3,)]
