"""Clients that pipeline again and again."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

_MANY = 2000  # lines sent at once
_SECONDS = 20.0


class _Client:
    """Sends many lines at once, reads the answers, and does so until the server has gone."""

    def __init__(self, port: int) -> None:
        self.answered = Event()
        self._socket = socket.create_connection(("127.0.0.1", port), _SECONDS)
        self._thread = Thread(target=self._work, daemon=True)
        self._thread.start()

    def _work(self) -> None:
        with suppress(OSError), self._socket.makefile("rb") as answers:
            answers.readline()
            while True:
                self._socket.sendall(b"NOOP\r\n" * _MANY)
                for _ in range(_MANY):
                    if not answers.readline():
                        return
                    self.answered.set()

    def close(self) -> None:
        """Back when the thread has ended."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(_SECONDS)
        self._socket.close()


@contextmanager
def flooded(port: int, clients: int = 3) -> Iterator[None]:
    """Meanwhile so many clients pipeline; each has had an answer."""
    floods = [_Client(port) for _ in range(clients)]
    try:
        for flood in floods:
            assert flood.answered.wait(_SECONDS)
        yield
    finally:
        for flood in floods:
            flood.close()
