"""An mbox file that is open for a session, and comparisons with what it was at login."""

import os
import stat
from collections.abc import Collection, Sequence
from threading import Lock
from typing import NamedTuple

from pop3lab.core.errors import MaildropBusy, StoreFailed
from pop3lab.stores.file_identity import close_all
from pop3lab.stores.location import Location
from pop3lab.stores.mbox.index import (
    MAX_FROM_LINE,
    Region,
    digest_of,
    index_mbox,
    is_from_line,
    read_span,
)
from pop3lab.stores.posix import O_NOFOLLOW, fcntl

_OPEN = os.O_RDWR | O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_TRIES = 5  # to open and lock a file that is being replaced
_BUSY = "maildrop is in use by another session"

_Place = tuple[int, int, str]  # device and inode of the folder, and the name


class _Sessions:
    """The files that this process has open.

    On systems where fcntl locks belong to the process, opening and closing a file a second time
    would release the lock that a session may have on it.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._places: set[_Place] = set()

    def begin(self, place: _Place) -> None:
        """Begin a session. Raises MaildropBusy."""
        with self._lock:
            if place in self._places:
                raise MaildropBusy(_BUSY)
            self._places.add(place)

    def end(self, place: _Place) -> None:
        """End a session."""
        with self._lock:
            self._places.discard(place)


_SESSIONS = _Sessions()


class MboxFile(NamedTuple):
    """An open mbox file, in its open folder; locked, if it is for a session."""

    directory: int
    name: str
    descriptor: int
    place: _Place | None  # of a session

    def is_there(self) -> bool:
        """Tell whether it is still the file of this name. Raises OSError."""
        try:
            named = os.stat(self.name, dir_fd=self.directory, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return os.path.samestat(named, os.fstat(self.descriptor))

    def close(self) -> None:
        """Close the file, which ends the session."""
        try:
            close_all(self.descriptor, self.directory)
        finally:
            if self.place:
                _SESSIONS.end(self.place)


def open_for_delivery(location: Location) -> MboxFile:
    """Open the file, whoever has a session on it. Raises OSError, StoreFailed."""
    directory = location.open_folder()
    opened = [directory]
    try:
        opened.append(os.open(location.name, _OPEN, dir_fd=directory))
        _check_regular(opened[1])
        location.check_file(*opened)
    except BaseException:
        close_all(*opened)
        raise
    return MboxFile(directory, location.name, opened[1], None)


def open_for_session(location: Location) -> MboxFile:
    """Open the file. No other session can open it until it is closed or its process ends.

    Raises MaildropBusy, StoreFailed.
    """
    try:
        directory = location.open_folder()
    except OSError as error:
        raise StoreFailed("the maildrop can't be opened") from error
    try:
        file = _in(directory, location.name)
        try:
            location.check_file(directory, file.descriptor)
        except BaseException:
            if file.place:
                _SESSIONS.end(file.place)
            os.close(file.descriptor)
            raise
    except BaseException as error:
        os.close(directory)
        if isinstance(error, OSError):
            raise StoreFailed("the maildrop can't be opened") from error
        raise
    return file


def _in(directory: int, name: str) -> MboxFile:
    status = os.fstat(directory)
    place = status.st_dev, status.st_ino, name
    _SESSIONS.begin(place)
    try:
        return _locked(directory, name, place)
    except BaseException:
        _SESSIONS.end(place)
        raise


def _locked(directory: int, name: str, place: _Place) -> MboxFile:
    for _ in range(_TRIES):
        file = MboxFile(directory, name, os.open(name, _OPEN, dir_fd=directory), place)
        try:
            _lock(file.descriptor)
            if file.is_there():
                return file
        except (OSError, MaildropBusy, StoreFailed):
            os.close(file.descriptor)
            raise
        os.close(file.descriptor)
    raise MaildropBusy(_BUSY)


def _check_regular(descriptor: int) -> None:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise StoreFailed("the maildrop is not an mbox file")


def _lock(descriptor: int) -> None:
    _check_regular(descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise MaildropBusy(_BUSY) from error


# Comparing the file with what it was at login.

_READ = os.O_RDONLY | O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def appended_after(descriptor: int, regions: Sequence[Region]) -> int | None:
    """Return where mail appended since begins; None if the file has changed in another way.

    Each message must be there as it was. What was appended may begin with the empty line that the
    last one lacked. Raises OSError.
    """
    try:
        for region in regions:
            if digest_of(read_span(descriptor, region.start, region.end)) != region.digest:
                return None
    except StoreFailed:
        return None  # shortened
    end = regions[-1].end
    octets = os.pread(descriptor, MAX_FROM_LINE + 100, end)
    message = octets.lstrip(b"\r\n")
    if message and not is_from_line(message.partition(b"\n")[0]):
        return None
    return end + len(octets) - len(message)


def contains_only(
    directory: int, name: str, keys: Collection[str], *, at_most: int | None = None
) -> bool:
    """Tell whether the file has no other messages than of these keys.

    at_most: octets of a file that is searched; for a longer one the answer is no.
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
        regions = index_mbox(descriptor, size)
    finally:
        os.close(descriptor)
    return all(region.key in keys for region in regions)
