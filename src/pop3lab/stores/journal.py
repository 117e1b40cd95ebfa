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
from pop3lab.stores.maildrop_folder import PIECE, Found, MaildropFolder, Regular
from pop3lab.stores.trash import open_trash, throw

# What a journal of a deletion looks like, and what it may say.

OCTETS = 134_217_728  # of a journal, at most: about a million files


class JournalDamaged(Exception):
    """It is none of ours, or no longer. The text goes on behind its name."""


class Task(NamedTuple):
    """What a journal says: files that are to go, for good or into the trash."""

    files: Collection[Regular]
    trash: Sequence[str] = ()  # the way to it from the root


def written(task: Task) -> bytes:
    """The journal. Raises ValueError if it is too long."""
    files = list(task.files)
    text = json.dumps({"trash": task.trash, "files": files} if task.trash else files)
    octets = sha256(text.encode("ascii")).hexdigest().encode("ascii") + b"\n" + text.encode("ascii")
    if len(octets) > OCTETS:
        raise ValueError("these are too many messages to delete at once")
    return octets


def read(journal: bytes, place: MaildropFolder) -> Task:
    """What it says. Raises JournalDamaged."""
    digest, _, text = journal.partition(b"\n")
    if sha256(text).hexdigest().encode("ascii") != digest:
        raise JournalDamaged("is not as it was written")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise JournalDamaged("is none of ours") from error
    if not isinstance(content, dict):
        return Task(_files(content, place))
    if content.get("trash") != list(place.trash):
        raise JournalDamaged("names another trash")
    return Task(_files(content.get("files"), place), place.trash)


def _files(rows: Any, place: MaildropFolder) -> list[Regular]:
    if not isinstance(rows, list):
        raise JournalDamaged("is none of ours")
    return [_file(row, place) for row in rows]


def _file(row: Any, place: MaildropFolder) -> Regular:
    """A ctime does not count: it changes when another name of the file is removed."""
    if not isinstance(row, list) or len(row) not in (4, 5) or not isinstance(row[0], str):
        raise JournalDamaged("has a row that is no file")
    name, *numbers = row
    if not all(type(number) is int for number in numbers):
        raise JournalDamaged("has a row that is no file")
    if place.where(name) is None or not _could_be_listed(name):
        raise JournalDamaged("names what is no message here")
    return Regular(name, *numbers).but_for_ctime()


def _could_be_listed(name: str) -> bool:
    """Whether a file system can have it: other surrogates than those of fsdecode it can't."""
    try:
        return os.fsdecode(os.fsencode(name)) == name
    except ValueError:
        return False


__all__ = ["JOURNAL", "NOT_REMOVED", "JournalDamaged", "recover", "remove"]

JOURNAL = ".pop3lab-journal"
NOT_REMOVED = "some deleted messages not removed"
_DRAFT = ".pop3lab-journal.new"
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class _Outcome(NamedTuple):
    left: list[Regular]  # would not go
    missed: list[Regular]  # were not there as they were seen


def remove(place: MaildropFolder, files: Collection[Regular], *, trash: bool = False) -> None:
    """Remove them all; back when they are gone. Their ctimes don't count.

    trash: they are moved there instead of being unlinked.
    Raises StoreFailed: then none is removed, or all are but for what recover has yet to do, and
    for what was changed in this very moment.
    The maildrop must be locked.
    """
    try:
        if recover(place):
            raise StoreFailed(NOT_REMOVED)
        _remove(place, Task([file.but_for_ctime() for file in files], place.trash if trash else ()))
    except (OSError, ValueError, JournalDamaged) as error:
        raise StoreFailed(NOT_REMOVED) from error


def _remove(place: MaildropFolder, task: Task) -> None:
    try:
        _commit(place.root, task)
    except OSError as error:
        withdrawn = _withdraw(place.root)
        if task.trash or not withdrawn or not full_disk.says(error):
            raise
        full_disk.remove(place, task.files)
        return
    outcome = _roll_forward(place, task)
    if outcome.left or any(place.inodes(file) for file in outcome.missed):
        raise StoreFailed(NOT_REMOVED)


def recover(place: MaildropFolder) -> frozenset[str]:
    """Do what a journal says is still to be done; the names of files that still won't go.

    Those count as removed. Raises StoreFailed if it can't be told whether there is a journal, and
    JournalDamaged if that is none of ours.
    The maildrop must be locked.
    """
    try:
        task = _read(place)
        if task.files:
            os.fsync(place.root)  # whoever wrote it may have been killed before it was on the disk
        left = _roll_forward(place, task).left if task.files else ()
        with suppress(OSError):
            os.unlink(_DRAFT, dir_fd=place.root)  # that a kill has left
        return frozenset(file.name for file in left) | full_disk.recover(place)
    except OSError as error:
        raise StoreFailed("the maildrop can't be opened") from error


def doomed(place: MaildropFolder) -> frozenset[str]:
    """The names of files that recover would remove, which is not done here.

    Raises OSError, JournalDamaged.
    """
    by_journal = frozenset(file.name for file in _read(place).files if place.find(file))
    return by_journal | full_disk.doomed(place)


def _commit(root: int, task: Task) -> None:
    """Raises OSError; ValueError if there are too many."""
    octets = written(task)
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
    os.rename(_DRAFT, JOURNAL, src_dir_fd=root, dst_dir_fd=root)
    os.fsync(root)


def _withdraw(root: int) -> bool:
    """Nothing is removed yet. If even this fails, the journal stands: all will be removed."""
    try:
        for name in (JOURNAL, _DRAFT):
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=root)
    except OSError:
        return False
    return True


def _roll_forward(place: MaildropFolder, task: Task) -> _Outcome:
    outcome = _put_away(place, task)
    if outcome.left:  # as some errors pass
        left, missed = _put_away(place, task._replace(files=outcome.left))
        outcome = _Outcome(left, [*outcome.missed, *missed])
    if not outcome.left:
        with suppress(OSError):  # a journal that stays is read at the next opening, to no effect
            for directory in {*place.folders, place.root}:
                os.fsync(directory)
            os.unlink(JOURNAL, dir_fd=place.root)
    return outcome


def _put_away(place: MaildropFolder, task: Task) -> _Outcome:
    """Remove each that is still the file that was seen."""
    outcome = _Outcome([], [])
    try:
        with _way(place.root, task.trash) as put:
            for file in task.files:
                _put(place, file, put, outcome)
    except OSError:
        return outcome._replace(left=list(task.files))
    return outcome


def _put(
    place: MaildropFolder, file: Regular, put: Callable[[Found], None], outcome: _Outcome
) -> None:
    try:
        if found := place.find(file):
            put(found)
        else:
            outcome.missed.append(file)
    except OSError:
        outcome.left.append(file)


@contextmanager
def _way(root: int, trash: Sequence[str]) -> Iterator[Callable[[Found], None]]:
    """How files go. Raises OSError if the trash can't be opened, or not be flushed at the end."""
    if not trash:
        yield _unlink
        return
    directory = open_trash(root, trash)
    try:
        yield partial(throw, trash=directory)
        os.fsync(directory)
    finally:
        os.close(directory)


def _unlink(found: Found) -> None:
    os.unlink(found.file.name, dir_fd=found.directory)


def _write(descriptor: int, octets: bytes) -> None:
    while octets:
        octets = octets[os.write(descriptor, octets) :]


def _read(place: MaildropFolder) -> Task:
    """What there is still to do. Raises OSError, JournalDamaged."""
    try:
        descriptor = os.open(JOURNAL, _READ, dir_fd=place.root)
    except FileNotFoundError:
        return Task(())
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise JournalDamaged("is a link") from error
        raise
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise JournalDamaged("is no file")
        if not _is_ours(status):
            return Task(())
        if status.st_size > OCTETS:
            raise JournalDamaged("is larger than any of ours")
        octets = _whole(descriptor, status.st_size)
    finally:
        os.close(descriptor)
    return read(octets, place)


def _is_ours(status: os.stat_result) -> bool:
    """Whether we have made it: users could plant one in a folder of theirs, of any size."""
    return status.st_uid == os.geteuid() and status.st_nlink == 1


def _whole(descriptor: int, octets: int) -> bytes:
    """So many octets of it, if there are."""
    pieces = []
    while octets > 0 and (piece := os.read(descriptor, min(PIECE, octets))):
        pieces.append(piece)
        octets -= len(piece)
    return b"".join(pieces)
