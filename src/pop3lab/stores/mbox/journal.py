"""The journal of a rewriting in place, which is finished even if the process is killed.

It is a file beside the mbox file and holds all that stays after the first removed message. Once it
has its name, the messages are gone; the rest is done then, or at the next opening.

    written to a draft, flushed, renamed    nothing has happened to the mbox file until now
    COPYING   its octets are copied to their place, then the mark; flushed; can be repeated
    CUTTING   the file is truncated at the mark and flushed, and the journal removed

The state is one octet of the journal, overwritten in place, which takes no space.
"""

import os
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import NamedTuple

from pop3lab.files.durable import sync
from pop3lab.stores.mbox.file import MboxFile
from pop3lab.stores.mbox.index import read_span
from pop3lab.stores.mbox.sidecar import journal_name, open_sidecar, pwrite_all, write_sidecar
from pop3lab.stores.mbox.truncation import (
    MboxJournalDamaged,
    OctetSpan,
    Truncation,
    plan_truncation,
)
from pop3lab.stores.mbox.unique_ids import store_removal

_MAGIC = b"pop3lab mbox 1\n\0"
_HEADER = struct.Struct(">16sc7xQQQQI4xQ16s")
_STATE = 16  # the offset of its octet
_COPYING, _CUTTING = b"C", b"X"
_MARK = 16  # octets


class _Journal(NamedTuple):
    descriptor: int
    state: bytes
    cut: Truncation
    change: bytes  # of the unique-ids, see store_removal
    tail: int  # the offset of the octets that stay


def commit_rewrite(
    file: MboxFile, first: int, kept: Sequence[OctetSpan], size: int, change: bytes
) -> None:
    """Commit: from now on, these spans are all that is left of the file after the offset `first`.

    size: of the file. change: see format_removal. After SidecarUnwritable, StoreFailed and OSError
    nothing has happened; but after OSError it may have, which recover_journal finds out.
    The file must be locked.
    """
    cut = plan_truncation(file.descriptor, first, kept, size, _MARK)
    chunks = _format(file.descriptor, cut, kept, change)
    write_sidecar(file.directory, file.name, journal_name(file.name), chunks)


def _format(
    descriptor: int, cut: Truncation, kept: Sequence[OctetSpan], change: bytes
) -> Iterator[bytes]:
    fields = cut.inode, cut.size, cut.first, cut.end, cut.seal, len(change), cut.mark
    header = _HEADER.pack(_MAGIC, _COPYING, *fields)
    yield header
    digest = sha256(header)
    digest.update(change)
    yield change
    for start, end in kept:
        for piece in read_span(descriptor, start, end):
            digest.update(piece)
            yield piece
    yield digest.digest()


def recover_journal(file: MboxFile) -> bool:
    """Finish what a journal says; tell whether its unique-ids could be stored, too.

    Raises MboxJournalDamaged, StoreFailed, OSError. The file must be locked.
    """
    with _opened(file) as journal:
        if journal is None:
            return True
        sync(file.directory)  # its name lasts before anything is moved
        if _is_ours(journal, file.descriptor):
            if not _is_cut(journal, file):
                return recover_journal(file)
            kept = store_removal(file.directory, file.name, journal.change)
        else:
            kept = True
        os.unlink(journal_name(file.name), dir_fd=file.directory)
        sync(file.directory)
        return kept


def _is_ours(journal: _Journal, mbox: int) -> bool:
    """Tell whether it is about this file as it is; else the file must be left alone."""
    return journal.cut.fits(mbox) or (journal.state == _CUTTING and journal.cut.is_done(mbox))


def _is_cut(journal: _Journal, file: MboxFile) -> bool:
    """Go on to the end; False if there is a new journal, for mail that came after a kill."""
    cut, mbox = journal.cut, file.descriptor
    if journal.state == _CUTTING and cut.is_done(mbox):
        return True
    if journal.state == _COPYING:
        _copy(journal, mbox)
        cut.set_mark(mbox)
    pwrite_all(journal.descriptor, _CUTTING, _STATE)
    sync(journal.descriptor)
    size = os.fstat(mbox).st_size
    if size > cut.size:
        commit_rewrite(file, cut.end, [(cut.size, size)], size, journal.change)
        return False
    cut.truncate(mbox)
    return True


def _copy(journal: _Journal, mbox: int) -> None:
    at, end = journal.tail, journal.tail + journal.cut.end - journal.cut.first
    to = journal.cut.first - at
    for piece in read_span(journal.descriptor, at, end):
        pwrite_all(mbox, piece, at + to)
        at += len(piece)


@contextmanager
def _opened(file: MboxFile) -> Iterator[_Journal | None]:
    name = journal_name(file.name)
    try:
        descriptor = open_sidecar(file.directory, name)
    except PermissionError as error:
        raise MboxJournalDamaged from error
    if descriptor is None:
        yield None
        return
    try:
        journal = _read(descriptor)
        if journal is None:
            reason = f"{name} is damaged: see whether {file.name} is whole, then remove it"
            raise MboxJournalDamaged from ValueError(reason)
        yield journal
    finally:
        os.close(descriptor)


def _read(descriptor: int) -> _Journal | None:
    header = os.pread(descriptor, _HEADER.size, 0)
    if len(header) < _HEADER.size:
        return None
    magic, state, inode, size, first, end, seal, change, mark = _HEADER.unpack(header)
    tail = _HEADER.size + change
    if magic != _MAGIC or state not in (_COPYING, _CUTTING) or not first <= end < size:
        return None
    whole = os.fstat(descriptor).st_size
    if whole != tail + end - first + sha256().digest_size:
        return None
    digest = sha256(header[:_STATE] + _COPYING + header[_STATE + 1 :])
    for piece in read_span(descriptor, _HEADER.size, whole - digest.digest_size):
        digest.update(piece)
    if os.pread(descriptor, digest.digest_size, whole - digest.digest_size) != digest.digest():
        return None
    cut = Truncation(inode, size, first, end, mark[: size - end], seal)
    return _Journal(descriptor, state, cut, os.pread(descriptor, change, _HEADER.size), tail)
