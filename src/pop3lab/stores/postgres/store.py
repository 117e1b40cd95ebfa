"""Maildrops in PostgreSQL: any number of servers, on any number of machines, share them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

import psycopg

from pop3lab.core.delivery import Envelope
from pop3lab.core.errors import NoMaildrop, StoreFailed
from pop3lab.core.maildrop import Maildrop, Store
from pop3lab.stores.line_endings import to_crlf
from pop3lab.stores.postgres import statements
from pop3lab.stores.postgres.address import parse_address
from pop3lab.stores.postgres.bodies import add_body
from pop3lab.stores.postgres.connection import BoundedConnection, Unclear
from pop3lab.stores.postgres.database import Database
from pop3lab.stores.postgres.leases import Leases
from pop3lab.stores.postgres.maildrop import PostgresMaildrop
from pop3lab.stores.postgres.schema import check_schema


@contextmanager
def connected(target: str) -> Iterator[BoundedConnection]:
    """Connect to the database of a target. Raises ConfigError, and OSError if that fails."""
    try:
        with Database(parse_address(target)).connect() as connection:
            yield connection
    except psycopg.Error as error:
        reason = str(error).partition("\n")[0].removeprefix("connection is bad: ")
        raise OSError(f"the database can't be used: {reason}") from error


class PostgresStore:
    """Opens maildrops, and adds messages to them, between start and stop.

    target: see parse_address. makes_maildrops: the first message for a user makes one.
    """

    open_waits = True

    def __init__(self, target: str, *, makes_maildrops: bool = False) -> None:
        """Raises ConfigError for a wrong target, or tables of another version, and OSError."""
        self._makes_maildrops = makes_maildrops
        address = parse_address(target)
        self._database = Database(address)
        self._leases = Leases(self._database, seconds=address.lease)
        with connected(target) as connection:
            check_schema(connection)

    def start(self) -> None:
        """Connect, and begin to renew leases."""
        self._leases.start()

    def stop(self) -> None:
        """Release all leases, and disconnect."""
        self._leases.stop()
        self._database.close()

    def open(self, user: str) -> Maildrop:
        """Take the lease of the user's maildrop, and list it. Raises MaildropBusy, StoreFailed."""
        lease = self._leases.take(user)
        try:
            return PostgresMaildrop(self._database, self._leases, lease)
        except BaseException:
            self._leases.release(lease)
            raise

    def add_maildrop(self, user: str) -> None:
        """Make a maildrop, unless the user has one. Raises StoreFailed."""
        self._database.run(statements.CREATE_MAILDROP, (user,))

    def deliver(self, user: str, message: Iterable[bytes], envelope: Envelope) -> str:
        """Add a message as the last one, and return its unique-id when it lasts.

        Raises NoMaildrop, StoreFull, StoreFailed.
        """
        if self._makes_maildrops:
            self.add_maildrop(user)
        body = uuid4()
        self._add(user, message, body, uid=body.hex)
        return body.hex

    def import_maildrop(self, user: str, source: Store) -> tuple[int, int]:
        """Copy a user's messages from another store, with their unique-ids.

        Return how many were added, and how many were there already: it may be repeated. Raises
        MaildropBusy, StoreFailed, of either.
        """
        self.add_maildrop(user)
        known = {uid for (uid,) in self._database.run(statements.LIST_UIDS, (user,))}
        maildrop = source.open(user)
        try:
            entries = maildrop.snapshot.entries
            new = [entry for entry in entries if entry.uid not in known]
            for entry in new:
                self._add(user, maildrop.read(entry.uid), uuid4(), uid=entry.uid)
        finally:
            maildrop.close()
        return len(new), len(entries) - len(new)

    def _add(self, user: str, message: Iterable[bytes], body: UUID, *, uid: str) -> None:
        try:
            with (
                self._database.connection() as connection,
                connection.clear(),
                connection.transaction(),
            ):
                connection.run(statements.BOUND_IDLE_TIME)
                added = add_body(connection, body, to_crlf(message))
                rows = connection.run(statements.NEXT_PLACE, (user,))
                if not rows:
                    raise NoMaildrop("there is no maildrop for this user")
                row = (*rows[0], uid, added.octets, body, added.chunks, added.sha256)
                connection.run(statements.ADD_MESSAGE, row)
        except Unclear as unclear:
            if not self._database.run(statements.FIND_BODY, (body,)):
                raise StoreFailed("it is not known whether the message is delivered") from unclear
