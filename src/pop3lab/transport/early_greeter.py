"""Greets clients while the rest of the server is still being imported.

What is imported here is imported before the port line: nothing heavy.
"""

import _socket
import _thread
import os
import select
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_MOST = 64  # clients that are greeted early; more wait in the backlog
_MANY = 1000  # files in a folder: more take longer, for each client, than greeting early saves
_SWITCH = 0.0005  # seconds after which an import lets the greeter run


class EarlyClient:
    """A client that has had its greeting, and has to be served.

    timestamp: the one in the greeting; empty if there was none. files: the names and sizes of the
    files in the folder when the client was greeted; None if nobody asked for them.
    """

    __slots__ = ("address", "connection", "files", "timestamp")

    def __init__(
        self,
        connection: _socket.socket,
        address: tuple[str, int],
        timestamp: str,
        files: "dict[str, int] | None",
    ) -> None:
        self.connection = connection
        self.address = address
        self.timestamp = timestamp
        self.files = files


class EarlyGreeter:
    """Accepts clients on one socket and greets them, in a thread, until it is stopped.

    listener: listens already. greet: makes a greeting and its timestamp, given the number of the
    client. folder: the folder whose files are noted before each greeting. most: how many may be
    connected at once; 0 for no limit.
    """

    def __init__(
        self,
        listener: _socket.socket,
        greet: "Callable[[int], tuple[bytes, str]]",
        *,
        folder: str | None = None,
        most: int = 0,
    ) -> None:
        self._listener = listener
        self._greet = greet
        self._folder = folder
        self._most = min(most or _MOST, _MOST)
        self._clients: list[EarlyClient] = []
        self._woken, self._wake = os.pipe()
        self._highest = max(self._woken, self._wake)  # of the descriptors seen so far
        self._ended = _thread.allocate_lock()
        self._interval = sys.getswitchinterval()

    def start(self) -> None:
        """Greet from now on."""
        self._listener.setblocking(False)
        self._ended.acquire()
        sys.setswitchinterval(_SWITCH)
        _thread.start_new_thread(self._run, ())

    def stop(self) -> list[EarlyClient]:
        """Greet no more; return those who were greeted, in the order in which they came."""
        os.write(self._wake, b".")
        self._ended.acquire()
        os.close(self._wake)
        os.close(self._woken)
        sys.setswitchinterval(self._interval)
        return self._clients

    def _run(self) -> None:
        try:
            self._greet_all()
        except OSError:
            pass  # as descriptors may be exhausted: the server finds the same, and tells
        finally:
            self._ended.release()

    def _greet_all(self) -> None:
        poll = select.poll()
        poll.register(self._listener.fileno(), select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        spared = _first_spared()
        while len(self._clients) < self._most and self._highest + 1 < spared:
            ready = [descriptor for descriptor, _ in poll.poll()]
            if self._woken in ready:
                return
            self._accept()

    def _accept(self) -> None:
        # Where that fails, as a file goes meanwhile, the client stays in the backlog.
        files = _files_in(self._folder) if self._folder is not None else None
        try:
            descriptor, address = self._listener._accept()  # type: ignore[attr-defined]
        except (BlockingIOError, InterruptedError, ConnectionError):
            return  # the client is gone again
        self._highest = max(self._highest, descriptor)
        connection = _socket.socket(fileno=descriptor)
        connection.setblocking(False)
        connection.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
        line, timestamp = self._greet(len(self._clients) + 1)
        try:
            connection.send(line)
        except OSError:
            connection.close()
            return
        self._clients.append(EarlyClient(connection, address[:2], timestamp, files))


def _first_spared() -> int:
    """Return the first descriptor that no client gets: the server is not imported without any."""
    most = os.sysconf("SC_OPEN_MAX")
    return most // 2 if most > 0 else sys.maxsize


def has_many_files(folder: str) -> bool:
    """Whether listing the folder before each greeting takes too long. Raises OSError."""
    with os.scandir(folder) as entries:
        return any(place >= _MANY for place, _ in enumerate(entries))


def _files_in(folder: str) -> dict[str, int]:
    """Return the sizes of the regular files, by name."""
    with os.scandir(folder) as entries:
        return {
            entry.name: entry.stat(follow_symlinks=False).st_size
            for entry in entries
            if entry.is_file(follow_symlinks=False)
        }
