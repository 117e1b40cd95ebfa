"""Long messages as RETR sends them, in files without a name in memory, from which the kernel sends.

No other program can change such a file while octets of it are on their way. Only Linux has them.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Lock
from weakref import WeakSet

from pop3lab.files.reading import MIB

_LEAST = MIB  # octets of a message: each takes a descriptor
_MOST = 32 * MIB
_MOST_OF_ALL = 128 * MIB  # octets of all: those on their way to slow clients are in no cache
_LAST = 1024  # octets that are sent with the terminator, as OutputBuffer has it
_READ = 65_536
_SHARE = 4  # of the descriptors that the process may have, the first quarter


def is_worth_a_file(octets: int) -> bool:
    """Tell whether a message of so many octets is kept so."""
    return _LEAST <= octets <= _MOST


if sys.platform == "linux":
    import resource

    def _new() -> int:
        """Create such a file. Raises OSError, also if descriptors are few."""
        if not hasattr(os, "memfd_create"):
            raise OSError("this Python was built for systems that lack it")
        descriptor = os.memfd_create("pop3lab")
        most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if descriptor < most // _SHARE:
            return descriptor
        os.close(descriptor)
        raise OSError

else:

    def _new() -> int:
        raise OSError


class MemoryFile:
    """A text, stuffed. octets: of the file, without the last octets of the text.

    promised: how many it will have, about.
    """

    def __init__(self, descriptor: int, promised: int) -> None:
        self._descriptor = descriptor
        self.promised = promised
        self.octets = 0
        self.last = b""

    def append(self, chunk: bytes) -> None:
        """Write it behind what is there. Raises OSError."""
        if os.write(self._descriptor, chunk) < len(chunk):
            raise OSError
        self.octets += len(chunk)

    def complete(self) -> None:
        """No more will be written."""
        self.octets = max(0, self.octets - _LAST)
        self.last = os.pread(self._descriptor, _LAST, self.octets)

    def fileno(self) -> int:
        """Its descriptor."""
        return self._descriptor

    def __iter__(self) -> Iterator[bytes]:
        """Read it, then the last octets."""
        at = 0
        while at < self.octets:
            piece = os.pread(self._descriptor, min(_READ, self.octets - at), at)
            at += len(piece)
            yield piece
        yield self.last

    def __del__(self) -> None:
        """Who sends it has a reference."""
        os.close(self._descriptor)


class _LiveFiles:
    """All such files of the process, as long as somebody has them."""

    def __init__(self) -> None:
        self._files: WeakSet[MemoryFile] = WeakSet()
        self._lock = Lock()

    def create(self, octets: int) -> MemoryFile:
        """Create one that will have so many, about. Raises OSError, also if all take too much."""
        with self._lock:
            if octets + sum(file.promised for file in self._files) > _MOST_OF_ALL:
                raise OSError
            file = MemoryFile(_new(), octets)
            self._files.add(file)
            return file


_LIVE = _LiveFiles()


def copying(
    chunks: Iterator[bytes], octets: int, done: Callable[[MemoryFile], None]
) -> Iterator[bytes]:
    """Pass chunks on; after the last, call `done` with a file of them, if there could be one.

    octets: of them, about.
    """
    file: MemoryFile | None = None
    with suppress(OSError):
        file = _LIVE.create(octets)
    for chunk in chunks:
        try:
            if file:
                file.append(chunk)
        except OSError:  # memory is short
            file = None
        yield chunk
    if file:
        file.complete()
        done(file)
