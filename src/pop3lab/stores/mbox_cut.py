"""How a rewriting in place ends: what stays has been moved together, and the rest is cut off.

The size does not tell whether the file was cut already, since mail may have been appended after it.
So random octets, the mark, are written behind what stays, and flushed, before: who finds them there
finds the file uncut. What is not written to before the cut is sealed by a checksum, which tells
whether another program has rewritten the file since: then it must be left alone.
"""

import os
from collections.abc import Sequence
from typing import NamedTuple
from zlib import crc32

from pop3lab.core.errors import StoreFailed
from pop3lab.stores.mbox_beside import pwrite
from pop3lab.stores.mbox_index import pieces

Span = tuple[int, int]  # two offsets in the file


class Damaged(StoreFailed):
    """What is written about a rewriting makes no sense: somebody must look (RFC 3206)."""

    code = "SYS/PERM"

    def __init__(self) -> None:
        super().__init__("the journal of the maildrop is damaged")


class Cut(NamedTuple):
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
        pwrite(descriptor, self.mark, self.end)
        os.fsync(descriptor)

    def carry_out(self, descriptor: int) -> None:
        """Raises OSError."""
        os.ftruncate(descriptor, self.end)
        os.fsync(descriptor)


def planned(descriptor: int, first: int, kept: Sequence[Span], size: int, mark: int) -> Cut:
    """What is to become of a file of this size. Raises OSError, StoreFailed.

    kept: what stays of that which is behind `first`. mark: how many octets it has at most.
    """
    end = first + span_octets(kept)
    inode = os.fstat(descriptor).st_ino
    cut = Cut(inode, size, first, end, os.urandom(min(mark, size - end)), 0)
    return cut._replace(seal=_seal(descriptor, cut))


def span_octets(spans: Sequence[Span]) -> int:
    """How many there are in all of them."""
    return sum(end - start for start, end in spans)


def _seal(descriptor: int, cut: Cut) -> int:
    checksum = 0
    for start, end in ((0, cut.first), (cut.end + len(cut.mark), cut.size)):
        for piece in pieces(descriptor, start, end):
            checksum = crc32(piece, checksum)
    return checksum
