"""Long work in a thread, beside a loop that has others to answer.

Python has one lock for all threads. Work that lets it go only while the system reads takes it back
before the loop's thread, which is woken by that, can have it: so it gives the lock away in earnest.
A full collection of garbage holds it for as long as there are objects: with very many new ones in
hand, which are no garbage, it waits.
"""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, local

from pop3lab.core.maildrop import check_wanted

_BREATH = 0.001  # seconds of work between two
_NEVER = 1_000_000_000  # collections of the younger objects until the next full one
_LONGEST = 10.0  # seconds, after which there may be full collections, be there work or not


def checkpoint() -> None:
    """To be called after each piece of work of a millisecond or less. Raises NotWanted."""
    check_wanted()
    if time.monotonic() > _breath.due:
        time.sleep(0)
        _breath.due = time.monotonic() + _BREATH


class _Breath(local):
    """The next one of this thread."""

    due = 0.0


_breath = _Breath()


class _Collecting:
    """Full collections, which wait while there is work, but not for ever."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._at_work = 0
        self._began = 0.0
        self._usual: tuple[int, int, int] | None = None  # while they wait

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


_collecting = _Collecting()


@contextmanager
def without_full_collections() -> Iterator[None]:
    """Those of younger objects, which are short, go on."""
    _collecting.begin()
    try:
        yield
    finally:
        _collecting.end()
