"""Being told of changes in a folder, so that very many files need not be looked at anew."""

import os
from io import FileIO

_MODIFY, _ATTRIB, _CLOSE_WRITE = 0x2, 0x4, 0x8  # as in <sys/inotify.h>
_MOVED, _CREATE, _DELETE = 0xC0, 0x100, 0x200
_SELF = 0x400 | 0x800  # the folder itself is deleted or moved
_ANY_CHANGE = _MODIFY | _ATTRIB | _CLOSE_WRITE | _MOVED | _CREATE | _DELETE | _SELF


class Changes:
    """Of one folder at a time, in Linux; elsewhere there may always have been some.

    What is written through a memory map, or by another machine to a network file system, is not
    told: whoever relies on this must still look at a file before its content is taken for the same.
    """

    def __init__(self) -> None:
        self._events: FileIO | None = None
        self._folder: tuple[int, int] | None = None
        self._pin = -1  # the folder, so that no other gets its number while it is watched

    def none(self, directory: int) -> bool:
        """Whether this folder was asked about before, and nothing in it has changed since then."""
        status = os.fstat(directory)
        folder = status.st_dev, status.st_ino
        if folder == self._folder and self._events:
            return not self._drained(self._events)
        self._watch(directory)
        self._folder = folder
        return False

    def _drained(self, events: FileIO) -> bool:
        some = False
        while events.read(65_536):
            some = True
        return some

    def _watch(self, directory: int) -> None:
        self.close()
        try:
            self._events = FileIO(_inotify(f"/proc/self/fd/{directory}"))
            self._pin = os.open(".", os.O_PATH | os.O_CLOEXEC, dir_fd=directory)
        except (OSError, ImportError, AttributeError):
            self.close()

    def close(self) -> None:
        """Watch no more."""
        if self._events:
            self._events.close()
            self._events = None
        if self._pin >= 0:
            os.close(self._pin)
            self._pin = -1

    __del__ = close


def _inotify(path: str) -> int:
    """A descriptor from which events of this folder can be read. Raises OSError and others."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    descriptor: int = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    if descriptor < 0:
        raise OSError(ctypes.get_errno(), "inotify_init1")
    if libc.inotify_add_watch(descriptor, path.encode(), _ANY_CHANGE) < 0:
        os.close(descriptor)
        raise OSError(ctypes.get_errno(), "inotify_add_watch")
    return descriptor
