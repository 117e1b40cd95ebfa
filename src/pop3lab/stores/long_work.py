"""Long work in a thread, beside an event loop that must go on answering.

Python has one lock for all threads. Work that releases it only while the system reads takes it back
before the loop's thread, which that wakes, can have it. So long work releases the lock explicitly.
A full garbage collection holds the lock longer the more objects there are. It is put off while very
many new objects, which are no garbage, are being made.
"""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, local

from pop3lab.core.maildrop import check_wanted

_INTERVAL = 0.001  # seconds of work between two releases of the lock
_NEVER = 1_000_000_000  # collections of the younger objects until the next full one
_LONGEST = 10.0  # seconds, after which full collections are allowed again


def checkpoint() -> None:
    """Let other threads run. Call it after each millisecond of work or less. Raises NotWanted."""
    check_wanted()
    if time.monotonic() > _release.due:
        time.sleep(0)
        _release.due = time.monotonic() + _INTERVAL


class _Release(local):
    """When this thread is to release the lock next."""

    due = 0.0


_release = _Release()


class _Collections:
    """Puts full collections off while there is long work, within limits."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._at_work = 0
        self._began = 0.0
        self._usual: tuple[int, int, int] | None = None  # while they are put off

    def begin(self) -> None:
        with self._lock:
            self._at_work += 1
            if self._at_work == 1:
                self._began = time.monotonic()
                self._usual = gc.get_threshold()
                gc.set_threshold(*self._usual[:2], _NEVER)

    def end(self) -> None:
        with self._lock:
            self._at_work -= 1
            if self._at_work == 0 or time.monotonic() - self._began > _LONGEST:
                self._resume()

    def _resume(self) -> None:
        if self._usual:
            gc.set_threshold(*self._usual)
            self._usual = None


_collections = _Collections()


@contextmanager
def without_full_collections() -> Iterator[None]:
    """Put full garbage collections off; those of younger objects, which are short, go on."""
    _collections.begin()
    try:
        yield
    finally:
        _collections.end()


def exempt_from_collections() -> None:
    """Have later garbage collections pass over all objects that there are now.

    Each full one would hold the lock for about a millisecond per thousand messages. The objects are
    freed as usual when nothing refers to them; only those that refer to each other stay.
    """
    gc.freeze()
