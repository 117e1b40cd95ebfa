"""A server to which a reply refers, and which nobody should ever connect to."""

import socket
from types import TracebackType
from typing import Self


class Elsewhere:
    """Counts the connections, and answers none. It listens as soon as its address is asked for."""

    def __init__(self) -> None:
        self._listener: socket.socket | None = None

    @property
    def url(self) -> str:
        """Its address."""
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", 0))
            self._listener.setblocking(False)
        return f"pop://127.0.0.1:{self._listener.getsockname()[1]}/"

    @property
    def connections(self) -> int:
        """How many there were since this was asked for the last time."""
        many = 0
        while self._listener is not None:
            try:
                self._listener.accept()[0].close()
            except BlockingIOError:
                break
            many += 1
        return many

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._listener is not None:
            self._listener.close()
