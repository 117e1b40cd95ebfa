"""Remove messages from an mbox file in place, all or none, even if the process is killed.

In place, since a program that has the file open and waits for its lock would lose what it appends
if another file took its place.
"""

import os
import stat
from collections.abc import Sequence

from pop3lab.core.errors import StoreFailed
from pop3lab.files.durable import sync
from pop3lab.stores.location import PathLocation
from pop3lab.stores.look_alikes import begins_as_mbox
from pop3lab.stores.mbox import append, compaction, journal
from pop3lab.stores.mbox.compaction import has_plan
from pop3lab.stores.mbox.file import MboxFile, open_for_session
from pop3lab.stores.mbox.locking import lock_mbox
from pop3lab.stores.mbox.sidecar import (
    SidecarUnwritable,
    append_name,
    discard_draft,
    journal_name,
)
from pop3lab.stores.mbox.truncation import OctetSpan


def remove_spans(file: MboxFile, removed: Sequence[OctetSpan], size: int, change: bytes) -> bool:
    """Remove spans of a file of this size; tell whether the change of unique-ids is stored, too.

    removed: in order, at least one. change: see format_removal.
    After StoreFailed and OSError nothing is removed, or recover_mbox removes it.
    The file must be locked, and recovered.
    """
    first, kept = removed[0][0], _between(removed, size)
    try:
        journal.commit_rewrite(file, first, kept, size, change)
    except SidecarUnwritable:
        _without_room(file.descriptor, first, kept, size)
        return not change
    return journal.recover_journal(file)


def _without_room(descriptor: int, first: int, kept: Sequence[OctetSpan], size: int) -> None:
    """Remove without a journal, as nothing can be written beside the file."""
    if kept:
        compaction.compact(descriptor, first, kept, size)
    else:
        os.ftruncate(descriptor, first)
        sync(descriptor)


def recover_mbox(file: MboxFile) -> bool:
    """Finish a rewriting, and undo half an append; tell whether unique-ids could be stored, too.

    Raises StoreFailed, OSError: until this has succeeded, the file can't be read.
    The file must be locked.
    """
    discard_draft(file.directory, file.name)
    kept = journal.recover_journal(file)
    compaction.recover_compaction(file.descriptor)
    if torn := append.torn_span(file):
        remove_spans(file, [torn], os.fstat(file.descriptor).st_size, b"")
    append.forget_append(file)
    return kept


def _between(removed: Sequence[OctetSpan], size: int) -> list[OctetSpan]:
    """Return the spans after the first removed one that stay."""
    ends = [end for _, end in removed]
    starts = [*(start for start, _ in removed[1:]), size]
    return [span for span in zip(ends, starts, strict=True) if span[0] < span[1]]


# Recovery at start, before a login does it, of a file that a killed server has left half rewritten.


def is_half_rewritten(path: str) -> bool:
    """Tell whether the path is an mbox file with unfinished work. Raises OSError."""
    real = os.path.realpath(path)
    try:
        regular = stat.S_ISREG(os.stat(real).st_mode)
    except FileNotFoundError:
        return False
    folder, name = os.path.split(real)
    beside = (os.path.join(folder, made(name)) for made in (journal_name, append_name))
    return regular and (any(map(os.path.lexists, beside)) or has_plan(real))


def may_be_mbox(path: str) -> bool:
    """Tell whether the file begins as an mbox file, or will once recovered. Raises OSError.

    While all messages are being removed, it begins otherwise, for a moment or until recovered.
    """
    if begins_as_mbox(path) or is_half_rewritten(path):
        return True
    return begins_as_mbox(path)  # another server may just have finished it


def recover_mbox_at(path: str) -> None:
    """Recover the mbox file at a path. Raises MaildropBusy if it is in use, StoreFailed."""
    file = open_for_session(PathLocation(os.path.realpath(path)))
    try:
        with lock_mbox(file.directory, file.name, file.descriptor, 0):
            if file.is_there():
                recover_mbox(file)
    except OSError as error:
        raise StoreFailed("the maildrop can't be read") from error
    finally:
        file.close()
