"""The connections that a server keeps.

Each is made by the thread that needs it: a database that is back is used at once, and not when a
pool's next try is due, as that of psycopg would do it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

import psycopg
from psycopg.pq import TransactionStatus

from pop3lab.stores.postgres.connection import BoundedConnection

_TRIES = 2  # to connect: a server that ends its connections may end a new one with them


class NoneFree(Exception):
    """All connections are in use, and have been for too long."""


class CantConnect(Exception):
    """No connection could be made."""


class Pool:
    """Lends connections, one to a thread, and keeps them for the next.

    connect: makes one. most: that there are at once. seconds: that a thread waits for another's.
    """

    def __init__(self, connect: Callable[[], BoundedConnection], most: int, seconds: float) -> None:
        self._connect = connect
        self._places = BoundedSemaphore(most)
        self._seconds = seconds
        self._idle: list[BoundedConnection] = []
        self._closed = False

    @contextmanager
    def connection(self) -> Iterator[BoundedConnection]:
        """Lend one. Raises NoneFree, CantConnect."""
        if not self._places.acquire(timeout=self._seconds):
            raise NoneFree
        try:
            connection = self._idle_one() or self._new_one()
            try:
                yield connection
            finally:
                self._keep(connection)
        finally:
            self._places.release()

    def close(self) -> None:
        """Close those that are idle now, and the others when they are given back."""
        self._closed = True
        while connection := self._last():
            connection.close()

    def _idle_one(self) -> BoundedConnection | None:
        """Return the one that was used last; those that the server has closed are dropped."""
        while connection := self._last():
            if not connection.looks_broken:
                return connection
            connection.close()
        return None

    def _last(self) -> BoundedConnection | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _new_one(self) -> BoundedConnection:
        for left in reversed(range(_TRIES)):
            try:
                return self._connect()
            except psycopg.OperationalError as error:
                if not left or isinstance(error, psycopg.errors.ConnectionTimeout):
                    raise CantConnect from error
        raise AssertionError

    def _keep(self, connection: BoundedConnection) -> None:
        idle = connection.info.transaction_status is TransactionStatus.IDLE
        if self._closed or not idle:
            connection.close()
        else:
            self._idle.append(connection)
