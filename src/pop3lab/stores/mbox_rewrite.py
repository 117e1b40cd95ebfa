"""An mbox file without some of its messages, put in its place by a rename: all or none go."""

import fcntl
import os
import stat
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from hashlib import blake2b

from pop3lab.core.errors import StoreFailed
from pop3lab.stores.mbox_file import MboxFile
from pop3lab.stores.mbox_index import Region, pieces
from pop3lab.stores.regular import close

_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_CHANGED = "the maildrop has been changed by another program"
_NOT_REMOVED = "some deleted messages not removed"


def discard_draft(file: MboxFile) -> None:
    """Remove what a process that was killed has left. Raises OSError."""
    with suppress(FileNotFoundError):
        os.unlink(file.draft, dir_fd=file.directory)


def rewrite(
    file: MboxFile,
    size: int,
    regions: Sequence[Region],
    doomed: Collection[Region],
    done: Callable[[], None],
) -> MboxFile:
    """Remove messages. The answer is the new file, which holds the lock of the session, too.

    size: of the file now. regions: all that were there at login; what was appended since then
    stays. done: called once the new file has taken the old one's place.
    Raises StoreFailed: nothing is removed, or, after done, it may not be on the disk yet.
    The file must be locked.
    """
    try:
        discard_draft(file)
        descriptor = os.open(file.draft, _CREATE, 0o600, dir_fd=file.directory)
    except OSError as error:
        raise StoreFailed(_NOT_REMOVED) from error
    new = file._replace(descriptor=descriptor)
    try:
        _fill(new, file, size, regions, doomed)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.rename(file.draft, file.name, src_dir_fd=file.directory, dst_dir_fd=file.directory)
        done()
        os.fsync(file.directory)
    except (OSError, StoreFailed) as error:
        _give_up(new)
        raise StoreFailed(_NOT_REMOVED) from error
    return new


def _give_up(new: MboxFile) -> None:
    with suppress(OSError):
        discard_draft(new)
    close(new.descriptor)


def _fill(
    new: MboxFile,
    old: MboxFile,
    size: int,
    regions: Sequence[Region],
    doomed: Collection[Region],
) -> None:
    if not old.is_there():
        raise StoreFailed(_CHANGED)
    for region in regions:
        _pass(old.descriptor, region, None if region in doomed else new.descriptor)
    appended = regions[-1].end
    if regions[-1] in doomed:
        appended += _before_from_line(old.descriptor, appended)
    copy(old.descriptor, new.descriptor, appended, size)
    _keep_owner(new.descriptor, os.fstat(old.descriptor))
    os.fsync(new.descriptor)


def _pass(descriptor: int, region: Region, new: int | None) -> None:
    """Copy a message, or only see that it is as it was."""
    digest = blake2b(digest_size=16)
    for piece in pieces(descriptor, region.start, region.end):
        digest.update(piece)
        if new is not None:
            write(new, piece)
    if digest.digest() != region.digest:
        raise StoreFailed(_CHANGED)


def _before_from_line(descriptor: int, end: int) -> int:
    """How many octets the blank lines have that were appended to the last message.

    Raises StoreFailed if more than these was.
    """
    octets = os.pread(descriptor, 16, end)
    message = octets.lstrip(b"\r\n")
    if message and not message.startswith(b"From "):
        raise StoreFailed(_CHANGED)
    return len(octets) - len(message)


def copy(descriptor: int, new: int, start: int, end: int) -> None:
    """Append what is between two offsets. Raises OSError, StoreFailed."""
    for piece in pieces(descriptor, start, end):
        write(new, piece)


def write(descriptor: int, octets: bytes) -> None:
    """Write them all. Raises OSError."""
    while octets:
        octets = octets[os.write(descriptor, octets) :]


def _keep_owner(new: int, old: os.stat_result) -> None:
    """Of a file that others could no longer use as before, nothing is removed."""
    status = os.fstat(new)
    if (status.st_uid, status.st_gid) != (old.st_uid, old.st_gid):
        os.fchown(new, old.st_uid, old.st_gid)
    os.fchmod(new, stat.S_IMODE(old.st_mode))
