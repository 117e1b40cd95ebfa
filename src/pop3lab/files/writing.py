"""Writes files that users name, safely even where others can write, too.

A file is created under an unguessable name, follows no link, and is moved into place when complete.
"""

import errno
import os
import stat
import sys

from pop3lab.files.durable import sync
from pop3lab.files.reading import wrong_file_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

PUBLIC_MODE, PRIVATE_MODE = 0o666, 0o600  # modes, before the umask

if sys.platform != "win32":  # where the command does not run
    _FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC
    _CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class DraftFile:
    """A new file in a folder, as a context manager: removed at the end unless published.

    descriptor: of the file, for writing.
    """

    def __init__(self, folder: str, mode: int) -> None:
        """Raises OSError."""
        self._directory = os.open(folder or ".", _FOLDER)
        self._name = f".pop3lab-{os.urandom(16).hex()}"
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

    def publish(self, name: str) -> os.stat_result:
        """Give it its name. It replaces a regular file; for any other raises OSError."""
        _refuse(name, self._directory)
        os.rename(self._name, name, src_dir_fd=self._directory, dst_dir_fd=self._directory)
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
