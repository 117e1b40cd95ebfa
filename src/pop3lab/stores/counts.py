"""How many octets RETR sends of files that were counted before, whoever counted them."""

import os
from collections.abc import Callable
from threading import Lock

from pop3lab.stores.regular import Regular

_MOST = 131_072  # counts that are kept, of some 200 octets each

_Key = tuple[int, ...]


class Counts:
    """By the identity of a file: device, number, size and times. The oldest go first."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._counts: dict[_Key, int] = {}
        self._lock = Lock()

    def of(self, directory: int, file: Regular, count: Callable[[], int]) -> int:
        """As it was counted, or as it is counted now; what count raises is not kept.

        directory: a descriptor of a folder on the file's device.
        """
        key = os.fstat(directory).st_dev, *file[1:]
        known = self._counts.get(key)
        if known is not None:
            return known
        octets = count()
        with self._lock:
            self._counts[key] = octets
            if len(self._counts) > self._most:
                del self._counts[next(iter(self._counts))]
        return octets


COUNTS = Counts()  # of the process
