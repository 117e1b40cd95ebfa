"""Removing files of a maildrop, all or none, whenever the process is killed.

A list of the files, written and flushed under another name, becomes the journal by a rename:
that is the moment when all are removed. What is left to do is done then, or when the maildrop is
opened next. A file that is not, by number, size and time, the one that was listed is kept.
"""

import json
import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from hashlib import sha256
from typing import Any, NamedTuple

from pop3lab.core.errors import StoreFailed
from pop3lab.stores.place import TRASH, Found, Place
from pop3lab.stores.regular import PIECE, Regular
from pop3lab.stores.trash import open_trash, throw

JOURNAL = ".pop3lab-journal"
_DRAFT = ".pop3lab-journal.new"
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_NOT_REMOVED = "some deleted messages not removed"


class _Task(NamedTuple):
    """What a journal says: files that are to go, for good or into the trash."""

    files: Collection[Regular]
    trash: Sequence[str] = ()  # the way to it from the root


def remove(place: Place, files: Collection[Regular], *, trash: bool = False) -> None:
    """Remove them all; back when they are gone.

    trash: they are moved there instead of being unlinked.
    Raises StoreFailed: then none is removed, or all are but for what recover has yet to do.
    The maildrop must be locked.
    """
    if recover(place):
        raise StoreFailed(_NOT_REMOVED)
    task = _Task(files, place.trash if trash else ())
    try:
        _commit(place.root, task)
    except OSError as error:
        _withdraw(place.root)
        raise StoreFailed(_NOT_REMOVED) from error
    if _roll_forward(place, task):
        raise StoreFailed(_NOT_REMOVED)


def recover(place: Place) -> frozenset[str]:
    """Do what a journal says is still to be done; the names of files that still won't go.

    Those count as removed. Raises StoreFailed if it can't be told whether there is a journal.
    The maildrop must be locked.
    """
    try:
        task = _read(place.root)
    except OSError as error:
        raise StoreFailed("the maildrop can't be opened") from error
    with suppress(OSError):
        os.unlink(_DRAFT, dir_fd=place.root)  # that a kill has left
    return _roll_forward(place, task) if task.files else frozenset()


def doomed(place: Place) -> frozenset[str]:
    """The names of files that recover would remove, which is not done here. Raises OSError."""
    return frozenset(file.name for file in _read(place.root).files if place.find(file))


def _commit(root: int, task: _Task) -> None:
    if task.trash:
        os.close(open_trash(root, task.trash))  # where there can be none, nothing is promised
    with suppress(FileNotFoundError):
        os.unlink(_DRAFT, dir_fd=root)
    descriptor = os.open(_DRAFT, _CREATE, 0o600, dir_fd=root)
    try:
        _write(descriptor, _written(task))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.rename(_DRAFT, JOURNAL, src_dir_fd=root, dst_dir_fd=root)
    os.fsync(root)


def _withdraw(root: int) -> None:
    """Nothing is removed yet. If even this fails, the journal stands: all will be removed."""
    for name in (JOURNAL, _DRAFT):
        with suppress(OSError):
            os.unlink(name, dir_fd=root)


def _roll_forward(place: Place, task: _Task) -> frozenset[str]:
    left = _put_away(place, task)
    if left:
        left = _put_away(place, task._replace(files=left))  # as some errors pass
    if left:
        return frozenset(file.name for file in left)
    try:
        for directory in {*place.folders, place.root}:
            os.fsync(directory)
        os.unlink(JOURNAL, dir_fd=place.root)
    except OSError:
        pass  # the files are gone; a journal that stays is read at the next opening, to no effect
    return frozenset()


def _put_away(place: Place, task: _Task) -> Collection[Regular]:
    """Remove each that is still the file that was seen; the answer is those that would not go."""
    left = []
    try:
        with _way(place.root, task.trash) as put:
            for file in task.files:
                if not _put(place, file, put):
                    left.append(file)
    except OSError:
        return task.files
    return left


def _put(place: Place, file: Regular, put: Callable[[Found], None]) -> bool:
    try:
        if found := place.find(file):
            put(found)
    except OSError:
        return False
    return True


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


def _written(task: _Task) -> bytes:
    files = list(task.files)
    text = json.dumps({"trash": task.trash, "files": files} if task.trash else files)
    octets = text.encode("ascii")
    return sha256(octets).hexdigest().encode("ascii") + b"\n" + octets


def _write(descriptor: int, octets: bytes) -> None:
    while octets:
        octets = octets[os.write(descriptor, octets) :]


def _read(root: int) -> _Task:
    try:
        descriptor = os.open(JOURNAL, _READ, dir_fd=root)
    except FileNotFoundError:
        return _Task(())
    try:
        octets = _whole(descriptor) if _is_ours(os.fstat(descriptor)) else b""
    finally:
        os.close(descriptor)
    digest, _, text = octets.partition(b"\n")
    if sha256(text).hexdigest().encode("ascii") != digest:
        return _Task(())  # none of ours: they are whole before they have this name
    return _task(text)


def _is_ours(status: os.stat_result) -> bool:
    """Whether we have made it: in a folder of theirs, users could plant one that takes all memory.

    A folder is not read in any case, which is said.
    """
    return status.st_uid == os.geteuid() and (status.st_nlink == 1 or stat.S_ISDIR(status.st_mode))


def _whole(descriptor: int) -> bytes:
    return b"".join(iter(lambda: os.read(descriptor, PIECE), b""))


def _task(text: bytes) -> _Task:
    """What it says; nothing, where it is not as one of ours is."""
    try:
        content = json.loads(text)
        if isinstance(content, list):
            return _Task(_files(content))
        return _Task(_files(content["files"]), _inside(content["trash"]))
    except (ValueError, TypeError, LookupError):
        return _Task(())


def _files(rows: Iterable[list[Any]]) -> list[Regular]:
    files = [Regular(*fields) for fields in rows]
    if not all(isinstance(file.name, str) for file in files):
        raise ValueError("a name is a text")
    return files


def _inside(path: Sequence[str]) -> Sequence[str]:
    """The path, which must not lead anywhere else."""
    return (TRASH, *(name for name in path[1:] if "/" not in name and name != ".."))
