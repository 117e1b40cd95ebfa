"""Mending an mbox file that a server which was killed has left half-done, before a login does.

Until then, other programs would see messages twice, or torn.
"""

import os
import stat

from pop3lab.core.errors import StoreFailed
from pop3lab.stores.location import AtPath
from pop3lab.stores.look_alikes import begins_as_mbox
from pop3lab.stores.mbox_beside import journal_of
from pop3lab.stores.mbox_file import open_for_session
from pop3lab.stores.mbox_locks import locked
from pop3lab.stores.mbox_move import has_plan
from pop3lab.stores.mbox_rewrite import recover


def is_half_done(path: str) -> bool:
    """Whether there is an mbox file with a journal at the path. Raises OSError."""
    real = os.path.realpath(path)
    try:
        regular = stat.S_ISREG(os.stat(real).st_mode)
    except FileNotFoundError:
        return False
    folder, name = os.path.split(real)
    return regular and (os.path.lexists(os.path.join(folder, journal_of(name))) or has_plan(real))


def may_be_mbox(path: str) -> bool:
    """Whether the file begins as an mbox file does, or will when it is finished. Raises OSError.

    Where all messages are going, it has other octets first, for a moment or until it is recovered.
    """
    if begins_as_mbox(path) or is_half_done(path):
        return True
    return begins_as_mbox(path)  # another server may just have finished it


def recover_at(path: str) -> None:
    """Finish it. Raises MaildropBusy if the file is in use, StoreFailed."""
    file = open_for_session(AtPath(os.path.realpath(path)))
    try:
        with locked(file.directory, file.name, file.descriptor, 0):
            if file.is_there():
                recover(file)
    except OSError as error:
        raise StoreFailed("the maildrop can't be read") from error
    finally:
        file.close()
