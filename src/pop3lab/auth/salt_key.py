"""What SCRAM's salts are made of, kept in a file beside the users file.

A user whose keys are stored has the same salt after each start. Who doesn't exist must have, too,
or two starts tell the one from the other (RFC 5802 section 7).
"""

import errno
import os
import stat
from collections.abc import Callable

from pop3lab.core.errors import ConfigError

SIZE = 32  # octets
_SUFFIX = ".scram-key"
_TEMPORARY = 8  # octets of chance in the name that it has until it is whole


class SaltKey:
    """The key of one start: that of the file, which is made if it is not there.

    Once had, it stays: what is told to clients does not change while the server runs. Processes
    that are forked from this one have the same, file or not.
    """

    def __init__(self, users_file: str | None, *, make: bool = True) -> None:
        """users_file: its path; without one nothing is kept. make: whether a file may be made."""
        self._users_file = users_file
        self._make = make
        self._own = os.urandom(SIZE)
        self._kept: bytes | None = None

    def octets(self, tell: Callable[[str], None]) -> bytes:
        """The key. tell: told once, in a sentence, that it is this start's only.

        Raises ConfigError for a file that is there, and can't be such a key.
        """
        if self._kept is None:
            self._kept = self._first(tell)
        return self._kept

    def _first(self, tell: Callable[[str], None]) -> bytes:
        if self._users_file is None:
            return self._own
        path = self._users_file + _SUFFIX
        try:
            return _read(path, self._users_file) or self._new(path, self._users_file)
        except OSError as error:
            tell(
                f"{path}: {error.strerror}: what SCRAM says to unknown names changes with each"
                " start, which tells them from users; let the server make this file, once"
            )
            return self._own

    def _new(self, path: str, users_file: str) -> bytes:
        if self._make:
            return _made(path, users_file, self._own)
        if not os.access(os.path.dirname(path) or ".", os.W_OK | os.X_OK):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        return self._own


def _read(path: str, users_file: str) -> bytes | None:
    """The key, None if there is no file. Raises ConfigError, OSError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise ConfigError(f"{path}: this is a link: remove it for a new key") from None
    try:
        if flaw := _flaw(os.fstat(descriptor), os.stat(users_file)):
            raise ConfigError(f"{path}: {flaw}")
        octets = os.read(descriptor, SIZE + 1)
    finally:
        os.close(descriptor)
    if len(octets) != SIZE:
        raise ConfigError(f"{path}: a key has {SIZE} octets: remove it for a new one")
    return octets


def _flaw(status: os.stat_result, users: os.stat_result) -> str:
    if not stat.S_ISREG(status.st_mode):
        return "this is no file: remove it for a new key"
    if status.st_uid not in (0, os.geteuid(), users.st_uid):
        return "it is somebody else's: remove it for a new key"
    if status.st_mode & 0o077:
        return "others may read it: remove it for a new key, or chmod 600"
    return ""


def _made(path: str, users_file: str, octets: bytes) -> bytes:
    """Make the file whole, or not at all; who was faster has made the key. Raises OSError."""
    folder, name = os.path.split(path)
    there = os.open(folder or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    unfinished = f".{name}.{os.urandom(_TEMPORARY).hex()}"
    try:
        _write(unfinished, there, os.stat(users_file), octets)
        try:
            os.link(unfinished, name, src_dir_fd=there, dst_dir_fd=there)
        except FileExistsError:
            return _read(path, users_file) or octets
        finally:
            os.unlink(unfinished, dir_fd=there)
    finally:
        os.close(there)
    return octets


def _write(name: str, there: int, users: os.stat_result, octets: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with open(os.open(name, flags, 0o600, dir_fd=there), "wb") as file:
        try:
            if os.geteuid() == 0:  # whoever reads the users is to read the key, root gone
                os.fchown(file.fileno(), users.st_uid, users.st_gid)
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            os.unlink(name, dir_fd=there)
            raise
