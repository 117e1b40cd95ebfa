"""The tables, and the checks of what is in them."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.rows import TupleRow

from pop3lab.core.delivery import Envelope
from pop3lab.core.errors import ConfigError
from pop3lab.stores.postgres import schema
from pop3lab.stores.postgres.check import inconsistencies
from pop3lab.stores.postgres.schema import (
    Migration,
    check_schema,
    migrations,
    schema_version,
    upgrade,
)
from pop3lab.stores.postgres.store import PostgresStore
from tests.postgres import cluster, started

pytestmark = pytest.mark.slow

Connected = psycopg.Connection[TupleRow]


@pytest.fixture
def connection() -> Iterator[Connected]:
    """To a database with two messages in the maildrop of ann."""
    target = cluster().new()
    with started(target) as store:
        store.add_maildrop("ann")
        store.add_maildrop("ben")
        for text in (b"one\n", b"two\n"):
            store.deliver("ann", [text], Envelope())
        maildrop = store.open("ben")
        maildrop.delete(["any"])
    with psycopg.connect(target, autocommit=True) as connection:
        yield connection


@pytest.fixture
def empty() -> Iterator[Connected]:
    """To a database without tables."""
    with psycopg.connect(cluster().new(), autocommit=True) as connection:
        connection.execute("DROP SCHEMA pop3lab CASCADE")
        yield connection


NEWER = Migration(len(migrations()) + 1, "newer.sql", "CREATE TABLE pop3lab.newer (id int)")


def test_files_are_numbered_without_gaps() -> None:
    assert [each.number for each in migrations()] == [*range(1, len(migrations()) + 1)]


def test_tables_are_made_once_and_upgraded_by_what_is_missing(
    empty: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert schema_version(empty) == 0
    assert upgrade(empty) == [each.name for each in migrations()]
    assert upgrade(empty) == []
    check_schema(empty)
    monkeypatch.setattr(schema, "migrations", lambda: [*migrations(), NEWER])
    with pytest.raises(ConfigError, match="run pop3lab db upgrade"):
        check_schema(empty)
    assert upgrade(empty) == ["newer.sql"]
    check_schema(empty)
    monkeypatch.undo()
    with pytest.raises(ConfigError, match="install a newer one"):
        check_schema(empty)


def test_an_upgrade_that_fails_changes_nothing(
    empty: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = Migration(NEWER.number, "wrong.sql", "CREATE TABLE pop3lab.other (id int); SELECT 1/0")
    monkeypatch.setattr(schema, "migrations", lambda: [*migrations(), wrong])
    with pytest.raises(psycopg.errors.DivisionByZero):
        upgrade(empty)
    assert schema_version(empty) == 0
    assert empty.execute("SELECT to_regclass('pop3lab.message')").fetchone() == (None,)


def test_a_server_refuses_a_database_without_tables(empty: Connected) -> None:
    target = f"postgresql://pop3lab@/{empty.info.dbname}?host={empty.info.host}"
    with pytest.raises(ConfigError, match="run pop3lab db init"):
        PostgresStore(target)


def test_a_database_of_another_encoding_is_refused(empty: Connected) -> None:
    empty.execute(
        "CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    )
    try:
        with (
            psycopg.connect(host=empty.info.host, user="pop3lab", dbname="latin") as latin,
            pytest.raises(ConfigError, match="UTF8"),
        ):
            check_schema(latin)
    finally:
        empty.execute("DROP DATABASE latin")


def test_nothing_is_wrong_with_what_was_delivered(connection: Connected) -> None:
    assert [*inconsistencies(connection)] == []


FIRST = "body = (SELECT body FROM pop3lab.message WHERE seq = 1)"
WRONG = {
    "UPDATE pop3lab.message SET chunks = 2 WHERE seq = 1": "message {uid} has 1 of 2 pieces",
    f"DELETE FROM pop3lab.chunk WHERE {FIRST}": "message {uid} has 0 of 1 pieces",
    "UPDATE pop3lab.message SET octets = 4 WHERE seq = 1": "message {uid} is not the one that was"
    " delivered",
    f"UPDATE pop3lab.chunk SET octets = 'eno' || substr(octets, 4) WHERE {FIRST}": "message {uid}"
    " is not the one that was delivered",
    "UPDATE pop3lab.maildrop SET next_seq = 2 WHERE name = 'ann'": "its next message would have"
    " the place 2, and the last has 2",
}


@pytest.mark.parametrize("statement", WRONG)
def test_what_is_wrong_is_named(connection: Connected, statement: str) -> None:
    [uid] = connection.execute("SELECT uid FROM pop3lab.message WHERE seq = 1").fetchone() or ("",)
    connection.execute(statement.encode())
    told = f"maildrop 'ann': {WRONG[statement].format(uid=uid)}"
    assert [*inconsistencies(connection)] == [told]


def test_an_epoch_that_would_be_given_twice_is_named(connection: Connected) -> None:
    connection.execute("UPDATE pop3lab.lease SET epoch = 0")
    told = "its session 1 has ended, and the last one to begin is 0"
    assert [*inconsistencies(connection)] == [f"maildrop 'ben': {told}"]


def test_pieces_without_a_message_are_named(connection: Connected) -> None:
    connection.execute("ALTER TABLE pop3lab.chunk DISABLE TRIGGER ALL")
    connection.execute("INSERT INTO pop3lab.chunk VALUES (gen_random_uuid(), 0, 'x')")
    assert [*inconsistencies(connection)] == ["1 pieces belong to no message"]
