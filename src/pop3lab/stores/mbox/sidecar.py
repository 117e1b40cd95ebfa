"""Files beside an mbox file, as its journal and its unique-ids: each is whole, or not there."""

import errno
import os
import stat
from collections.abc import Iterable
from contextlib import suppress

from pop3lab.files.durable import sync
from pop3lab.stores.posix import O_NOFOLLOW

_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | O_NOFOLLOW | os.O_CLOEXEC
_OPEN = os.O_RDWR | O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

# Errors that mean that no file can be written here; all others are accidents.
UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS)

_NO_FILE = (errno.ELOOP, errno.EISDIR, errno.ENXIO)  # a link, a folder, a pipe
_NOT_OURS = "not of this server's making"


class SidecarUnwritable(OSError):
    """No file can be written beside the mbox file. Nothing has been changed."""


def journal_name(name: str) -> str:
    """Return the name of an mbox file's journal."""
    return f".{name}.pop3lab-journal"


def append_name(name: str) -> str:
    """Return the name of what is being appended to an mbox file."""
    return f".{name}.pop3lab-append"


def unique_ids_name(name: str) -> str:
    """Return the name of the file with the numbers of identical messages."""
    return f".{name}.pop3lab-ids"


def _draft_of(name: str) -> str:
    return f".{name}.pop3lab-new"


def write_sidecar(directory: int, mbox: str, name: str, chunks: Iterable[bytes]) -> None:
    """Write a file beside the mbox file and flush it, then give it its name.

    Raises SidecarUnwritable, OSError, and what the chunks raise: then nothing is left. To be sure
    of the name, flush the folder.
    """
    draft = _draft_of(mbox)
    discard_draft(directory, mbox)
    try:
        _fill(directory, draft, chunks)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(draft, dir_fd=directory)
        if isinstance(error, OSError) and error.errno in UNWRITABLE:
            raise SidecarUnwritable(*error.args) from error
        raise
    os.rename(draft, name, src_dir_fd=directory, dst_dir_fd=directory)


def _fill(directory: int, draft: str, chunks: Iterable[bytes]) -> None:
    descriptor = os.open(draft, _CREATE, 0o600, dir_fd=directory)
    try:
        for chunk in chunks:
            _write(descriptor, chunk)
        sync(descriptor)
    finally:
        os.close(descriptor)


def discard_draft(directory: int, mbox: str) -> None:
    """Remove what a killed process has left."""
    with suppress(FileNotFoundError, PermissionError):
        os.unlink(_draft_of(mbox), dir_fd=directory)


def open_sidecar(directory: int, name: str) -> int | None:
    """Open a file that write_sidecar has made; None if there is none.

    Raises OSError; PermissionError also for a file that is not this server's.
    """
    try:
        descriptor = os.open(name, _OPEN, dir_fd=directory)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno in _NO_FILE:
            raise PermissionError(errno.EPERM, _NOT_OURS, name) from error
        raise
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_uid not in (os.geteuid(), 0):
            raise PermissionError(errno.EPERM, _NOT_OURS, name)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _write(descriptor: int, octets: bytes) -> None:
    """Write all octets. Raises OSError."""
    while octets:
        octets = octets[os.write(descriptor, octets) :]


def pwrite_all(descriptor: int, octets: bytes, at: int) -> None:
    """Write all octets at an offset. Raises OSError."""
    while octets:
        done = os.pwrite(descriptor, octets, at)
        octets, at = octets[done:], at + done
