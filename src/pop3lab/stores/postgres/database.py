"""The database, as the threads of a server use it: through a pool, and with a breaker."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import TupleRow

from pop3lab.core.errors import StoreFailed, StoreFull
from pop3lab.stores.postgres.address import DatabaseAddress
from pop3lab.stores.postgres.breaker import Away, Breaker
from pop3lab.stores.postgres.connection import BoundedConnection, TimedOut, Unclear, open_connection
from pop3lab.stores.postgres.pool import CantConnect, NoneFree, Pool

_TRIES = 3  # of what may be repeated: more connections than one may be broken at once


class Database:
    """Runs statements. Threads may share it; those that wait for a connection wait in turn."""

    def __init__(self, address: DatabaseAddress) -> None:
        self._address = address
        self.breaker = Breaker()
        self._pool = Pool(self.connect, address.connections, address.answer)

    def connect(self) -> BoundedConnection:
        """Return a connection outside of the pool. Raises psycopg.OperationalError."""
        return open_connection(self._address.parameters, self._address.answer)

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    def run(self, statement: Any, parameters: Any = None) -> list[TupleRow]:
        """Return the rows of a statement that may be run again where its outcome is unknown.

        Raises StoreFailed.
        """
        for _ in range(_TRIES):
            try:
                return self.run_once(statement, parameters)
            except Unclear as unclear:
                last = unclear
        raise Away from last

    def run_once(self, statement: Any, parameters: Any = None) -> list[TupleRow]:
        """Return the rows of a statement. Raises Unclear, and StoreFailed if it has no effect."""
        with self.connection() as connection:
            return connection.run(statement, parameters)

    @contextmanager
    def connection(self) -> Iterator[BoundedConnection]:
        """Lend a connection. Raises StoreFailed; Unclear is passed on."""
        self.breaker.check()
        try:
            with self._pool.connection() as connection:
                yield connection
        except Unclear as unclear:
            if isinstance(unclear.__cause__, TimedOut):
                self.breaker.open()
            raise
        except NoneFree as error:
            raise Away from error
        except CantConnect as error:
            self.breaker.open()
            raise Away from error.__cause__
        except psycopg.errors.DiskFull as error:
            raise StoreFull("there is no room for the message") from error
        except psycopg.Error as error:
            raise StoreFailed("the database has refused a statement") from error
