"""Reads regular files of limited size."""

import errno
import os
import stat
import sys
from collections.abc import Iterator
from io import FileIO

_NAMES = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISLNK, "a link"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_CODES = {"a folder": errno.EISDIR, "a link": errno.ELOOP}


def wrong_file_type(path: str, mode: int, only: str) -> OSError:
    """Return the error for a file of this mode. only: as in "regular files are read"."""
    kind = next((name for is_that, name in _NAMES if is_that(mode)), "no regular file")
    return OSError(_CODES.get(kind, errno.EINVAL), f"it is {kind}, and only {only}", path)


_KIB, MIB, GIB = 1024, 1024**2, 1024**3  # octets
MAX_LIST_FILE = 256 * MIB  # transcripts, users, tokens: files that grow
MAX_CONFIG_FILE = 16 * MIB  # TOML, keys: files written by hand
MAX_MESSAGE_FILE = GIB  # a message held in memory
READ_SIZE = 262_144  # octets of a maildrop read at a time

if sys.platform == "win32":
    _OPEN = os.O_RDONLY | os.O_BINARY | os.O_NOINHERIT
else:
    _OPEN = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC  # a pipe must not block
_PIECE = MIB


class RegularFile:
    """An open regular file, read up to the size that it had when opened.

    A context manager closes it. size: octets. mode: permissions.
    """

    def __init__(self, path: str, most: int) -> None:
        """most: octets that it may have. Raises OSError, which says what is refused."""
        self._path = path
        if "\0" in path:  # Python would raise another error
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        descriptor = os.open(path, _OPEN)
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > most:
            os.close(descriptor)
            raise _refused(path, status, most)
        self._file = FileIO(descriptor)
        self.size = status.st_size
        self.mode = stat.S_IMODE(status.st_mode)

    def pieces(self) -> Iterator[bytes]:
        """Yield all of it. Raises OSError, also if it grows or shrinks meanwhile."""
        left = self.size
        while piece := self._file.read(min(_PIECE, left + 1)):
            left -= len(piece)
            if left < 0:
                break
            yield piece
        if left:
            raise OSError(errno.ESTALE, "it changed while it was being read: try again", self._path)

    def __enter__(self) -> "RegularFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _refused(path: str, status: os.stat_result, most: int) -> OSError:
    if not stat.S_ISREG(status.st_mode):
        return wrong_file_type(path, status.st_mode, "regular files are read")
    unit, octets = next((u, o) for u, o in (("GiB", GIB), ("MiB", MIB), ("KiB", _KIB)) if most >= o)
    allowed = f"{most / octets:g} {unit}"
    return OSError(
        errno.EFBIG, f"it has {status.st_size} octets, and at most {allowed} are read", path
    )


def read_whole(path: str, most: int) -> bytes:
    """Read a regular file of at most so many octets. Raises OSError."""
    with RegularFile(path, most) as file:
        return b"".join(file.pieces())


def check_readable(path: str, most: int) -> None:
    """Raise the OSError that read_whole would, for a file that is read later."""
    RegularFile(path, most).__exit__()
