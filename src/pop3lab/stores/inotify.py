"""Changes in folders as Linux reports them by inotify: one instance for the whole process."""

import os
import sys
from collections import deque
from collections.abc import Iterable, Mapping
from functools import cached_property
from io import FileIO
from struct import Struct
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakSet

if TYPE_CHECKING:
    from ctypes import CDLL

_MODIFY, _ATTRIB, _CLOSE_WRITE = 0x2, 0x4, 0x8  # as in <sys/inotify.h>
_MOVED, _CREATE, _DELETE = 0xC0, 0x100, 0x200
_SELF = 0x400 | 0x800  # the folder itself is deleted or moved
_ANY_CHANGE = _MODIFY | _ATTRIB | _CLOSE_WRITE | _MOVED | _CREATE | _DELETE | _SELF
_ONLY_FOLDERS = 0x0100_0000
_OVERFLOW = 0x4000  # events were lost
_UNMOUNTED, _ENDED = 0x2000, 0x8000
_NO_MORE = _SELF | _UNMOUNTED | _ENDED  # what happens there next is not reported

_EVENT = Struct("=iIII")  # watch, what, cookie, octets of a name that follows
_OCTETS = 65_536  # of events that are read at a time
_FEW_NAMES = 1000  # of changed files that are kept, at least

# File systems whose every change passes through this kernel, under the name that is watched. The
# rest, network, overlay and FUSE among them, can be changed from elsewhere.
_LOCAL = {
    0xEF53,  # ext2, ext3, ext4
    0x58465342,  # XFS
    0x9123683E,  # Btrfs
    0x01021994,  # tmpfs
    0x858458F6,  # ramfs
    0xF2F52010,  # F2FS
    0x2FC12FC1,  # ZFS
    0xCA451A4E,  # bcachefs
    0x3153464A,  # JFS
}


class ChangeLog:
    """What has changed in some folders since they are watched, as far as inotify has reported.

    names: of what has changed in a folder, behind the folder's prefix. most: names that are kept.
    complete: whether there is no other change.
    """

    __slots__ = ("__weakref__", "complete", "most", "names", "prefixes")

    def __init__(self) -> None:
        self.complete = True
        self.most = _FEW_NAMES
        self.names: set[str] = set()
        self.prefixes: dict[int, str] = {}  # by watch


class FolderWatcher:
    """Watches folders for all threads, as long as somebody keeps their ChangeLog."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._events: FileIO | None = None
        self._buffer = bytearray(_OCTETS)
        self._watched: dict[int, WeakSet[ChangeLog]] = {}
        self._dropped: deque[int] = deque()

    def watch(self, folders: Mapping[str, int], log: ChangeLog) -> None:
        """Watch folders from now on. folders: descriptors by prefix.

        The log has the watches, which are to be dropped with it. Raises OSError if one can't be
        watched, or if not all of its changes would be reported: then the log is not complete, and
        none of the folders is watched for it.
        """
        with self._lock:
            self._drop()
            try:
                for prefix, directory in folders.items():
                    self._add(prefix, directory, log)
            except BaseException:
                self._give_up(log)
                raise

    def unchanged(self, log: ChangeLog) -> bool:
        """Tell whether nothing has changed until now. This does not wait."""
        with self._lock:
            self._read()
            return log.complete and not log.names

    def take(self, log: ChangeLog) -> Iterable[str] | None:
        """Return the names of what has changed, and forget them; None if there may be more."""
        with self._lock:
            self._read()
            if not log.complete:
                return None
            names, log.names = log.names, set()
            return names

    def drop(self, watches: Iterable[int]) -> None:
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

    def _add(self, prefix: str, directory: int, log: ChangeLog) -> None:
        self._check_local(directory)
        if self._events is None:
            self._events = FileIO(self._checked(self._libc.inotify_init1(_NOT_WAITING)))
        path = f"/proc/self/fd/{directory}".encode()
        mask = _ANY_CHANGE | _ONLY_FOLDERS
        watch = self._checked(self._libc.inotify_add_watch(self._events.fileno(), path, mask))
        if watch in log.prefixes:
            raise OSError("one folder has two names")
        log.prefixes[watch] = prefix
        self._watched.setdefault(watch, WeakSet()).add(log)

    def _check_local(self, directory: int) -> None:
        import ctypes

        status = ctypes.create_string_buffer(256)  # a struct statfs begins with the type
        self._checked(self._libc.fstatfs(directory, status))
        octets = ctypes.sizeof(ctypes.c_long)
        if int.from_bytes(status.raw[:octets], sys.byteorder) & 0xFFFF_FFFF not in _LOCAL:
            raise OSError("not all changes on this file system are reported")

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

    def _read(self) -> None:
        try:
            while self._events and (octets := self._events.readinto(self._buffer)):
                self._obey(octets)
        except OSError:
            self._close()

    def _obey(self, octets: int) -> None:
        at = 0
        while at < octets:
            watch, what, _, length = _EVENT.unpack_from(self._buffer, at)
            at += _EVENT.size + length
            if what & _OVERFLOW:
                self._close()
                return
            if watch in self._watched:
                name = self._buffer[at - length : at].rstrip(b"\0")
                self._note(watch, what, os.fsdecode(bytes(name)))

    def _note(self, watch: int, what: int, name: str) -> None:
        for log in [*self._watched[watch]]:
            if what & _NO_MORE or len(log.names) >= log.most:
                self._give_up(log)
            elif name:
                log.names.add(log.prefixes[watch] + name)
        if what & (_UNMOUNTED | _ENDED):
            self._watched.pop(watch, None)  # the system has removed it

    def _give_up(self, log: ChangeLog) -> None:
        """Take the folders for changed, whatever happens next: it need not be reported."""
        log.complete = False
        log.names.clear()
        for watch in log.prefixes:
            if watch in self._watched:
                self._watched[watch].discard(log)
                self._remove_if_unused(watch)

    def _drop(self) -> None:
        while self._dropped:
            self._remove_if_unused(self._dropped.popleft())

    def _remove_if_unused(self, watch: int) -> None:
        if watch in self._watched and not self._watched[watch]:
            del self._watched[watch]
            if self._events:
                self._libc.inotify_rm_watch(self._events.fileno(), watch)

    def _close(self) -> None:
        """Take every folder for changed, and end all watches."""
        for logs in self._watched.values():
            for log in logs:
                log.complete = False
                log.names.clear()
        self._watched.clear()
        if self._events:
            self._events.close()
            self._events = None


_NOT_WAITING = os.O_NONBLOCK | getattr(os, "O_CLOEXEC", 0)

WATCHER = FolderWatcher()  # of the process
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=WATCHER.reset)
