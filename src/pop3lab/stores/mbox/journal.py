"""The journal of a rewriting in place: with it, an mbox file is as it shall be, whenever killed.

It is a file beside the mbox file and holds all that stays behind the first message that goes. When
it has its name, the messages are gone; what is left to do is done then, or at the next opening.

    written to a draft, flushed, renamed    nothing has happened to the mbox file until now
    COPYING   its octets go to their place, the mark behind them; flushed; may be done again
    CUTTING   the file is cut at the mark; flushed; and the journal removed

The two states are one octet of the journal, overwritten in place, which takes no room.
"""

import os
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import NamedTuple
from zlib import crc32

from pop3lab.core.errors import StoreFailed
from pop3lab.stores.mbox.file import MboxFile
from pop3lab.stores.mbox.index import read_span
from pop3lab.stores.mbox.sidecar import journal_name, open_sidecar, pwrite_all, write_sidecar
from pop3lab.stores.mbox.unique_ids import store_removal

# How a rewriting in place ends: what stays has been moved together, and the rest is cut off.

OctetSpan = tuple[int, int]  # two offsets in the file


class MboxJournalDamaged(StoreFailed):
    """What is written about a rewriting makes no sense: somebody must look (RFC 3206)."""

    code = "SYS/PERM"

    def __init__(self) -> None:
        super().__init__("the journal of the maildrop is damaged")


class Truncation(NamedTuple):
    """What becomes of the file; offsets in octets."""

    inode: int
    size: int  # of the file, with what goes
    first: int  # where the first message that goes begins
    end: int  # where what stays ends, once it has been moved
    mark: bytes
    seal: int

    def fits(self, descriptor: int) -> bool:
        """Whether this is the file, and nobody else has rewritten it. Raises OSError."""
        status = os.fstat(descriptor)
        if status.st_ino != self.inode or status.st_size < self.size:
            return False
        return self.seal == _seal(descriptor, self)

    def is_done(self, descriptor: int) -> bool:
        """Whether this file, which was marked before, has been cut. Raises OSError."""
        if os.fstat(descriptor).st_ino != self.inode:
            return False
        return os.pread(descriptor, len(self.mark), self.end) != self.mark

    def set_mark(self, descriptor: int) -> None:
        """Back when all that was written is on the disk. Raises OSError."""
        pwrite_all(descriptor, self.mark, self.end)
        os.fsync(descriptor)

    def carry_out(self, descriptor: int) -> None:
        """Raises OSError."""
        os.ftruncate(descriptor, self.end)
        os.fsync(descriptor)


def plan_truncation(
    descriptor: int, first: int, kept: Sequence[OctetSpan], size: int, mark: int
) -> Truncation:
    """What is to become of a file of this size. Raises OSError, StoreFailed.

    kept: what stays of that which is behind `first`. mark: how many octets it has at most.
    """
    end = first + span_octets(kept)
    inode = os.fstat(descriptor).st_ino
    cut = Truncation(inode, size, first, end, os.urandom(min(mark, size - end)), 0)
    return cut._replace(seal=_seal(descriptor, cut))


def span_octets(spans: Sequence[OctetSpan]) -> int:
    """How many there are in all of them."""
    return sum(end - start for start, end in spans)


def _seal(descriptor: int, cut: Truncation) -> int:
    checksum = 0
    for start, end in ((0, cut.first), (cut.end + len(cut.mark), cut.size)):
        for piece in read_span(descriptor, start, end):
            checksum = crc32(piece, checksum)
    return checksum


_MAGIC = b"pop3lab mbox 1\n\0"
_HEADER = struct.Struct(">16sc7xQQQQI4xQ16s")
_STATE = 16  # where its octet is
_COPYING, _CUTTING = b"C", b"X"
_MARK = 16  # octets


class _Journal(NamedTuple):
    descriptor: int
    state: bytes
    cut: Truncation
    change: bytes  # of the unique-ids
    tail: int  # where the octets that stay begin in it


def commit_rewrite(
    file: MboxFile, first: int, kept: Sequence[OctetSpan], size: int, change: bytes
) -> None:
    """From now on, these spans are all that is left of the file from the offset `first` on.

    size: of the file. change: see mbox_ids. Raises NoRoom, and StoreFailed and OSError: nothing has
    happened; OSError may also mean that it has, which recover finds out.
    The file must be locked.
    """
    cut = plan_truncation(file.descriptor, first, kept, size, _MARK)
    chunks = _written(file.descriptor, cut, kept, change)
    write_sidecar(file.directory, file.name, journal_name(file.name), chunks)


def _written(
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
    """Do what a journal says is still to be done; whether its unique-ids could be kept, too.

    Raises Damaged, StoreFailed, OSError. The file must be locked.
    """
    with _opened(file) as journal:
        if journal is None:
            return True
        os.fsync(file.directory)  # its name lasts before anything is moved
        if _is_ours(journal, file.descriptor):
            if not _is_cut(journal, file):
                return recover_journal(file)
            kept = store_removal(file.directory, file.name, journal.change)
        else:
            kept = True
        os.unlink(journal_name(file.name), dir_fd=file.directory)
        os.fsync(file.directory)
        return kept


def _is_ours(journal: _Journal, mbox: int) -> bool:
    """Whether it is about this file, as it is; else that must be left alone."""
    return journal.cut.fits(mbox) or (journal.state == _CUTTING and journal.cut.is_done(mbox))


def _is_cut(journal: _Journal, file: MboxFile) -> bool:
    """Go on to the end; False: there is a new journal, for mail that came after a kill."""
    cut, mbox = journal.cut, file.descriptor
    if journal.state == _CUTTING and cut.is_done(mbox):
        return True
    if journal.state == _COPYING:
        _copy(journal, mbox)
        cut.set_mark(mbox)
    pwrite_all(journal.descriptor, _CUTTING, _STATE)
    os.fsync(journal.descriptor)
    size = os.fstat(mbox).st_size
    if size > cut.size:
        commit_rewrite(file, cut.end, [(cut.size, size)], size, journal.change)
        return False
    cut.carry_out(mbox)
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
