"""Files written while things happen: private ones of our own, a pipe, or a device.

They contain what others wrote in mails: a new file is readable by its owner only, and an existing
one must be the owner's.
"""

import errno
import os
import re
import stat
import sys
from io import TextIOWrapper

from pop3lab.files.reading import wrong_file_type
from pop3lab.files.writing import PRIVATE_MODE

_OURS = re.compile(r"/dev/(?:std(in|out|err)|fd/([0-9]{1,9}))|/proc/self/fd/([0-9]{1,9})")
_STANDARD = {"in": 0, "out": 1, "err": 2}
_ONLY = "a new or a regular file, a pipe or a terminal is written"


class OutputStream(TextIOWrapper):
    """A file to write to. Its old content stays until empty().

    A new file has the mode 0600. An existing one must be a pipe, a character device, or a regular
    file of ours without hard links. Links are refused, except those in /dev that name an open
    descriptor.
    """

    def __init__(
        self, path: str, *, wait_for_reader: bool = False, encoding: str = "ascii"
    ) -> None:
        """wait_for_reader: wait until somebody reads the pipe. Raises OSError."""
        ours = _OURS.fullmatch(path)
        self._shared = ours is not None
        descriptor = _again(path, ours) if ours else _opened(path, wait_for_reader)
        octets = open(descriptor, "wb")  # noqa: SIM115 - closed with this one
        super().__init__(octets, encoding, "backslashreplace", newline="\n")

    def empty(self) -> None:
        """Remove the old content, unless the file is shared. Raises OSError."""
        if not self._shared and stat.S_ISREG(os.fstat(self.fileno()).st_mode):
            self.truncate(0)


def check_stream(path: str) -> None:
    """Raise the OSError that OutputStream would, for what is there."""
    if not _OURS.fullmatch(path) and os.path.lexists(path):
        _refuse(path, os.lstat(path))


def _again(path: str, ours: re.Match[str]) -> int:
    """Duplicate the descriptor: a socket can't be opened by name, and a file keeps its offset."""
    standard, *numbers = ours.groups()
    number = _STANDARD[standard] if standard else int(next(filter(None, numbers)))
    try:
        return os.dup(number)
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from None


if sys.platform == "win32":

    def _opened(path: str, wait_for_reader: bool) -> int:
        """A regular file: the folder says who may read a new one."""
        if os.path.lexists(path) and not stat.S_ISREG(os.lstat(path).st_mode):
            raise wrong_file_type(path, os.lstat(path).st_mode, _ONLY)
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_BINARY | os.O_NOINHERIT)

else:
    _OPEN = os.O_WRONLY | os.O_NOFOLLOW | os.O_NOCTTY | os.O_CLOEXEC

    def _opened(path: str, wait_for_reader: bool) -> int:
        descriptor = _created(path, wait_for_reader)
        try:
            _refuse(path, os.fstat(descriptor))
            os.set_blocking(descriptor, True)
        except OSError:
            os.close(descriptor)
            raise
        return descriptor

    def _created(path: str, wait_for_reader: bool) -> int:
        try:
            return os.open(path, _OPEN | os.O_CREAT | os.O_NONBLOCK, PRIVATE_MODE)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENXIO):
                _refuse(path, os.lstat(path))  # a link; a socket
            if error.errno == errno.ENXIO and wait_for_reader:
                return os.open(path, _OPEN)  # a pipe: its reader may be about to come
            raise


def _refuse(path: str, status: os.stat_result) -> None:
    if stat.S_ISFIFO(status.st_mode) or stat.S_ISCHR(status.st_mode):
        return
    if not stat.S_ISREG(status.st_mode):
        raise wrong_file_type(path, status.st_mode, _ONLY)
    if status.st_uid != os.geteuid():
        raise OSError(errno.EPERM, "it belongs to another user", path)
    if status.st_nlink > 1:
        raise OSError(errno.EMLINK, "it has another name, too: it is a hard link", path)
