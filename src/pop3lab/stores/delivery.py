"""Delivery into folders and Maildirs: a file appears when it is whole, and lasts from then on."""

import errno
import os
import re
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import count

from pop3lab.core.errors import StoreFailed, StoreFull
from pop3lab.files.durable import sync
from pop3lab.files.reading import GIB, RegularFile
from pop3lab.files.writing import PRIVATE_MODE, PUBLIC_MODE, DraftFile, remove_abandoned_drafts
from pop3lab.stores.file_identity import close_all
from pop3lab.stores.full_disk import is_disk_full
from pop3lab.stores.location import Location, PathLocation, open_subfolder
from pop3lab.stores.maildrop_folder import list_names
from pop3lab.stores.posix import O_NOFOLLOW

_BEFORE_FIRST, _FIRST = "0000", "0001"
_DIGITS = re.compile(r"[0-9]+")
_COUNTED = re.compile(r"[-_][0-9]{4}\Z")  # ends a name behind one that has no number to count up
_OURS = re.compile(r"-[0-9a-f]{16}\Z")  # ends the names of delivered messages
_MAILDIR_MODE = 0o700
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | O_NOFOLLOW | os.O_CLOEXEC
MAX_ADDED_FILE = 8 * GIB  # of a file that is copied


@contextmanager
def delivery_errors() -> Iterator[None]:
    """Raise StoreFull or StoreFailed for an OSError of the maildrop."""
    try:
        yield
    except OSError as error:
        if is_disk_full(error) or error.errno == errno.EFBIG:
            raise StoreFull("the maildrop is full") from error
        raise StoreFailed("the message can't be stored") from error


def name_after(last: str) -> str:
    """Return a name that sorts after the last one, byte by byte.

    Its first number that can grow without another digit is one higher; the extension is the same.
    """
    return next(_counted_up(last), f"{last}-{_FIRST}")


def _counted_up(last: str) -> Iterator[str]:
    stem, extension = os.path.splitext(last)
    for digits in _DIGITS.finditer(stem):
        number = str(int(digits[0]) + 1).zfill(len(digits[0]))
        if len(number) == len(digits[0]):
            yield f"{stem[: digits.start()]}{number}{extension}"
    if _COUNTED.search(extension) and not last.endswith("9999"):
        yield f"{last[:-4]}{int(last[-4:]) + 1:04}"


def new_name_after(last: str) -> str:
    """Return a name after the last one that no message has ever had, nor its unique-id.

    The last message may have been deleted, and another process may deliver at the same moment.
    """
    plain = _OURS.sub("", last)
    name = name_after(plain)
    if os.fsencode(name) < os.fsencode(last):  # an underscore is behind any of our endings
        name = f"{plain}_{_FIRST}"
    return f"{name}-{os.urandom(8).hex()}"


def add_file(
    directory: int,
    message: Iterable[bytes],
    mode: int = PRIVATE_MODE,
    next_name: Callable[[str], str] = new_name_after,
) -> str:
    """Add a file to a folder as the last; return its name when it lasts.

    directory: a descriptor. next_name: makes a name of the last one. Raises OSError, and what the
    chunks raise; then nothing is left behind.
    """
    with DraftFile(directory, mode) as draft:  # not a message: it begins with a dot
        for chunk in message:
            draft.write(chunk)
        sync(draft.descriptor)
        names = list_names(directory)
        remove_abandoned_drafts(directory, names)
        last = max((name for name in names if name[0] != "."), key=os.fsencode, default="")
        name = next_name(last or _BEFORE_FIRST)
        draft.publish(name)
    sync(directory)
    return name


class Abandoned(Exception):
    """Nothing was added, because the caller no longer wants it."""


def add_message(folder: str, path: str, abandoned: Callable[[], bool] = lambda: False) -> str:
    """Copy a regular file of at most 8 GiB into the folder as its last message; return the name.

    It is the name after the last one, so a test knows it beforehand. No session sees a part of it.
    abandoned: called repeatedly; returns whether to give up. Raises OSError, or Abandoned; then
    nothing is left behind.
    """
    directory = PathLocation(folder).open()
    try:
        with RegularFile(path, MAX_ADDED_FILE) as source:
            mode = source.mode & PUBLIC_MODE | PRIVATE_MODE
            return add_file(directory, _wanted(source.pieces(), abandoned), mode, name_after)
    finally:
        close_all(directory)


def _wanted(pieces: Iterable[bytes], abandoned: Callable[[], bool]) -> Iterator[bytes]:
    for piece in pieces:
        if abandoned():
            raise Abandoned
        yield piece


def deliver_to_folder(location: Location, message: Iterable[bytes]) -> str:
    """Add a message to a folder; return its name. Raises OSError, and what the chunks raise."""
    directory = location.open()
    try:
        return add_file(directory, message)
    finally:
        close_all(directory)


def deliver_to_maildir(location: Location, message: Iterable[bytes]) -> str:
    """Add a message to a Maildir; return its unique name. Raises as deliver_to_folder does."""
    opened = [location.open()]
    try:
        for part in ("tmp", "new"):
            opened.append(_part(opened[0], part))
        _, drafts, new = opened
        remove_abandoned_drafts(drafts, list_names(drafts))
        with DraftFile(drafts, PRIVATE_MODE) as draft:
            for chunk in message:
                draft.write(chunk)
            sync(draft.descriptor)
            name = _unique_name()
            draft.publish(name, new)
        sync(new)
        return name
    finally:
        close_all(*opened)


def _part(root: int, name: str) -> int:
    """Open a folder of a Maildir, which is made if it is missing. Raises OSError."""
    try:
        return open_subfolder(root, name)
    except FileNotFoundError:
        os.mkdir(name, _MAILDIR_MODE, dir_fd=root)
        sync(root)
        return open_subfolder(root, name)


def make_mbox(location: Location) -> None:
    """Make an empty mbox file, unless somebody has made one. Raises OSError."""
    directory = location.open_folder()
    try:
        with suppress(FileExistsError):
            os.close(os.open(location.name, _CREATE, PRIVATE_MODE, dir_fd=directory))
        sync(directory)
    finally:
        close_all(directory)


def make_maildir(location: Location) -> None:
    """Make a Maildir, at once with its folders, unless somebody has made one. Raises OSError."""
    directory = location.open_folder()
    draft = f".pop3lab-{os.urandom(16).hex()}"
    parts = [draft, *(f"{draft}/{part}" for part in ("tmp", "new", "cur"))]
    try:
        for part in parts:
            os.mkdir(part, _MAILDIR_MODE, dir_fd=directory)
        made = open_subfolder(directory, draft)
        try:
            sync(made)  # else the folder of the first message might not last
        finally:
            os.close(made)
        try:
            os.rename(draft, location.name, src_dir_fd=directory, dst_dir_fd=directory)
        except OSError as error:
            for part in reversed(parts):
                os.rmdir(part, dir_fd=directory)
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise
        sync(directory)
    finally:
        close_all(directory)


_COUNT = count(1)


def _unique_name() -> str:
    """As the specification of Maildir recommends: time, process, count, chance, host."""
    seconds, microseconds = divmod(time.time_ns() // 1000, 1_000_000)
    host = re.sub(r"[^0-9A-Za-z.-]", "_", socket.gethostname()) or "localhost"
    unique = f"M{microseconds:06}P{os.getpid()}Q{next(_COUNT)}R{os.urandom(8).hex()}"
    return f"{seconds}.{unique}.{host}"
