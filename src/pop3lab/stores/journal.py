"""Removing files of a maildrop, all or none, whenever the process is killed.

A list of the files, written and flushed under another name, becomes the journal by a rename:
that is the moment when all are removed. What is left to do is done then, or when the maildrop is
opened next. A file that is not, by number, size and time, the one that was listed is kept.
Where the disk has no room for a list, see pop3lab.stores.full_disk.
"""

import errno
import json
import os
import stat
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from hashlib import sha256
from typing import Any, NamedTuple

from pop3lab.core.errors import StoreFailed
from pop3lab.stores import full_disk
from pop3lab.stores.file_identity import READ_SIZE, FileIdentity
from pop3lab.stores.maildrop_folder import FoundFile, MaildropFolder
from pop3lab.stores.trash import move_to_trash, open_trash

# What a journal of a deletion looks like, and what it may say.

MAX_JOURNAL = 134_217_728  # of a journal, at most: about a million files


class JournalDamaged(Exception):
    """It is none of ours, or no longer. The text goes on behind its name."""


class Deletion(NamedTuple):
    """What a journal says: files that are to go, for good or into the trash."""

    files: Collection[FileIdentity]
    trash: Sequence[str] = ()  # the way to it from the root


def format_journal(task: Deletion) -> bytes:
    """The journal. Raises ValueError if it is too long."""
    files = list(task.files)
    text = json.dumps({"trash": task.trash, "files": files} if task.trash else files)
    octets = sha256(text.encode("ascii")).hexdigest().encode("ascii") + b"\n" + text.encode("ascii")
    if len(octets) > MAX_JOURNAL:
        raise ValueError("these are too many messages to delete at once")
    return octets


def parse_journal(journal: bytes, folder: MaildropFolder) -> Deletion:
    """What it says. Raises JournalDamaged."""
    digest, _, text = journal.partition(b"\n")
    if sha256(text).hexdigest().encode("ascii") != digest:
        raise JournalDamaged("is not as it was written")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise JournalDamaged("is none of ours") from error
    if not isinstance(content, dict):
        return Deletion(_files(content, folder))
    if content.get("trash") != list(folder.trash):
        raise JournalDamaged("names another trash")
    return Deletion(_files(content.get("files"), folder), folder.trash)


def _files(rows: Any, folder: MaildropFolder) -> list[FileIdentity]:
    if not isinstance(rows, list):
        raise JournalDamaged("is none of ours")
    return [_file(row, folder) for row in rows]


def _file(row: Any, folder: MaildropFolder) -> FileIdentity:
    """A ctime does not count: it changes when another name of the file is removed."""
    if not isinstance(row, list) or len(row) not in (4, 5) or not isinstance(row[0], str):
        raise JournalDamaged("has a row that is no file")
    name, *numbers = row
    if not all(type(number) is int for number in numbers):
        raise JournalDamaged("has a row that is no file")
    if folder.locate(name) is None or not _could_be_listed(name):
        raise JournalDamaged("names what is no message here")
    return FileIdentity(name, *numbers).without_ctime()


def _could_be_listed(name: str) -> bool:
    """Whether a file system can have it: other surrogates than those of fsdecode it can't."""
    try:
        return os.fsdecode(os.fsencode(name)) == name
    except ValueError:
        return False


__all__ = ["JOURNAL_NAME", "NOT_REMOVED", "JournalDamaged", "recover_deletion", "remove_files"]

JOURNAL_NAME = ".pop3lab-journal"
NOT_REMOVED = "some deleted messages not removed"
_DRAFT = ".pop3lab-journal.new"
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class _Outcome(NamedTuple):
    left: list[FileIdentity]  # would not go
    missed: list[FileIdentity]  # were not there as they were seen


def remove_files(
    folder: MaildropFolder, files: Collection[FileIdentity], *, trash: bool = False
) -> None:
    """Remove them all; back when they are gone. Their ctimes don't count.

    trash: they are moved there instead of being unlinked.
    Raises StoreFailed: then none is removed, or all are but for what recover has yet to do, and
    for what was changed in this very moment.
    The maildrop must be locked.
    """
    try:
        if recover_deletion(folder):
            raise StoreFailed(NOT_REMOVED)
        _remove(
            folder,
            Deletion([file.without_ctime() for file in files], folder.trash if trash else ()),
        )
    except (OSError, ValueError, JournalDamaged) as error:
        raise StoreFailed(NOT_REMOVED) from error


def _remove(folder: MaildropFolder, task: Deletion) -> None:
    try:
        _commit(folder.root, task)
    except OSError as error:
        withdrawn = _withdraw(folder.root)
        if task.trash or not withdrawn or not full_disk.is_disk_full(error):
            raise
        full_disk.remove_by_marks(folder, task.files)
        return
    outcome = _roll_forward(folder, task)
    if outcome.left or any(folder.inodes(file) for file in outcome.missed):
        raise StoreFailed(NOT_REMOVED)


def recover_deletion(folder: MaildropFolder) -> frozenset[str]:
    """Do what a journal says is still to be done; the names of files that still won't go.

    Those count as removed. Raises StoreFailed if it can't be told whether there is a journal, and
    JournalDamaged if that is none of ours.
    The maildrop must be locked.
    """
    try:
        task = _read(folder)
        if task.files:
            os.fsync(folder.root)  # whoever wrote it may have been killed before it was on the disk
        left = _roll_forward(folder, task).left if task.files else ()
        with suppress(OSError):
            os.unlink(_DRAFT, dir_fd=folder.root)  # that a kill has left
        return frozenset(file.name for file in left) | full_disk.recover_marks(folder)
    except OSError as error:
        raise StoreFailed("the maildrop can't be opened") from error


def pending_deletion(folder: MaildropFolder) -> frozenset[str]:
    """The names of files that recover would remove, which is not done here.

    Raises OSError, JournalDamaged.
    """
    by_journal = frozenset(file.name for file in _read(folder).files if folder.find(file))
    return by_journal | full_disk.pending_marks(folder)


def _commit(root: int, task: Deletion) -> None:
    """Raises OSError; ValueError if there are too many."""
    octets = format_journal(task)
    if task.trash:
        os.close(open_trash(root, task.trash))  # where there can be none, nothing is promised
    with suppress(FileNotFoundError):
        os.unlink(_DRAFT, dir_fd=root)
    descriptor = os.open(_DRAFT, _CREATE, 0o600, dir_fd=root)
    try:
        _write(descriptor, octets)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.rename(_DRAFT, JOURNAL_NAME, src_dir_fd=root, dst_dir_fd=root)
    os.fsync(root)


def _withdraw(root: int) -> bool:
    """Nothing is removed yet. If even this fails, the journal stands: all will be removed."""
    try:
        for name in (JOURNAL_NAME, _DRAFT):
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=root)
    except OSError:
        return False
    return True


def _roll_forward(folder: MaildropFolder, task: Deletion) -> _Outcome:
    outcome = _put_away(folder, task)
    if outcome.left:  # as some errors pass
        left, missed = _put_away(folder, task._replace(files=outcome.left))
        outcome = _Outcome(left, [*outcome.missed, *missed])
    if not outcome.left:
        with suppress(OSError):  # a journal that stays is read at the next opening, to no effect
            for directory in {*folder.folders, folder.root}:
                os.fsync(directory)
            os.unlink(JOURNAL_NAME, dir_fd=folder.root)
    return outcome


def _put_away(folder: MaildropFolder, task: Deletion) -> _Outcome:
    """Remove each that is still the file that was seen."""
    outcome = _Outcome([], [])
    try:
        with _way(folder.root, task.trash) as put:
            for file in task.files:
                _put(folder, file, put, outcome)
    except OSError:
        return outcome._replace(left=list(task.files))
    return outcome


def _put(
    folder: MaildropFolder, file: FileIdentity, put: Callable[[FoundFile], None], outcome: _Outcome
) -> None:
    try:
        if found := folder.find(file):
            put(found)
        else:
            outcome.missed.append(file)
    except OSError:
        outcome.left.append(file)


@contextmanager
def _way(root: int, trash: Sequence[str]) -> Iterator[Callable[[FoundFile], None]]:
    """How files go. Raises OSError if the trash can't be opened, or not be flushed at the end."""
    if not trash:
        yield _unlink
        return
    directory = open_trash(root, trash)
    try:
        yield partial(move_to_trash, trash=directory)
        os.fsync(directory)
    finally:
        os.close(directory)


def _unlink(found: FoundFile) -> None:
    os.unlink(found.file.name, dir_fd=found.directory)


def _write(descriptor: int, octets: bytes) -> None:
    while octets:
        octets = octets[os.write(descriptor, octets) :]


def _read(folder: MaildropFolder) -> Deletion:
    """What there is still to do. Raises OSError, JournalDamaged."""
    try:
        descriptor = os.open(JOURNAL_NAME, _READ, dir_fd=folder.root)
    except FileNotFoundError:
        return Deletion(())
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise JournalDamaged("is a link") from error
        raise
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise JournalDamaged("is no file")
        if not _is_ours(status):
            return Deletion(())
        if status.st_size > MAX_JOURNAL:
            raise JournalDamaged("is larger than any of ours")
        octets = _whole(descriptor, status.st_size)
    finally:
        os.close(descriptor)
    return parse_journal(octets, folder)


def _is_ours(status: os.stat_result) -> bool:
    """Whether we have made it: users could plant one in a folder of theirs, of any size."""
    return status.st_uid == os.geteuid() and status.st_nlink == 1


def _whole(descriptor: int, octets: int) -> bytes:
    """So many octets of it, if there are."""
    pieces = []
    while octets > 0 and (piece := os.read(descriptor, min(READ_SIZE, octets))):
        pieces.append(piece)
        octets -= len(piece)
    return b"".join(pieces)
