"""Octets of a file that are on their way to a socket."""

import os
from _socket import socket

from pop3lab.core.actions import OpenFile

_MOST = 1_048_576  # octets at once: others are to have their turn

SENDS_FILES = hasattr(os, "sendfile")  # or they are read


class FilePart:
    """So many octets of a file, from its beginning; fewer as they are sent."""

    __slots__ = ("_at", "_end", "_file")

    def __init__(self, file: OpenFile, octets: int) -> None:
        self._file = file  # which stays open by that
        self._at = 0
        self._end = octets

    def __len__(self) -> int:
        return self._end - self._at

    def send(self, connection: socket) -> None:
        """Send as many as the kernel takes. Raises OSError, BlockingIOError if it takes none."""
        most = min(_MOST, len(self))
        self._go_on(os.sendfile(connection.fileno(), self._file.fileno(), self._at, most))

    def read(self, most: int) -> bytes:
        """Read the next octets, to be sent in another way. Raises OSError."""
        piece = os.pread(self._file.fileno(), min(most, len(self)), self._at)
        self._go_on(len(piece))
        return piece

    def _go_on(self, octets: int) -> None:
        if not octets:
            raise OSError("a file that nobody changes is shorter than it was")
        self._at += octets
