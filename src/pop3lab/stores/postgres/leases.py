"""The leases of a server: taken one by one, renewed and released by one thread for all sessions."""

import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Condition, Thread
from uuid import uuid4

import psycopg

from pop3lab.core.errors import LockLost, MaildropBusy
from pop3lab.stores.postgres import statements
from pop3lab.stores.postgres.connection import BoundedConnection, TimedOut, Unclear
from pop3lab.stores.postgres.database import Database

_LOOK_AGAIN = 0.25  # seconds until a maildrop that was busy is looked at again
_RENEWALS = 3  # in the time of a lease
_MARGIN = 0.1  # of the time of a lease, for what is under way when it ends
_TRY_AGAIN = 0.25  # seconds until a database that is away is asked again
_CLEAN_UP = 600.0  # seconds between two removals of what is old


class Lease:
    """A maildrop that a session holds until its lease is over or released.

    drop: the maildrop's number. epoch: that of this session; a later session has a greater one.
    ends: on the clock of this process, a little before the database's. Other sessions may have the
    maildrop from then on.
    """

    __slots__ = ("drop", "ends", "epoch", "holder")

    def __init__(self, drop: int, epoch: int, holder: str, ends: float) -> None:
        self.drop = drop
        self.epoch = epoch
        self.holder = holder
        self.ends = ends

    def check(self) -> None:
        """Raises LockLost."""
        if time.monotonic() >= self.ends:
            raise LockLost("this session has lost its lock on the maildrop")


class Leases:
    """Those of the sessions of one process.

    seconds: that a lease lasts without being renewed.
    """

    def __init__(self, database: Database, *, seconds: float = 30.0) -> None:
        self._database = database
        self._node = ""
        self._seconds = seconds
        self._held: dict[str, Lease] = {}  # by holder
        self._released: list[Lease] = []
        self._changed = Condition()
        self._stopping = False
        self._renew_at = self._clean_at = 0.0
        database.breaker.on_open = self._hurry
        self._thread: Thread | None = None

    def take(self, user: str) -> Lease:
        """Take the lease of a maildrop, which is made if there is none.

        Raises MaildropBusy, StoreFailed.
        """
        holder = f"{self._node} {uuid4().hex}"
        with self._changed:
            released = [lease.holder for lease in self._released]
        asked = {"user": user, "holder": holder, "ttl": self._seconds, "released": released}
        began = time.monotonic()
        rows = self._database.run(statements.TAKE_LEASE, asked)
        if not rows and not self._database.run(statements.FIND_MAILDROP, (user,)):
            self._database.run(statements.CREATE_MAILDROP, (user,))
            rows = self._database.run(statements.TAKE_LEASE, asked)
        if not rows:
            raise MaildropBusy("maildrop is in use by another session", _LOOK_AGAIN)
        [(drop, epoch)] = rows
        lease = Lease(drop, epoch, holder, self._end(began))
        with self._changed:
            self._held[holder] = lease
        return lease

    def forget(self, lease: Lease) -> None:
        """Renew it no more: the database has it as released."""
        with self._changed:
            self._held.pop(lease.holder, None)

    def release(self, lease: Lease) -> None:
        """Have it released soon. Neither waits nor fails."""
        with self._changed:
            if self._held.pop(lease.holder, None):
                self._released.append(lease)
                self._changed.notify()

    def start(self) -> None:
        """Begin to renew."""
        self._renew_at = time.monotonic() + self._seconds / _RENEWALS
        self._node = f"{socket.gethostname()}:{os.getpid()}"
        self._thread = Thread(target=self._keep, name="pop3lab-leases", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Release all, and end."""
        with self._changed:
            self._released += self._held.values()
            self._held.clear()
            self._stopping = True
            self._changed.notify()
        if self._thread:
            self._thread.join()

    def _end(self, began: float) -> float:
        """When a lease is over for us that the database has given us since."""
        return began + self._seconds * (1 - _MARGIN)

    # In the thread

    def _keep(self) -> None:
        keeper = _Keeper(self._database)
        while not self._wait(keeper):
            keeper.run(self._work)
        if keeper.has_worked or self._released:
            keeper.run(self._say_farewell)
        keeper.close()

    def _wait(self, keeper: "_Keeper") -> bool:
        """Wait until there is something to do, or to try again; whether it is the end."""
        with self._changed:
            if keeper.works:
                left = max(self._renew_at - time.monotonic(), 0.0)
                self._changed.wait_for(self._is_urgent, left)
            else:
                self._changed.wait_for(lambda: self._stopping, _TRY_AGAIN)
            return self._stopping

    def _is_urgent(self) -> bool:
        return bool(self._released) or self._stopping or self._database.breaker.is_open

    def _hurry(self) -> None:
        with self._changed:
            self._changed.notify()

    def _work(self, connection: BoundedConnection) -> None:
        """Release, and if it is time, renew, and tell that this server is alive.

        Anything done while the breaker is open is done for good: it shows that writes work.
        """
        began = time.monotonic()
        due = began >= self._renew_at
        with self._changed:
            released, held = self._released.copy(), [*self._held.values()] if due else []
        with connection.clear(), connection.transaction():
            if not self._database.breaker.is_open:
                connection.run(statements.FORGET_SOON)
            connection.run(statements.RELEASE_LEASES, _named(released))
            asked = {**_named(held), "ttl": self._seconds}
            renewed = connection.run(statements.RENEW_LEASES, asked) if held else []
            if due or self._database.breaker.is_open:
                connection.run(statements.TELL_NODE, (self._node,))
            if began >= self._clean_at:
                connection.run(statements.FORGET_OLD_OUTCOMES)
                connection.run(statements.FORGET_OLD_NODES)
                self._clean_at = began + _CLEAN_UP
        with self._changed:
            del self._released[: len(released)]
            for (holder,) in renewed:
                if lease := self._held.get(holder):
                    lease.ends = self._end(began)
        if due:
            self._renew_at = began + self._seconds / _RENEWALS

    def _say_farewell(self, connection: BoundedConnection) -> None:
        connection.run(statements.RELEASE_LEASES, _named(self._released))
        connection.run(statements.FORGET_NODE, (self._node,))


def _named(leases: list[Lease]) -> dict[str, list[int] | list[str]]:
    return {
        "drops": [lease.drop for lease in leases],
        "holders": [lease.holder for lease in leases],
    }


class _Keeper:
    """A connection of its own, made anew when it is lost, for one thread.

    What it does tells whether the database can be asked at all.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: BoundedConnection | None = None
        self.works = True
        self.has_worked = False

    def run(self, work: Callable[[BoundedConnection], object]) -> None:
        """Do it, unless the database is away: then it is to be done again."""
        breaker = self._database.breaker
        was_open = breaker.is_open
        self.works = False
        try:
            if self._connection is None:
                self._connection = self._database.connect()
        except psycopg.Error:
            breaker.open()
            return
        try:
            work(self._connection)
        except (psycopg.Error, Unclear) as error:
            if isinstance(error.__cause__ or error, TimedOut):
                breaker.open()
            self.close()
            return
        self.works = self.has_worked = True
        if was_open:
            breaker.close()

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection:
            with suppress(psycopg.Error):
                connection.close()
