"""A maildrop in PostgreSQL, held by one session by a lease."""

from collections.abc import Collection

from pop3lab.core.errors import LockLost, MessageGone
from pop3lab.core.maildrop import Entry, Snapshot, TextOrChunks
from pop3lab.stores.postgres import statements
from pop3lab.stores.postgres.bodies import StoredBody, read_text
from pop3lab.stores.postgres.connection import Unclear
from pop3lab.stores.postgres.database import Database
from pop3lab.stores.postgres.leases import Lease, Leases


class PostgresMaildrop:
    """The messages that there were when the lease was taken."""

    read_waits = True

    def __init__(self, database: Database, leases: Leases, lease: Lease) -> None:
        """Raises StoreFailed."""
        self._database = database
        self._leases = leases
        self._lease = lease
        self._ended = False  # with what was deleted
        rows = database.run(statements.LIST_MESSAGES, (lease.drop,))
        self.snapshot = Snapshot([Entry(uid, octets) for uid, octets in rows])

    def delete_waits(self, uids: Collection[str]) -> bool:
        """Whether there is anything to delete: a lease is released elsewhere."""
        return bool(uids)

    def read(self, uid: str) -> TextOrChunks:
        """Return the octets, as they were delivered. Raises StoreFailed."""
        if not self._ended:
            self._lease.check()
        rows = self._database.run(statements.READ_FIRST_CHUNK, (self._lease.drop, uid))
        if not rows:
            raise MessageGone("the message is gone")
        *row, first = rows[0]
        return read_text(self._database, StoredBody(*row), first)

    def delete(self, uids: Collection[str]) -> None:
        """Delete them all or none, and release the lease with it. Raises StoreFailed."""
        if not uids:
            return
        while not self._ended:
            self._lease.check()
            self._ended = self._is_deleted([*uids])
        self._leases.forget(self._lease)

    def _is_deleted(self, uids: list[str]) -> bool:
        """Delete them; whether that is done, or is to be tried again. Raises StoreFailed."""
        lease = self._lease
        asked = {"drop": lease.drop, "epoch": lease.epoch, "holder": lease.holder, "uids": uids}
        try:
            [(done,)] = self._database.run_once(statements.DELETE_AND_RELEASE, asked)
        except Unclear:
            return self._was_deleted()
        if not done:
            raise LockLost("this session has lost its lock on the maildrop")
        return True

    def _was_deleted(self) -> bool:
        """Ask after a connection was lost, so that what is not done then is never done."""
        lease = self._lease
        asked = {"drop": lease.drop, "holder": lease.holder}
        rows = self._database.run(statements.OVERTAKE, asked)
        if rows:
            lease.epoch = rows[0][0]
            return False
        if self._database.run(statements.FIND_OUTCOME, (lease.drop, lease.epoch)):
            return True
        raise LockLost("this session has lost its lock on the maildrop")

    def close(self) -> None:
        """Have the lease released soon."""
        self._leases.release(self._lease)
