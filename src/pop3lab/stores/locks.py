"""One session on a maildrop at a time (RFC 1939 section 4)."""

import fcntl

from pop3lab.core.errors import MaildropBusy, StoreFailed
from pop3lab.stores.location import Location
from pop3lab.stores.regular import close


def open_locked(folder: Location) -> int:
    """A descriptor of the folder that holds its lock until it is closed, or its process is gone.

    The lock is on the folder itself, so that nothing is left behind in it. It keeps out other
    sessions of this process and of others. Raises MaildropBusy, StoreFailed.
    """
    try:
        descriptor = folder.open()
    except OSError as error:
        raise StoreFailed("the maildrop can't be opened") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        close(descriptor)
        if isinstance(error, BlockingIOError):
            raise MaildropBusy("maildrop is in use by another session") from error
        raise StoreFailed("the maildrop can't be locked") from error
    return descriptor
