"""One connection to PostgreSQL, whose statements take a bounded time and are never cancelled.

A commit that is cancelled while it waits for a standby reports success, and a failover takes it
back. So a statement that takes too long costs the connection, and its outcome is unknown.
"""

import select
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from psycopg import errors
from psycopg.abc import PQGen
from psycopg.rows import TupleRow

_Result = TypeVar("_Result")
_WAIT_GIVEN_UP = "01000"  # the warning of a commit that did not wait for its standby


class TimedOut(psycopg.OperationalError):
    """The statement has taken too long, and the connection is closed."""


class Unclear(Exception):
    """Nobody can tell whether the statement has taken effect."""


class BoundedConnection(psycopg.Connection[TupleRow]):
    """Closes itself when a statement takes longer than its seconds; None for any time."""

    seconds: float | None = 5.0
    doubtful = False  # a commit has been reported that did not wait for its standby

    def wait(
        self, gen: PQGen[_Result], interval: float = 0.1, timeout: float | None = None
    ) -> _Result:
        """Run a statement. Raises TimedOut."""
        began = time.monotonic()
        try:
            return super().wait(gen, interval, timeout=self.seconds)
        except psycopg.Error as error:
            if self.seconds is None or time.monotonic() < began + self.seconds:
                raise
            self.pgconn.finish()
            raise TimedOut(f"no answer in {self.seconds:g} seconds") from error

    def run(self, statement: Any, parameters: Any = None) -> list[TupleRow]:
        """Execute a statement, and return its rows. Raises Unclear, and psycopg.Error."""
        with self.clear():
            cursor = self.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def clear(self) -> Iterator[None]:
        """Whatever makes the outcome of what is done within unknown raises Unclear."""
        try:
            yield
        except psycopg.OperationalError as error:
            if self.closed:
                raise Unclear from error
            raise
        if self.doubtful:
            self.close()
            raise Unclear

    @property
    def looks_broken(self) -> bool:
        """Whether the server has said something that nobody asked: mostly, that it is gone."""
        if self.closed:
            return True
        poll = select.poll()
        poll.register(self.fileno(), select.POLLIN)
        return bool(poll.poll(0))


def prepare(connection: BoundedConnection) -> None:
    """Have a new connection note what makes a commit doubtful."""

    def notice(diagnostic: errors.Diagnostic) -> None:
        if diagnostic.sqlstate == _WAIT_GIVEN_UP:
            connection.doubtful = True

    connection.add_notice_handler(notice)


def open_connection(parameters: Mapping[str, Any], seconds: float) -> BoundedConnection:
    """Connect. Raises psycopg.OperationalError."""
    connection = BoundedConnection.connect(**parameters)
    connection.seconds = seconds
    prepare(connection)
    return connection
