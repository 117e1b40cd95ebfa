"""Lock an mbox file for a short time as Debian's programs do: by fcntl and by a dotlock.

Debian Policy 11.6: first fcntl, then the dotlock, neither waited for while the other is held. By
lockfile_create(3) a dotlock is stale if the process that it names is gone, or if it names none and
is five minutes old. One of ours is stale whenever we find it, for whoever holds the fcntl lock
holds the dotlock or is about to make it. If none can be made, for lack of space or permission,
fcntl alone must do, as for other programs.
"""

import errno
import os
import socket
import stat
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from pop3lab.core.errors import MaildropBusy, StoreFailed
from pop3lab.stores.mbox.sidecar import UNWRITABLE
from pop3lab.stores.posix import O_NOFOLLOW, fcntl

_STALE = 300  # seconds
_OURS = "pop3lab"
_PAUSE = 0.05  # seconds between two tries
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
# The sticky bit, which means nothing here, marks ours if there was no room for its text.
_MODE = stat.S_ISVTX | 0o644
# In Linux, a lock of the open file description: it excludes locks of lockf, but closing another
# descriptor of the same file does not release it.
_OPEN_FILE = getattr(fcntl, "F_OFD_SETLK", None)


@contextmanager
def lock_mbox(directory: int, name: str, descriptor: int, seconds: float) -> Iterator[None]:
    """Hold both locks, so that other programs leave the file alone.

    descriptor: of the file, open for writing. seconds: to wait at most.
    Raises MaildropBusy if others hold a lock for longer, StoreFailed.
    """
    made: list[bool] = []
    _wait(lambda: _lock(directory, name, descriptor, made), seconds)
    try:
        yield
    finally:
        _release(directory, name, descriptor, made)


def _wait(lock: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    try:
        while not lock():
            if time.monotonic() >= until:
                raise MaildropBusy("maildrop is in use by another program")
            time.sleep(_PAUSE)
    except OSError as error:
        raise StoreFailed("the maildrop can't be locked") from error


def _lock(directory: int, name: str, descriptor: int, made: list[bool]) -> bool:
    """Try both locks; tell whether they are held. made: gets an entry if a dotlock was made."""
    if not _lock_by_fcntl(descriptor):
        return False
    got = False
    try:
        got = _make_dotlock(directory, _dotlock(name), made)
    finally:
        if not got:
            _release(directory, name, descriptor, made)
    return got


def _release(directory: int, name: str, descriptor: int, made: list[bool]) -> None:
    if made:
        with suppress(OSError):
            os.unlink(_dotlock(name), dir_fd=directory)
        made.clear()
    _unlock(descriptor)


def _lock_by_fcntl(descriptor: int) -> bool:
    try:
        _set(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES):
            return False
        raise
    return True


def _unlock(descriptor: int) -> None:
    with suppress(OSError):
        _set(descriptor, fcntl.LOCK_UN)


def _set(descriptor: int, how: int) -> None:
    if _OPEN_FILE is None:
        fcntl.lockf(descriptor, how)
        return
    kind = fcntl.F_UNLCK if how == fcntl.LOCK_UN else fcntl.F_WRLCK
    whole = struct.pack("hhqqi4x", kind, os.SEEK_SET, 0, 0, 0)  # struct flock
    fcntl.fcntl(descriptor, _OPEN_FILE, whole)


def _dotlock(name: str) -> str:
    return f"{name}.lock"


def _make_dotlock(directory: int, name: str, made: list[bool]) -> bool:
    """Make a dotlock by a link, so that it always has its content. False if there is one."""
    _remove_stale(directory, name)
    draft = f".{name}.pop3lab-new"
    try:
        _write(directory, draft)
    except OSError as error:
        if error.errno in UNWRITABLE:
            return not _is_there(directory, name)
        raise
    try:
        os.link(draft, name, src_dir_fd=directory, dst_dir_fd=directory)
        made.append(True)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in (*UNWRITABLE, errno.EMLINK, errno.ENOTSUP):
            raise
        return not _is_there(directory, name)
    finally:
        os.unlink(draft, dir_fd=directory)
    return True


def _is_there(directory: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _write(directory: int, draft: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(draft, dir_fd=directory)  # left by a killed process
    descriptor = os.open(draft, _CREATE, _MODE, dir_fd=directory)
    try:
        os.write(descriptor, f"{os.getpid()}:{socket.gethostname()}\n{_OURS}\n".encode())
    except OSError as error:
        if error.errno not in UNWRITABLE:
            raise  # an empty one is a lock, too
    finally:
        os.close(descriptor)


def _remove_stale(directory: int, name: str) -> None:
    with suppress(FileNotFoundError, PermissionError):
        status = os.stat(name, dir_fd=directory, follow_symlinks=False)
        if _is_stale(status, _content(directory, name)):
            again = os.stat(name, dir_fd=directory, follow_symlinks=False)
            if os.path.samestat(status, again):
                os.unlink(name, dir_fd=directory)


def _content(directory: int, name: str) -> list[str]:
    """Return the lines of a dotlock; none if it is unreadable. Raises FileNotFoundError."""
    try:
        descriptor = os.open(name, _READ, dir_fd=directory)
    except FileNotFoundError:
        raise
    except OSError:
        return []
    try:
        return os.read(descriptor, 300).decode("utf-8", "replace").strip("\0\n ").split("\n")
    finally:
        os.close(descriptor)


def _is_stale(status: os.stat_result, lines: list[str]) -> bool:
    if _OURS in lines or status.st_mode & stat.S_ISVTX:
        return True
    process = _process(lines[0] if lines else "")
    if process is None:
        return time.time() >= status.st_mtime + _STALE
    return not _lives(process)


def _process(line: str) -> int | None:
    """Return the process of this machine that `PID`, or Dovecot's `PID:HOST`, names."""
    number, _, host = line.partition(":")
    if not number.isdecimal() or len(number) > 9 or host not in ("", socket.gethostname()):
        return None
    return int(number) or None


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
