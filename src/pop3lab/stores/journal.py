"""Remove files of a maildrop, all or none, even if the process is killed.

A list of the files is written and flushed under another name, and becomes the journal by a rename:
that commits the deletion. The files are unlinked then, or when the maildrop is opened next. A file
that differs in number, size or time from the one listed is kept.
If the disk has no room for the list, see pop3lab.stores.full_disk.
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
from pop3lab.files.durable import sync
from pop3lab.files.reading import READ_SIZE
from pop3lab.stores import full_disk
from pop3lab.stores.file_identity import FileIdentity
from pop3lab.stores.maildrop_folder import FoundFile, MaildropFolder
from pop3lab.stores.posix import O_NOFOLLOW
from pop3lab.stores.trash import move_to_trash, open_trash

# The journal's format.

MAX_JOURNAL = 134_217_728  # of a journal, at most: about a million files


class JournalDamaged(Exception):
    """The journal is not one of ours, or damaged. The text continues a sentence after its name."""


class Deletion(NamedTuple):
    """What a journal says: the files to be unlinked, or to be moved into the trash."""

    files: Collection[FileIdentity]
    trash: Sequence[str] = ()  # its path from the root; empty if the files are unlinked


def _format_journal(deletion: Deletion) -> bytes:
    """Return the journal of a deletion. Raises ValueError if it is too long."""
    files = list(deletion.files)
    text = json.dumps({"trash": deletion.trash, "files": files} if deletion.trash else files)
    octets = sha256(text.encode("ascii")).hexdigest().encode("ascii") + b"\n" + text.encode("ascii")
    if len(octets) > MAX_JOURNAL:
        raise ValueError("these are too many messages to delete at once")
    return octets


def _parse_journal(journal: bytes, folder: MaildropFolder) -> Deletion:
    """Parse a journal. Raises JournalDamaged."""
    digest, _, text = journal.partition(b"\n")
    if sha256(text).hexdigest().encode("ascii") != digest:
        raise JournalDamaged("is not as it was written")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise JournalDamaged("is none of ours") from error
    if not isinstance(content, dict):
        return Deletion(_files(content, folder))
    if content.get("trash") != list(folder.trash_path):
        raise JournalDamaged("names another trash")
    return Deletion(_files(content.get("files"), folder), folder.trash_path)


def _files(rows: Any, folder: MaildropFolder) -> list[FileIdentity]:
    if not isinstance(rows, list):
        raise JournalDamaged("is none of ours")
    return [_file(row, folder) for row in rows]


def _file(row: Any, folder: MaildropFolder) -> FileIdentity:
    """Parse a file, without its ctime: that changes when another name of it is removed."""
    if not isinstance(row, list) or len(row) not in (4, 5) or not isinstance(row[0], str):
        raise JournalDamaged("has a row that is no file")
    name, *numbers = row
    if not all(type(number) is int for number in numbers):
        raise JournalDamaged("has a row that is no file")
    if folder.locate(name) is None or not _could_be_listed(name):
        raise JournalDamaged("names a file that is not a message")
    return FileIdentity(name, *numbers).without_ctime()


def _could_be_listed(name: str) -> bool:
    """Tell whether a file system can have the name: only fsdecode's surrogates are possible."""
    try:
        return os.fsdecode(os.fsencode(name)) == name
    except ValueError:
        return False


__all__ = ["JOURNAL_NAME", "NOT_REMOVED", "JournalDamaged", "recover_deletion", "remove_files"]

JOURNAL_NAME = ".pop3lab-journal"
NOT_REMOVED = "some deleted messages not removed"
_DRAFT = ".pop3lab-journal.new"
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class _Outcome(NamedTuple):
    left: list[FileIdentity]  # would not go
    missed: list[FileIdentity]  # were not there as they were seen


def remove_files(
    folder: MaildropFolder, files: Collection[FileIdentity], *, trash: bool = False
) -> None:
    """Remove all files, and return when they are gone. Their ctimes are not compared.

    trash: move them there instead of unlinking them.
    Raises StoreFailed. Then none is removed, or all are, except what recover_deletion has yet to
    do and what was changed in this very moment.
    The maildrop must be locked.
    """
    try:
        if recover_deletion(folder):
            raise StoreFailed(NOT_REMOVED)
        _remove(
            folder,
            Deletion([file.without_ctime() for file in files], folder.trash_path if trash else ()),
        )
    except (OSError, ValueError, JournalDamaged) as error:
        raise StoreFailed(NOT_REMOVED) from error


def _remove(folder: MaildropFolder, deletion: Deletion) -> None:
    try:
        _commit(folder.root, deletion)
    except OSError as error:
        withdrawn = _withdraw(folder.root)
        if deletion.trash or not withdrawn or not full_disk.is_disk_full(error):
            raise
        full_disk.remove_by_marks(folder, deletion.files)
        return
    outcome = _roll_forward(folder, deletion)
    if outcome.left or any(folder.inodes(file) for file in outcome.missed):
        raise StoreFailed(NOT_REMOVED)


def recover_deletion(folder: MaildropFolder) -> frozenset[str]:
    """Finish what a journal says; return the names of files that still can't be removed.

    Those count as removed. Raises StoreFailed if the journal can't be looked for, JournalDamaged if
    it is not one of ours.
    The maildrop must be locked.
    """
    try:
        deletion = _read(folder)
        if deletion.files:
            sync(folder.root)  # whoever wrote it may have been killed before it was on the disk
        left = _roll_forward(folder, deletion).left if deletion.files else ()
        with suppress(OSError):
            os.unlink(_DRAFT, dir_fd=folder.root)  # that a kill has left
        return frozenset(file.name for file in left) | full_disk.recover_marks(folder)
    except OSError as error:
        raise StoreFailed("the maildrop can't be opened") from error


def pending_deletion(folder: MaildropFolder) -> frozenset[str]:
    """Return the names of files that recover_deletion would remove, without removing them.

    Raises OSError, JournalDamaged.
    """
    by_journal = frozenset(file.name for file in _read(folder).files if folder.find(file))
    return by_journal | full_disk.pending_marks(folder)


def _commit(root: int, deletion: Deletion) -> None:
    """Write the journal. Raises OSError; ValueError for too many files."""
    octets = _format_journal(deletion)
    if deletion.trash:
        os.close(open_trash(root, deletion.trash))  # where there can be none, nothing is promised
    with suppress(FileNotFoundError):
        os.unlink(_DRAFT, dir_fd=root)
    descriptor = os.open(_DRAFT, _CREATE, 0o600, dir_fd=root)
    try:
        _write(descriptor, octets)
        sync(descriptor)
    finally:
        os.close(descriptor)
    os.rename(_DRAFT, JOURNAL_NAME, src_dir_fd=root, dst_dir_fd=root)
    sync(root)


def _withdraw(root: int) -> bool:
    """Remove the journal. If that fails, it stands, and all files will be removed."""
    try:
        for name in (JOURNAL_NAME, _DRAFT):
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=root)
    except OSError:
        return False
    return True


def _roll_forward(folder: MaildropFolder, deletion: Deletion) -> _Outcome:
    outcome = _put_away(folder, deletion)
    if outcome.left:  # as some errors pass
        left, missed = _put_away(folder, deletion._replace(files=outcome.left))
        outcome = _Outcome(left, [*outcome.missed, *missed])
    if not outcome.left:
        with suppress(OSError):  # a journal that stays is read at the next opening, to no effect
            for directory in {*folder.folders, folder.root}:
                sync(directory)
            os.unlink(JOURNAL_NAME, dir_fd=folder.root)
    return outcome


def _put_away(folder: MaildropFolder, deletion: Deletion) -> _Outcome:
    """Remove each that is still the file that was seen."""
    outcome = _Outcome([], [])
    try:
        with _remover(folder.root, deletion.trash) as put:
            for file in deletion.files:
                _put(folder, file, put, outcome)
    except OSError:
        return outcome._replace(left=list(deletion.files))
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
def _remover(root: int, trash: Sequence[str]) -> Iterator[Callable[[FoundFile], None]]:
    """Yield how a file is removed. Raises OSError if the trash can't be opened or flushed."""
    if not trash:
        yield _unlink
        return
    directory = open_trash(root, trash)
    try:
        yield partial(move_to_trash, trash=directory)
        sync(directory)
    finally:
        os.close(directory)


def _unlink(found: FoundFile) -> None:
    os.unlink(found.file.name, dir_fd=found.directory)


def _write(descriptor: int, octets: bytes) -> None:
    while octets:
        octets = octets[os.write(descriptor, octets) :]


def _read(folder: MaildropFolder) -> Deletion:
    """Return what is still to be done. Raises OSError, JournalDamaged."""
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
    return _parse_journal(octets, folder)


def _is_ours(status: os.stat_result) -> bool:
    """Tell whether we made it: users could plant one of any size in a folder of their own."""
    return status.st_uid == os.geteuid() and status.st_nlink == 1


def _whole(descriptor: int, octets: int) -> bytes:
    """Read up to so many octets."""
    pieces = []
    while octets > 0 and (piece := os.read(descriptor, min(READ_SIZE, octets))):
        pieces.append(piece)
        octets -= len(piece)
    return b"".join(pieces)
