"""Counters by name that expire, in memory that forked processes share."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from hashlib import blake2b
from math import inf
from mmap import mmap
from struct import Struct
from weakref import finalize

_SLOT = Struct("<16sdQ")  # digest of the name, time of the last note, count: 0 in a free slot
_FREE = bytes(16)
_SLOTS = 16  # slots that a name may be in


class SharedCounters:
    """Counts how often each name was noted, until some seconds after the last time.

    Forked processes share the counters. Memory is bounded: a name that finds no free slot takes
    that of the name noted longest ago. Nobody outside can find out which names share slots.
    """

    def __init__(
        self,
        seconds: float,
        clock: Callable[[], float],
        most: int,
        lock: AbstractContextManager[None] | None = None,
    ) -> None:
        """clock: seconds, never going back, the same in all processes. most: names, about.

        lock: what excludes the other processes, if there are any.
        """
        self._seconds = seconds
        self._clock = clock
        self._lock = lock or nullcontext()
        self._slots = min(_SLOTS, most)
        self._rows = most // self._slots
        self._memory = mmap(-1, self._rows * self._slots * _SLOT.size)  # zeroes; taken when written
        self._key = os.urandom(16)

    def __len__(self) -> int:
        with self._lock:
            now = self._clock()
            slots = _SLOT.iter_unpack(self._memory)
            return sum(self._counts(last, count, now) for _, last, count in slots)

    def count(self, name: str) -> int:
        """Return how often a name was noted; 0 if that has expired."""
        with self._lock:
            return self._find(name)[1]

    def note(self, name: str) -> int:
        """Count a name once more. Return its count."""
        with self._lock:
            return self._write(name, self._find(name)[1] + 1)

    def note_first(self, name: str) -> bool:
        """Note a name unless it is counted already. Return whether it was noted."""
        with self._lock:
            if self._find(name)[1]:
                return False
            self._write(name, 1)
            return True

    def forget(self, name: str) -> None:
        """Drop the count of a name."""
        with self._lock:
            place, count = self._find(name)
            if count:
                _SLOT.pack_into(self._memory, place, _FREE, 0.0, 0)

    def _find(self, name: str) -> tuple[int, int]:
        """Return the slot of a name, or the one that it is to take; and its count."""
        digest, now = self._digest(name), self._clock()
        begin = int.from_bytes(digest[:8]) % self._rows * self._slots * _SLOT.size
        others: list[tuple[float, int, int]] = []  # when noted last, how often, and where
        for slot in range(begin, begin + self._slots * _SLOT.size, _SLOT.size):
            whose, last, count = _SLOT.unpack_from(self._memory, slot)
            counts = self._counts(last, count, now)
            if counts and whose == digest:
                return slot, count
            others.append((last if counts else -inf, count, slot))
        return min(others)[2], 0

    def _write(self, name: str, count: int) -> int:
        _SLOT.pack_into(self._memory, self._find(name)[0], self._digest(name), self._clock(), count)
        return count

    def _counts(self, last: float, count: int, now: float) -> bool:
        return bool(count) and now - last < self._seconds

    def _digest(self, name: str) -> bytes:
        octets = name.encode("utf-8", "surrogatepass")
        return blake2b(octets, digest_size=len(_FREE), key=self._key).digest()


class ProcessLock(AbstractContextManager[None]):
    """A lock among the processes forked from this one. A process that dies releases it.

    It does not exclude threads of one process from each other.
    """

    def __init__(self) -> None:
        """Raises OSError."""
        import fcntl  # not on every system
        from tempfile import TemporaryFile

        with TemporaryFile() as file:
            self._descriptor = os.dup(file.fileno())
        finalize(self, os.close, self._descriptor)
        self._lock = fcntl.lockf
        self._exclusive, self._unlock = fcntl.LOCK_EX, fcntl.LOCK_UN

    def __enter__(self) -> None:
        self._lock(self._descriptor, self._exclusive)

    def __exit__(self, *_: object) -> None:
        self._lock(self._descriptor, self._unlock)
