"""A body that can't be had in full, by transcripts: the terminator is a claim of completeness."""

from collections.abc import Iterator

import psycopg
import pytest

from pop3lab.core.delivery import Envelope
from pop3lab.stores.postgres.bodies import CHUNK
from pop3lab.stores.postgres.store import PostgresStore
from tests.dialogue import done, fed, logged_in, play, sent
from tests.failures import Failures
from tests.postgres import cluster, started

pytestmark = pytest.mark.slow

LINE = b"0123456789012345678901234567890123456789012345678901234567890123456789\r\n"
LONG = LINE * (3 * CHUNK // len(LINE))  # three pieces
SHORT = b"Subject: short\r\n\r\n"


@pytest.fixture
def target() -> str:
    target = cluster().new()
    with started(target) as store:
        store.add_maildrop("ann")
        store.deliver("ann", [LONG], Envelope())
        store.deliver("ann", [SHORT], Envelope())
    return target


@pytest.fixture
def store(target: str) -> Iterator[PostgresStore]:
    with started(target) as store:
        yield store


DAMAGES = {
    "the last piece is missing": "DELETE FROM pop3lab.chunk WHERE number = 2",
    "a piece in the middle is missing": "DELETE FROM pop3lab.chunk WHERE number = 1",
    "the last piece is short": "UPDATE pop3lab.chunk SET octets = substr(octets, 1, 9)"
    " WHERE number = 2",
    "the last piece is longer": "UPDATE pop3lab.chunk SET octets = octets || octets"
    " WHERE number = 2",
    "a piece is of another message": "UPDATE pop3lab.chunk SET octets = overlay(octets PLACING 'x'"
    " FROM 5) WHERE number = 1",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_reply_that_has_begun_ends_without_a_terminator(
    store: PostgresStore, target: str, damage: str
) -> None:
    failures = Failures()
    client = logged_in(store, sink=failures)
    with psycopg.connect(target) as connection:
        connection.execute(damage.encode())
    actions = done(fed(client, b"RETR 1\r\n"))
    head, _, body = sent(actions).partition(b"\r\n")
    assert head.startswith(b"+OK")
    assert len(body) < len(LONG)
    assert not sent(actions).endswith(b"\r\n.\r\n")
    assert str(actions[-1]) == "Reset()"
    assert len(failures.reasons) == 1
    assert client.over


def test_a_message_of_one_piece_that_is_damaged_is_refused(
    store: PostgresStore, target: str
) -> None:
    client = logged_in(store)
    with psycopg.connect(target) as connection:
        connection.execute("UPDATE pop3lab.chunk SET octets = 'short' WHERE length(octets) < 100")
    play(
        client,
        """
        C: RETR 2
        (offload)
        S: -ERR [SYS/PERM] ...
        C: DELE 2
        (offload)
        S: -ERR ...
        C: QUIT
        S: +OK ...
        (close)
        """,
    )


def test_what_is_whole_goes_out_whole(store: PostgresStore) -> None:
    client = logged_in(store)
    said = sent(done(fed(client, b"RETR 1\r\nRETR 2\r\nTOP 1 2\r\n")))
    assert LONG + b".\r\n" in said
    assert said.endswith(b"\r\n.\r\n")
