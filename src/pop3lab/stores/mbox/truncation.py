"""How a rewriting in place ends: what stays has been moved together, and the rest is cut off.

The journal and the compaction both end so. A mark behind what stays tells, after a kill, whether
the file has been cut; a seal tells whether it is still the file that was to be cut.
"""

import os
from collections.abc import Sequence
from typing import NamedTuple
from zlib import crc32

from pop3lab.core.errors import StoreFailed
from pop3lab.files.durable import sync
from pop3lab.stores.mbox.index import read_span
from pop3lab.stores.mbox.sidecar import pwrite_all

OctetSpan = tuple[int, int]  # two offsets in the file


class MboxJournalDamaged(StoreFailed):
    """What was written about a rewriting makes no sense: somebody must look (RFC 3206)."""

    code = "SYS/PERM"

    def __init__(self) -> None:
        super().__init__("the journal of the maildrop is damaged")


class Truncation(NamedTuple):
    """The truncation of a file; offsets in octets."""

    inode: int
    size: int  # of the file before
    first: int  # where the first removed message begins
    end: int  # where what stays ends, once it has been moved; the new size
    mark: bytes  # written at the end until the file is cut
    seal: int  # a checksum of what does not change before the cut

    def fits(self, descriptor: int) -> bool:
        """Tell whether this is the file, and nobody else has rewritten it. Raises OSError."""
        status = os.fstat(descriptor)
        if status.st_ino != self.inode or status.st_size < self.size:
            return False
        return self.seal == _seal(descriptor, self)

    def is_done(self, descriptor: int) -> bool:
        """Tell whether the file, marked before, has been cut. Raises OSError."""
        if os.fstat(descriptor).st_ino != self.inode:
            return False
        return os.pread(descriptor, len(self.mark), self.end) != self.mark

    def set_mark(self, descriptor: int) -> None:
        """Write the mark; return when all that was written is on the disk. Raises OSError."""
        pwrite_all(descriptor, self.mark, self.end)
        sync(descriptor)

    def truncate(self, descriptor: int) -> None:
        """Cut the file, and flush it. Raises OSError."""
        os.ftruncate(descriptor, self.end)
        sync(descriptor)


def plan_truncation(
    descriptor: int, first: int, kept: Sequence[OctetSpan], size: int, mark: int
) -> Truncation:
    """Plan the truncation of a file of this size. Raises OSError, StoreFailed.

    kept: the spans after `first` that stay. mark: octets of the mark, at most.
    """
    end = first + span_octets(kept)
    inode = os.fstat(descriptor).st_ino
    cut = Truncation(inode, size, first, end, os.urandom(min(mark, size - end)), 0)
    return cut._replace(seal=_seal(descriptor, cut))


def span_octets(spans: Sequence[OctetSpan]) -> int:
    """Return the sum of the spans' octets."""
    return sum(end - start for start, end in spans)


def _seal(descriptor: int, cut: Truncation) -> int:
    checksum = 0
    for start, end in ((0, cut.first), (cut.end + len(cut.mark), cut.size)):
        for piece in read_span(descriptor, start, end):
            checksum = crc32(piece, checksum)
    return checksum
