"""Removing files of a folder, all or none, whenever the process is killed.

A list of the files, written and flushed under another name, becomes the journal by a rename:
that is the moment when all are removed. What is left to do is done then, or when the folder is
opened next. A file that is not, by number, size and time, the one that was listed is kept.
"""

import os
from collections.abc import Collection, Iterable
from contextlib import suppress
from hashlib import sha256

from pop3lab.core.errors import StoreFailed
from pop3lab.stores.regular import Regular, unchanged

JOURNAL = ".pop3lab-journal"
_DRAFT = ".pop3lab-journal.new"
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_NOT_REMOVED = "some deleted messages not removed"


def remove(directory: int, files: Collection[Regular]) -> None:
    """Remove them all; back when they are gone.

    Raises StoreFailed: then none is removed, or all are but for what recover has yet to do.
    The directory must be locked.
    """
    if recover(directory):
        raise StoreFailed(_NOT_REMOVED)
    try:
        _commit(directory, files)
    except OSError as error:
        _withdraw(directory)
        raise StoreFailed(_NOT_REMOVED) from error
    if _roll_forward(directory, files):
        raise StoreFailed(_NOT_REMOVED)


def recover(directory: int) -> frozenset[str]:
    """Do what a journal says is still to be done; the names of files that still won't go.

    Those count as removed. Raises StoreFailed if it can't be told whether there is a journal.
    The directory must be locked.
    """
    try:
        files = _read(directory)
    except OSError as error:
        raise StoreFailed("the maildrop can't be opened") from error
    return _roll_forward(directory, files) if files else frozenset()


def _commit(directory: int, files: Iterable[Regular]) -> None:
    with suppress(FileNotFoundError):
        os.unlink(_DRAFT, dir_fd=directory)
    descriptor = os.open(_DRAFT, _CREATE, 0o600, dir_fd=directory)
    try:
        _write(descriptor, _written(files))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.rename(_DRAFT, JOURNAL, src_dir_fd=directory, dst_dir_fd=directory)
    os.fsync(directory)


def _withdraw(directory: int) -> None:
    """Nothing is removed yet. If even this fails, the journal stands: all will be removed."""
    for name in (JOURNAL, _DRAFT):
        with suppress(OSError):
            os.unlink(name, dir_fd=directory)


def _roll_forward(directory: int, files: Iterable[Regular]) -> frozenset[str]:
    left = _unlink(directory, _unlink(directory, files))  # twice, as some errors pass
    if left:
        return frozenset(file.name for file in left)
    try:
        os.fsync(directory)
        os.unlink(JOURNAL, dir_fd=directory)
    except OSError:
        pass  # the files are gone; a journal that stays is read at the next opening, to no effect
    return frozenset()


def _unlink(directory: int, files: Iterable[Regular]) -> list[Regular]:
    """Remove each that is still the file that was seen; the answer is those that would not go."""
    left = []
    for file in files:
        try:
            if unchanged(directory, file):
                os.unlink(file.name, dir_fd=directory)
        except FileNotFoundError:
            pass
        except OSError:
            left.append(file)
    return left


def _written(files: Iterable[Regular]) -> bytes:
    import json

    text = json.dumps(list(files)).encode("ascii")
    return sha256(text).hexdigest().encode("ascii") + b"\n" + text


def _write(descriptor: int, octets: bytes) -> None:
    while octets:
        octets = octets[os.write(descriptor, octets) :]


def _read(directory: int) -> list[Regular]:
    try:
        descriptor = os.open(JOURNAL, _READ, dir_fd=directory)
    except FileNotFoundError:
        return []
    with open(descriptor, "rb") as file:
        digest, _, text = file.read().partition(b"\n")
    if sha256(text).hexdigest().encode("ascii") != digest:
        return []  # none of ours: they are whole before they have this name
    import json

    return [Regular(*fields) for fields in json.loads(text) if "/" not in fields[0]]
