"""The tables: numbered files of SQL, of which a database has the first so many."""

from importlib import resources
from typing import NamedTuple, cast

from psycopg import Connection, errors
from psycopg.rows import TupleRow

from pop3lab.core.errors import ConfigError

_LOCK = 7103  # an arbitrary number: nobody else changes the tables meanwhile


class Migration(NamedTuple):
    """A file of SQL. number: of the version that the tables have with it."""

    number: int
    name: str
    sql: str


def migrations() -> list[Migration]:
    """Return all files, in order."""
    folder = resources.files("pop3lab.stores.postgres") / "sql"
    files = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".sql")),
        key=lambda file: file.name,
    )
    return [Migration(int(file.name[:4]), file.name, file.read_text("utf-8")) for file in files]


def schema_version(connection: Connection[TupleRow]) -> int:
    """Return the version of the tables; 0 if there are none."""
    try:
        row = connection.execute("SELECT max(version) FROM pop3lab.version").fetchone()
    except (errors.UndefinedTable, errors.InvalidSchemaName):
        return 0
    return cast(int, row[0]) if row and row[0] else 0


def upgrade(connection: Connection[TupleRow]) -> list[str]:
    """Apply the files that are missing, all or none; return their names."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        connection.execute("CREATE SCHEMA IF NOT EXISTS pop3lab")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS pop3lab.version (version integer PRIMARY KEY,"
            " applied timestamptz NOT NULL DEFAULT clock_timestamp())"
        )
        found = schema_version(connection)
        missing = [each for each in migrations() if each.number > found]
        for migration in missing:
            connection.execute(migration.sql.encode())
            connection.execute(
                "INSERT INTO pop3lab.version (version) VALUES (%s)", (migration.number,)
            )
    return [migration.name for migration in missing]


def check_schema(connection: Connection[TupleRow]) -> None:
    """Raise ConfigError unless the database has the tables of this version of pop3lab."""
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise ConfigError(f"the database has the encoding {encoding}, and must have UTF8")
    newest, found = migrations()[-1].number, schema_version(connection)
    if not found:
        raise ConfigError("the database has no tables of pop3lab: run pop3lab db init")
    if found < newest:
        raise ConfigError(
            f"the tables have version {found}, and this pop3lab needs {newest}:"
            " run pop3lab db upgrade"
        )
    if found > newest:
        raise ConfigError(
            f"the tables have version {found}, and this pop3lab knows {newest}: install a newer one"
        )
