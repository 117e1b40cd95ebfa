"""Removing messages from an mbox file in place: all or none go, whenever killed.

In place, since a program that has the file open, and waits for its lock, goes on with it: what such
a program appends to a file that another has taken the place of is lost.
"""

import os
from collections.abc import Sequence

from pop3lab.stores import mbox_journal, mbox_move
from pop3lab.stores.mbox_beside import NoRoom, discard_draft
from pop3lab.stores.mbox_cut import Span
from pop3lab.stores.mbox_file import MboxFile


def rewrite(file: MboxFile, doomed: Sequence[Span], size: int, change: bytes) -> bool:
    """Remove these spans of a file of this size; whether the change of unique-ids is kept, too.

    doomed: in order, at least one. change: see mbox_ids.
    Raises StoreFailed, OSError: then nothing is removed, or recover does it.
    The file must be locked, and recovered.
    """
    first, kept = doomed[0][0], _between(doomed, size)
    try:
        mbox_journal.commit(file, first, kept, size, change)
    except NoRoom:
        _without_room(file.descriptor, first, kept, size)
        return not change
    return mbox_journal.recover(file)


def _without_room(descriptor: int, first: int, kept: Sequence[Span], size: int) -> None:
    """What works where nothing can be written beside the file."""
    if kept:
        mbox_move.move(descriptor, first, kept, size)
    else:
        os.ftruncate(descriptor, first)
        os.fsync(descriptor)


def recover(file: MboxFile) -> bool:
    """Do what is left undone; whether unique-ids could be kept, too.

    Raises StoreFailed, OSError: nothing can be read from the file until this has been done.
    The file must be locked.
    """
    discard_draft(file.directory, file.name)
    kept = mbox_journal.recover(file)
    mbox_move.recover(file.descriptor)
    return kept


def _between(doomed: Sequence[Span], size: int) -> list[Span]:
    """What is behind the first of them, and in none."""
    ends = [end for _, end in doomed]
    starts = [*(start for start, _ in doomed[1:]), size]
    return [span for span in zip(ends, starts, strict=True) if span[0] < span[1]]
