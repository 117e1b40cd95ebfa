"""Whether an mbox file is still what it was at login, but for mail that came since."""

import os
from collections.abc import Collection, Sequence

from pop3lab.core.errors import StoreFailed
from pop3lab.stores.mbox_from_line import LONGEST, is_from_line
from pop3lab.stores.mbox_index import Region, digest_of, index_of, pieces

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def mail_since(descriptor: int, regions: Sequence[Region]) -> int | None:
    """Where what came since begins, behind these; None: the file has changed in another way.

    Each message must be there as it was. What was appended may begin with the empty line that the
    last one had not yet. Raises OSError.
    """
    try:
        for region in regions:
            if digest_of(pieces(descriptor, region.start, region.end)) != region.digest:
                return None
    except StoreFailed:
        return None  # shortened
    end = regions[-1].end
    octets = os.pread(descriptor, LONGEST + 100, end)
    message = octets.lstrip(b"\r\n")
    if message and not is_from_line(message.partition(b"\n")[0]):
        return None
    return end + len(octets) - len(message)


def all_gone(
    directory: int, name: str, left: Collection[str], *, at_most: int | None = None
) -> bool:
    """Whether all messages of this file have one of these keys: others have removed the rest.

    at_most: octets of a file that is looked through; of a longer one it is not known.
    Raises StoreFailed, OSError.
    """
    try:
        descriptor = os.open(name, _READ, dir_fd=directory)
    except FileNotFoundError:
        return True
    try:
        size = os.fstat(descriptor).st_size
        if at_most is not None and size > at_most:
            return False
        regions = index_of(descriptor, size)
    finally:
        os.close(descriptor)
    return all(region.key in left for region in regions)
