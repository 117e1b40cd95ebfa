"""A listening socket with a path, for programs of this machine."""

import errno
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from pop3lab.transport.listen import BACKLOG

_ANYBODY = 0o666  # of this machine, as at a port; the mode of its folder may keep others out


@contextmanager
def listening_at(path: str) -> Iterator[socket.socket]:
    """Listen at a path; it is removed at the end. Raises OSError, which names the path.

    A socket that a killed server has left there is replaced.
    """
    _remove_left_over(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        try:
            listener.bind(path)
            os.chmod(path, _ANYBODY)
            listener.listen(BACKLOG)
        except OSError as error:
            raise OSError(error.errno, error.strerror, path) from None
        mine = os.lstat(path)
        yield listener
        with suppress(OSError):
            if os.path.samestat(mine, os.lstat(path)):
                os.unlink(path)
    finally:
        listener.close()


def _remove_left_over(path: str) -> None:
    """Raises OSError if something else is there, or a server that listens."""
    try:
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            raise OSError(errno.EEXIST, "it is there already, and is no socket", path)
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        try:
            client.connect(path)
        except ConnectionRefusedError:
            os.unlink(path)
            return
    raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE), path)
