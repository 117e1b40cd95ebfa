"""Writes files that users name, safely even where others can write, too.

A file is created under an unguessable name, follows no link, and is moved into place when complete.
"""

import errno
import os
import stat
import sys
import time

from pop3lab.files.durable import sync
from pop3lab.files.reading import wrong_file_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

PUBLIC_MODE, PRIVATE_MODE = 0o666, 0o600  # modes, before the umask

_DRAFT = ".pop3lab-"  # followed by 32 hexadecimal digits
_ABANDONED = 36 * 3600  # seconds after which Maildirs are rid of drafts, too

if sys.platform != "win32":  # where the command does not run
    _FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC
    _CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class DraftFile:
    """A new file in a folder, as a context manager: removed at the end unless published.

    descriptor: of the file, for writing.
    """

    def __init__(self, folder: "str | int", mode: int) -> None:
        """folder: its path, or a descriptor of it. Raises OSError."""
        if isinstance(folder, int):
            self._directory = os.open(".", _FOLDER, dir_fd=folder)
        else:
            self._directory = os.open(folder or ".", _FOLDER)
        self._name = f"{_DRAFT}{os.urandom(16).hex()}"
        try:
            self.descriptor = os.open(self._name, _CREATE, mode, dir_fd=self._directory)
        except OSError:
            os.close(self._directory)
            raise

    def write(self, octets: bytes) -> None:
        """Write all octets. Raises OSError."""
        rest = memoryview(octets)
        while rest:
            rest = rest[os.write(self.descriptor, rest) :]

    def publish(self, name: str, directory: int | None = None) -> os.stat_result:
        """Give it its name. It replaces a regular file; for any other raises OSError.

        directory: a descriptor of another folder of the same file system, to move it there.
        """
        to = self._directory if directory is None else directory
        _refuse(name, to)
        os.rename(self._name, name, src_dir_fd=self._directory, dst_dir_fd=to)
        self._name = ""
        return os.fstat(self.descriptor)

    def __enter__(self) -> "DraftFile":
        return self

    def __exit__(
        self,
        kind: "type[BaseException] | None",
        error: "BaseException | None",
        trace: "TracebackType | None",
    ) -> None:
        try:
            if self._name:
                os.unlink(self._name, dir_fd=self._directory)
        except OSError:
            pass  # it was removed meanwhile
        finally:
            os.close(self.descriptor)
            os.close(self._directory)


def remove_abandoned_drafts(directory: int, names: "Iterable[str]") -> None:
    """Remove what writers that were killed have left, after a day and a half.

    directory: a descriptor. names: all that are there.
    """
    before = time.time() - _ABANDONED
    for name in names:
        if name.startswith(_DRAFT) and len(name) == len(_DRAFT) + 32:
            try:
                if os.stat(name, dir_fd=directory, follow_symlinks=False).st_mtime < before:
                    os.unlink(name, dir_fd=directory)
            except OSError:
                pass  # another writer has removed it


def write_whole(path: str, octets: bytes, mode: int = PUBLIC_MODE) -> os.stat_result:
    """Write a file, new or in place of a regular one, flushed; nobody ever reads half of it.

    Raises OSError, which names the path and says in a sentence what is refused.
    """
    folder, name = os.path.split(path)
    try:
        _refuse(path)
        with DraftFile(folder, mode) as draft:
            draft.write(octets)
            sync(draft.descriptor)
            return draft.publish(name)
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from None


def check_writable(path: str) -> None:
    """Raise the OSError that write_whole would, for what is there or a missing folder."""
    _refuse(path)
    if not os.path.isdir(os.path.dirname(path) or "."):
        raise FileNotFoundError(errno.ENOENT, "there is no folder for it: make that first", path)


def _refuse(path: str, directory: int | None = None) -> None:
    try:
        mode = os.stat(path, dir_fd=directory, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise wrong_file_type(path, mode, "a new or a regular file is written")
