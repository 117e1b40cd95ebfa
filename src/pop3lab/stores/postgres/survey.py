"""What an operator should know of a database before it is used."""

import time
from collections.abc import Iterator
from typing import LiteralString

from psycopg import Connection
from psycopg.rows import TupleRow

from pop3lab.stores.postgres.address import parse_address
from pop3lab.stores.postgres.schema import schema_version

_ASKS = 3  # the fastest answer counts
_CLOCK = 2.0  # seconds by which clocks may differ without a word

_SETTINGS: LiteralString = """
SELECT current_setting('server_version'), current_setting('fsync') = 'on',
    current_setting('synchronous_commit'), current_setting('synchronous_standby_names') <> '',
    current_setting('max_connections')::integer, extract(epoch FROM clock_timestamp())::float8
"""


def survey_database(
    target: str, connection: Connection[TupleRow]
) -> Iterator[tuple[bool | None, str]]:
    """Yield what is good about the database (True), and what is worth a note (None)."""
    took = min(_seconds_of_an_answer(connection) for _ in range(_ASKS))
    [row] = connection.execute(_SETTINGS).fetchall()
    version, fsync, commit, standby, connections, clock = row
    ahead = clock - time.time()
    told = f"PostgreSQL {version} with tables of version {schema_version(connection)}"
    yield True, f"the database is {told}, and answers in {took * 1000:.1f} ms"
    if not fsync:
        yield None, "the database has fsync off: a crash of its machine loses mail"
    if commit == "off":
        yield None, "the database has synchronous_commit off: a crash loses what was just said +OK"
    elif not standby or commit == "local":
        yield None, "the database waits for no standby: what is said +OK lasts on one machine only"
    needed = parse_address(target).connections + 1
    if needed > connections:
        yield None, f"a server may need {needed} connections, and the database has {connections}"
    if abs(ahead) > _CLOCK:
        yield None, f"the clock of the database is {ahead:+.0f} seconds off that of this machine"


def _seconds_of_an_answer(connection: Connection[TupleRow]) -> float:
    began = time.perf_counter()
    connection.execute("SELECT 1")
    return time.perf_counter() - began
