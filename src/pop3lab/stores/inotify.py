"""Changes in folders since they were listed, by inotify and by the folders' times."""

import os
import time
from collections import deque
from collections.abc import Sequence
from functools import cached_property
from io import FileIO
from struct import Struct
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakSet

from pop3lab.stores.file_identity import TIMESTAMP_RESOLUTION_NS

if TYPE_CHECKING:
    from ctypes import CDLL


# One inotify instance for the whole process.

_MODIFY, _ATTRIB, _CLOSE_WRITE = 0x2, 0x4, 0x8  # as in <sys/inotify.h>
_MOVED, _CREATE, _DELETE = 0xC0, 0x100, 0x200
_SELF = 0x400 | 0x800  # the folder itself is deleted or moved
_ANY_CHANGE = _MODIFY | _ATTRIB | _CLOSE_WRITE | _MOVED | _CREATE | _DELETE | _SELF
_ONCE, _ONLY_FOLDERS = 0x8000_0000, 0x0100_0000
_OVERFLOW = 0x4000  # events were lost

_EVENT = Struct("=iIII")  # watch, what, cookie, octets of a name that follows
_OCTETS = 65_536  # of events that are read at a time


class ChangeFlag:
    """Whether some folders are unchanged, as far as inotify has reported."""

    __slots__ = ("__weakref__", "unchanged")

    def __init__(self) -> None:
        self.unchanged = True


class FolderWatcher:
    """Watches folders for all threads, as long as somebody keeps their ChangeFlag."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._events: FileIO | None = None
        self._watched: dict[int, WeakSet[ChangeFlag]] = {}
        self._dropped: deque[int] = deque()

    def watch(self, directories: Sequence[int], flag: ChangeFlag) -> list[int]:
        """Watch folders from now on. Return the watches, to be dropped with the flag.

        Raises OSError if one can't be watched: then the flag says that there may be changes.
        """
        with self._lock:
            self._drop()
            try:
                return [self._add(directory, flag) for directory in directories]
            except BaseException:
                flag.unchanged = False
                raise

    def read(self) -> None:
        """Read what has been reported until now, without waiting."""
        with self._lock:
            if self._events:
                self._read(self._events)

    def drop(self, watches: Sequence[int]) -> None:
        """Drop watches that nobody else has. May be called at any moment, in any thread."""
        self._dropped.extend(watches)
        if self._lock.acquire(blocking=False):  # else they are dropped with the next ones
            try:
                self._drop()
                if not self._watched:
                    self._close()
            finally:
                self._lock.release()

    def reset(self) -> None:
        """Start anew after a fork: the instance is the parent's."""
        self._lock = Lock()
        self._close()

    def _add(self, directory: int, flag: ChangeFlag) -> int:
        if self._events is None:
            self._events = FileIO(self._checked(self._libc.inotify_init1(_NOT_WAITING)))
        path = f"/proc/self/fd/{directory}".encode()
        mask = _ANY_CHANGE | _ONCE | _ONLY_FOLDERS
        watch = self._checked(self._libc.inotify_add_watch(self._events.fileno(), path, mask))
        self._watched.setdefault(watch, WeakSet()).add(flag)
        return watch

    @cached_property
    def _libc(self) -> "CDLL":
        """The C library. Raises OSError if it has no inotify."""
        try:
            import ctypes  # not without need

            libc = ctypes.CDLL(None, use_errno=True)
            libc.inotify_init1, libc.inotify_add_watch  # noqa: B018 - whether they are there
        except (ImportError, AttributeError) as error:
            raise OSError("there is no inotify") from error
        libc.inotify_add_watch.argtypes = ctypes.c_int, ctypes.c_char_p, ctypes.c_uint32
        return libc

    @staticmethod
    def _checked(answer: int) -> int:
        if answer < 0:
            import ctypes

            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return answer

    def _read(self, events: FileIO) -> None:
        try:
            while octets := events.read(_OCTETS):
                self._obey(octets)
                if events.closed:
                    return
        except OSError:
            self._close()

    def _obey(self, octets: bytes) -> None:
        at = 0
        while at < len(octets):
            watch, what, _, name = _EVENT.unpack_from(octets, at)
            at += _EVENT.size + name
            if what & _OVERFLOW:
                self._close()
                return
            for flag in self._watched.pop(watch, ()):
                flag.unchanged = False

    def _drop(self) -> None:
        while self._dropped:
            watch = self._dropped.popleft()
            if watch in self._watched and not self._watched[watch]:
                del self._watched[watch]
                if self._events:
                    self._libc.inotify_rm_watch(self._events.fileno(), watch)

    def _close(self) -> None:
        """Take every folder for changed, and end all watches."""
        for quiets in self._watched.values():
            for flag in quiets:
                flag.unchanged = False
        self._watched.clear()
        if self._events:
            self._events.close()
            self._events = None


_NOT_WAITING = os.O_NONBLOCK | getattr(os, "O_CLOEXEC", 0)

WATCHER = FolderWatcher()  # of the process
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=WATCHER.reset)


class _Stamp(NamedTuple):
    device: int
    inode: int
    mtime_ns: int
    ctime_ns: int


class FolderChanges:
    """Tells whether some open folders have changed since this was created, before listing them.

    Without `watch` it compares the folders' times: they show names that have come or gone, not
    files whose content has changed.
    """

    _flag: ChangeFlag | None = None
    _watches: Sequence[int] = ()

    def __init__(self, directories: Sequence[int]) -> None:
        """Raises OSError."""
        self._stamps = _stamps(directories)
        youngest = max(stamp.ctime_ns for stamp in self._stamps)
        # Else the next change may leave the same times.
        self._reliable = youngest < time.time_ns() - TIMESTAMP_RESOLUTION_NS

    def watch(self, directories: Sequence[int]) -> None:
        """Watch these same folders by inotify, in Linux; list them after this.

        Writes through a memory map, through a file's name elsewhere, or by another machine to a
        network file system are not reported: look at a file before taking its content for the
        same.
        """
        flag = ChangeFlag()
        try:
            self._watches = WATCHER.watch(directories, flag)
        except OSError:  # too many are watched already, or there is no such thing
            return
        self._flag = flag

    @property
    def watched(self) -> bool:
        """Whether changed contents are noticed, too."""
        return self._flag is not None

    def nothing_changed(self, directories: Sequence[int]) -> bool:
        """Tell whether these folders have the same names, and if watched the same contents.

        Raises OSError.
        """
        if _stamps(directories) != self._stamps:
            return False
        if self._flag is None:
            return self._reliable
        WATCHER.read()
        return self._flag.unchanged

    def __del__(self) -> None:
        self._flag = None
        WATCHER.drop(self._watches)


def _stamps(directories: Sequence[int]) -> list[_Stamp]:
    return [_stamp(os.fstat(directory)) for directory in directories]


def _stamp(status: os.stat_result) -> _Stamp:
    return _Stamp(status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns)
