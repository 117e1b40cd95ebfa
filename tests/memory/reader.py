"""A client that sends as fast as it can, reads when it is told to, and compares all it reads."""

import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from .footprint import MEBIBYTE

SECONDS = 20  # for anything that must come at all
QUIET = 0.5  # after so many seconds without progress a side has stopped


class Reader:
    """Its side of the kernel's buffers is small, so that the server soon feels that it stops."""

    def __init__(self, port: int) -> None:
        self._socket = socket.socket()
        self._socket.settimeout(SECONDS)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, MEBIBYTE)
        self._socket.connect(("127.0.0.1", port))
        self._file = self._socket.makefile("rb")
        self._buffer = memoryview(bytearray(MEBIBYTE))
        assert self.line().startswith(b"+OK")

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def send(self, octets: bytes) -> None:
        self._socket.sendall(octets)

    def line(self) -> bytes:
        return self._file.readline()

    def whole(self, command: str) -> bytes:
        """All octets of a message, from the status line to the terminator."""
        lines = [self.ask(command)]
        while lines[-1] != b".\r\n":
            lines.append(self.line())
        return b"".join(lines)

    def ask(self, command: str) -> bytes:
        self.send(command.encode("ascii") + b"\r\n")
        return self.line()

    def log_in(self) -> None:
        self.ask("USER user")
        assert self.ask("PASS password").startswith(b"+OK")

    def expect(self, chunks: Iterable[bytes]) -> int:
        """Read exactly these octets; how many they were."""
        octets = 0
        for chunk in chunks:
            for at in range(0, len(chunk), MEBIBYTE):
                self._expect(chunk[at : at + MEBIBYTE])
            octets += len(chunk)
        return octets

    def _expect(self, wanted: bytes) -> None:
        got = self._buffer[: len(wanted)]
        at = 0
        while at < len(got):
            count = self._file.readinto(got[at:])
            assert count, "the connection was closed"
            at += count
        assert got == wanted, f"{bytes(got)[:200]!r} for {wanted[:200]!r}"

    def send_until_refused(self, octets: bytes) -> int:
        """Send until the server takes no more for a while; how many octets it has taken."""
        sent = 0
        last = time.monotonic()
        self._socket.setblocking(False)
        while sent < len(octets) and time.monotonic() < last + QUIET:
            try:
                sent += self._socket.send(octets[sent : sent + MEBIBYTE])
                last = time.monotonic()
            except BlockingIOError:
                time.sleep(0.01)
        self._socket.settimeout(SECONDS)
        return sent


@contextmanager
def reading(port: int) -> Iterator[Reader]:
    reader = Reader(port)
    try:
        yield reader
    finally:
        reader.close()
