"""Remove files of a maildrop, all or none, on a disk that has no room for a journal.

Such a disk still allows changing modes, unlinking, and renaming one file. So each file to be
removed is marked by its mode, with bits that no program gives to a message; then one of them is
renamed, which commits the deletion of all. The marked files are unlinked then, or when the maildrop
is opened next. Marks without the rename mean nothing. No name changes before it, so that other
programs see all messages until then.
"""

import errno
import os
import stat
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress

from pop3lab.core.errors import StoreFailed
from pop3lab.files.durable import sync
from pop3lab.stores.file_identity import OPEN_FOR_READING, FileIdentity, close_all, open_unchanged
from pop3lab.stores.maildrop_folder import FoundFile, MaildropFolder

COMMIT_NAME = ".pop3lab-gone"
_MARK = stat.S_ISUID | stat.S_ISVTX
_EXECUTES = stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH
_PATH_ONLY = OPEN_FOR_READING | getattr(os, "O_PATH", 0)
_TRIES = 5  # to find all that is marked, while other programs rename it

_FULL = {errno.ENOSPC, errno.EDQUOT}


def is_disk_full(error: OSError) -> bool:
    """Tell whether the disk, or the user's quota, is full."""
    return error.errno in _FULL


def remove_by_marks(folder: MaildropFolder, files: Collection[FileIdentity]) -> None:
    """Remove all files, and return when they are gone.

    Raises OSError and StoreFailed, as journal.remove_files does.

    The maildrop must be locked, and recovered.
    """
    found = [there for file in files if (there := folder.find(file))]
    if len(found) == 1:
        _unlink_one(found[0])
    elif found:
        _check(folder, found)
        with_marks = _mark_all(found)
        _commit(folder, found, with_marks)
        if _finish(folder):
            raise OSError(errno.EBUSY, "some marked messages could not be unlinked")


def recover_marks(folder: MaildropFolder) -> frozenset[str]:
    """Finish a deletion; return the names of files that still can't be removed. Raises OSError."""
    committed = [directory for directory in folder.folders if _is_there(directory)]
    if not committed:
        return frozenset()
    try:
        for directory in committed:
            sync(directory)  # else the rename might be undone after some are unlinked
    except OSError:
        return frozenset(name for name, _, _ in _marked(folder))
    return _finish(folder)


def pending_marks(folder: MaildropFolder) -> frozenset[str]:
    """Return the names of files that recover_marks would unlink. Raises OSError."""
    if not any(_is_there(directory) for directory in folder.folders):
        return frozenset()
    return frozenset(name for name, _, _ in _marked(folder))


def _unlink_one(found: FoundFile) -> None:
    os.unlink(found.file.name, dir_fd=found.directory)
    sync(found.directory)


def _check(folder: MaildropFolder, found: Sequence[FoundFile]) -> None:
    """Check that files to be marked have no other names, and unmark all others.

    Raises OSError.
    """
    inodes = {there.file.inode for there in found}
    for _, (directory, name), status in _regular(folder):
        if status.st_ino in inodes:
            _check_one(name, status)
        elif status.st_mode & _MARK == _MARK:
            _unmark(directory, name)  # that a kill has left


def _check_one(name: str, status: os.stat_result) -> None:
    if status.st_nlink > 1:
        raise OSError(errno.EMLINK, "the disk is full, and the file has several names", name)
    if status.st_mode & _EXECUTES:
        raise OSError(errno.EPERM, "the disk is full, and the file is a program", name)


def _mark_all(found: Sequence[FoundFile]) -> list[int]:
    """Mark the files; return descriptors of them. After OSError or StoreFailed none is marked."""
    descriptors: list[int] = []
    try:
        for there in found:
            descriptors.append(open_unchanged(there.directory, there.file.without_ctime()))
            _change(descriptors[-1], marked=True)
    except (OSError, StoreFailed):
        _unmark_all(descriptors)
        raise
    return descriptors


def _commit(folder: MaildropFolder, found: Sequence[FoundFile], marked: list[int]) -> None:
    first = found[0]
    try:
        os.rename(
            first.file.name, COMMIT_NAME, src_dir_fd=first.directory, dst_dir_fd=first.directory
        )
    except OSError:
        _unmark_all(marked)
        raise
    close_all(*marked)
    sync(first.directory)


def _unmark_all(descriptors: list[int]) -> None:
    for descriptor in descriptors:
        with suppress(OSError):  # a mark means nothing
            _change(descriptor, marked=False)
    close_all(*descriptors)


def _unmark(directory: int, name: str) -> None:
    """Unmark a file, unless it has another name: there such a mode may mean something."""
    descriptor = os.open(name, OPEN_FOR_READING, dir_fd=directory)
    try:
        status = os.fstat(descriptor)
        _check_one(name, status)
        if stat.S_ISREG(status.st_mode):
            _change(descriptor, marked=False)
    finally:
        os.close(descriptor)


def _change(descriptor: int, *, marked: bool) -> None:
    mode = stat.S_IMODE(os.fstat(descriptor).st_mode) & ~_MARK
    os.fchmod(descriptor, mode | _MARK if marked else mode)
    if marked and os.fstat(descriptor).st_mode & _MARK != _MARK:
        raise OSError(errno.EPERM, "the disk is full, and files can't be marked there")
    sync(descriptor)


def _finish(folder: MaildropFolder) -> frozenset[str]:
    """Unlink what is marked, then what was renamed; return names that can't be removed."""
    for _ in range(_TRIES):
        marked = [*_marked(folder)]
        if not marked:
            break
        for _, directory, name in marked:
            with suppress(OSError):
                os.unlink(name, dir_fd=directory)
    if marked:
        return frozenset(name for name, _, _ in marked)
    for directory in folder.folders:
        sync(directory)
    for directory in folder.folders:
        with suppress(FileNotFoundError):
            os.unlink(COMMIT_NAME, dir_fd=directory)
    return frozenset()


def _marked(folder: MaildropFolder) -> Iterator[tuple[str, int, str]]:
    for name, (directory, plain), status in _regular(folder):
        if status.st_mode & _MARK == _MARK:
            yield name, directory, plain


def _regular(folder: MaildropFolder) -> Iterator[tuple[str, tuple[int, str], os.stat_result]]:
    """Yield the folder's names, where each file is, and its status. Raises OSError."""
    for name in folder.names():
        if locate := folder.locate(name):
            try:
                status = os.stat(locate[1], dir_fd=locate[0], follow_symlinks=False)
            except FileNotFoundError:
                continue
            if stat.S_ISREG(status.st_mode):
                yield name, locate, status


def _is_there(directory: int) -> bool:
    try:
        descriptor = os.open(COMMIT_NAME, _PATH_ONLY, dir_fd=directory)
    except FileNotFoundError:
        return False
    try:
        return stat.S_ISREG(os.fstat(descriptor).st_mode)
    finally:
        os.close(descriptor)
