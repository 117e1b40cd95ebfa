"""Removing messages from an mbox file in place: all or none go, whenever killed.

In place, since a program that has the file open, and waits for its lock, goes on with it: what such
a program appends to a file that another has taken the place of is lost.
"""

import os
import stat
from collections.abc import Sequence

from pop3lab.core.errors import StoreFailed
from pop3lab.stores.location import PathLocation
from pop3lab.stores.look_alikes import begins_as_mbox
from pop3lab.stores.mbox import compaction, journal
from pop3lab.stores.mbox.compaction import has_plan
from pop3lab.stores.mbox.file import MboxFile, open_for_session
from pop3lab.stores.mbox.journal import OctetSpan
from pop3lab.stores.mbox.locking import lock_mbox
from pop3lab.stores.mbox.sidecar import SidecarUnwritable, discard_draft, journal_name


def remove_spans(file: MboxFile, doomed: Sequence[OctetSpan], size: int, change: bytes) -> bool:
    """Remove these spans of a file of this size; whether the change of unique-ids is kept, too.

    doomed: in order, at least one. change: see mbox_ids.
    Raises StoreFailed, OSError: then nothing is removed, or recover does it.
    The file must be locked, and recovered.
    """
    first, kept = doomed[0][0], _between(doomed, size)
    try:
        journal.commit_rewrite(file, first, kept, size, change)
    except SidecarUnwritable:
        _without_room(file.descriptor, first, kept, size)
        return not change
    return journal.recover_journal(file)


def _without_room(descriptor: int, first: int, kept: Sequence[OctetSpan], size: int) -> None:
    """What works where nothing can be written beside the file."""
    if kept:
        compaction.compact(descriptor, first, kept, size)
    else:
        os.ftruncate(descriptor, first)
        os.fsync(descriptor)


def recover_mbox(file: MboxFile) -> bool:
    """Do what is left undone; whether unique-ids could be kept, too.

    Raises StoreFailed, OSError: nothing can be read from the file until this has been done.
    The file must be locked.
    """
    discard_draft(file.directory, file.name)
    kept = journal.recover_journal(file)
    compaction.recover_compaction(file.descriptor)
    return kept


def _between(doomed: Sequence[OctetSpan], size: int) -> list[OctetSpan]:
    """What is behind the first of them, and in none."""
    ends = [end for _, end in doomed]
    starts = [*(start for start, _ in doomed[1:]), size]
    return [span for span in zip(ends, starts, strict=True) if span[0] < span[1]]


# Mending an mbox file that a server which was killed has left half-done, before a login does.


def is_half_rewritten(path: str) -> bool:
    """Whether there is an mbox file with a journal at the path. Raises OSError."""
    real = os.path.realpath(path)
    try:
        regular = stat.S_ISREG(os.stat(real).st_mode)
    except FileNotFoundError:
        return False
    folder, name = os.path.split(real)
    return regular and (os.path.lexists(os.path.join(folder, journal_name(name))) or has_plan(real))


def may_be_mbox(path: str) -> bool:
    """Whether the file begins as an mbox file does, or will when it is finished. Raises OSError.

    Where all messages are going, it has other octets first, for a moment or until it is recovered.
    """
    if begins_as_mbox(path) or is_half_rewritten(path):
        return True
    return begins_as_mbox(path)  # another server may just have finished it


def recover_mbox_at(path: str) -> None:
    """Finish it. Raises MaildropBusy if the file is in use, StoreFailed."""
    file = open_for_session(PathLocation(os.path.realpath(path)))
    try:
        with lock_mbox(file.directory, file.name, file.descriptor, 0):
            if file.is_there():
                recover_mbox(file)
    except OSError as error:
        raise StoreFailed("the maildrop can't be read") from error
    finally:
        file.close()
