"""Servers that lack one of the precautions: the controls, which have to be found out."""

import threading
import time
from collections.abc import Collection, Iterable, Iterator
from unittest.mock import patch

from pop3lab.cli.main import main
from pop3lab.stores.postgres import bodies, statements
from pop3lab.stores.postgres.leases import Lease
from pop3lab.stores.postgres.maildrop import PostgresMaildrop

_LATE = 0.3  # seconds


def _check_nothing(lease: Lease) -> None:
    """Whatever the clock of this process says, the lease is thought to be there."""


def only_in_the_database() -> int:
    """The database alone keeps a session from deleting what is no longer its own."""
    patch.object(Lease, "check", _check_nothing).start()
    return main()


def without_a_fence() -> int:
    """Nothing does."""
    fence = "WHERE drop_id = %(drop)s AND epoch = %(epoch)s AND holder = %(holder)s"
    unfenced = statements.DELETE_AND_RELEASE.replace(fence, "WHERE drop_id = %(drop)s")
    assert unfenced != statements.DELETE_AND_RELEASE
    statements.DELETE_AND_RELEASE = unfenced
    return only_in_the_database()


def answers_early() -> int:
    """QUIT is answered before its deletions are committed."""
    delete, close = PostgresMaildrop.delete, PostgresMaildrop.close
    late: set[PostgresMaildrop] = set()

    def end(maildrop: PostgresMaildrop, uids: Collection[str]) -> None:
        time.sleep(_LATE)
        try:
            delete(maildrop, uids)
        finally:
            close(maildrop)

    def begin(maildrop: PostgresMaildrop, uids: Collection[str]) -> None:
        late.add(maildrop)
        threading.Thread(target=end, args=(maildrop, uids), daemon=True).start()

    def close_unless_late(maildrop: PostgresMaildrop) -> None:
        if maildrop not in late:
            close(maildrop)

    patch.object(PostgresMaildrop, "delete", begin).start()
    patch.object(PostgresMaildrop, "close", close_unless_late).start()
    return main()


def without_a_check_of_pieces() -> int:
    """A text goes out as far as there are pieces of it."""

    def unchecked(chunks: Iterable[bytes | None], body: object) -> Iterator[bytes]:
        return (chunk for chunk in chunks if chunk is not None)

    patch.object(bodies, "_checked", unchecked).start()
    return main()
