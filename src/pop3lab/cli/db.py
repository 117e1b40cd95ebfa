"""`pop3lab db`: the tables of a database, and what is in them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from pop3lab.cli.words import read_words
from pop3lab.core.errors import ConfigError, Refused, StoreFailed
from pop3lab.core.optional_import import import_optional
from pop3lab.core.suggest import nearest
from pop3lab.stores.factory import POSTGRES_SCHEMES, create_store

if TYPE_CHECKING:
    from pop3lab.stores.postgres.connection import BoundedConnection
    from pop3lab.stores.postgres.store import PostgresStore

_GOOD, _BAD = 0, 1


def run(command: str, words: Sequence[str]) -> int:
    """Run the subcommand. Raises ConfigError, OSError."""
    name, *operands = read_words((), words)[1] or [""]
    if name not in _SUBCOMMANDS:
        told = f"{command} {name!r}" if name else command
        known = ", ".join(_SUBCOMMANDS)
        raise ConfigError(f"{told}: give one of {known}{nearest(name, _SUBCOMMANDS)}")
    subcommand = _SUBCOMMANDS[name]
    if not subcommand.takes(operands):
        raise ConfigError(f"usage: pop3lab {command} {name} {subcommand.operands}")
    if not operands[0].startswith(POSTGRES_SCHEMES):
        raise ConfigError(f"{operands[0]!r} is no database: give postgresql://USER@HOST/NAME")
    import_optional("psycopg", "a database of PostgreSQL", "postgres")
    try:
        return subcommand.run(*operands)
    except (Refused, StoreFailed) as failure:
        raise OSError(str(failure.__cause__ or failure).partition("\n")[0]) from failure


def _init(target: str) -> int:
    from pop3lab.stores.postgres.schema import schema_version, upgrade

    with _patiently_connected(target) as connection:
        if version := schema_version(connection):
            raise ConfigError(f"the database has tables already, of version {version}")
        return _tell_applied(upgrade(connection))


def _upgrade(target: str) -> int:
    from pop3lab.stores.postgres.schema import schema_version, upgrade

    with _patiently_connected(target) as connection:
        if not schema_version(connection):
            raise ConfigError("the database has no tables of pop3lab: run pop3lab db init")
        return _tell_applied(upgrade(connection))


def _tell_applied(names: Sequence[str]) -> int:
    for name in names:
        print(f"applied {name}")
    if not names:
        print("nothing to do")
    return _GOOD


def _check(target: str) -> int:
    from pop3lab.stores.postgres.check import inconsistencies
    from pop3lab.stores.postgres.schema import check_schema

    with _patiently_connected(target) as connection:
        check_schema(connection)
        wrong = [*inconsistencies(connection)]
    for sentence in wrong or ["all is consistent"]:
        print(sentence)
    return _BAD if wrong else _GOOD


def _user(target: str, *users: str) -> int:
    with _started(target) as store:
        for user in users:
            store.add_maildrop(user)
    return _GOOD


def _import(target: str, source: str, *users: str) -> int:
    with _started(target) as store:
        from_store = create_store(source)
        for user in users:
            added, known = store.import_maildrop(user, from_store)
            print(f"{user}: {added} messages added, {known} were there")
    return _GOOD


@contextmanager
def _patiently_connected(target: str) -> "Iterator[BoundedConnection]":
    """Connect; a statement about all tables may take any time. Raises as connected does."""
    from pop3lab.stores.postgres.store import connected

    with connected(target) as connection:
        connection.seconds = None
        yield connection


@contextmanager
def _started(target: str) -> "Iterator[PostgresStore]":
    from pop3lab.stores.postgres.store import PostgresStore

    store = PostgresStore(target)
    store.start()
    try:
        yield store
    finally:
        store.stop()


class _Subcommand(NamedTuple):
    operands: str  # as in the usage
    run: Callable[..., int]

    def takes(self, operands: Sequence[str]) -> bool:
        """Whether there are as many as the usage says."""
        wanted = self.operands.split()
        more = wanted[-1] == "..."
        least = len(wanted) - more
        return len(operands) == least or (more and len(operands) > least)


_SUBCOMMANDS = {
    "init": _Subcommand("DATABASE", _init),
    "upgrade": _Subcommand("DATABASE", _upgrade),
    "check": _Subcommand("DATABASE", _check),
    "user": _Subcommand("DATABASE NAME ...", _user),
    "import": _Subcommand("DATABASE TARGET NAME ...", _import),
}
