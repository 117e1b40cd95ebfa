"""Small messages that were read once, kept in memory for the next time."""

import os
from collections.abc import Callable
from hashlib import sha256
from threading import Lock
from typing import NamedTuple

from pop3lab.core.text import MessageText
from pop3lab.stores.file_identity import FileIdentity

_OCTETS = 67_108_864  # of memory, for all that this process keeps
_EACH = 600  # octets of memory that a message takes besides its text


class CachedMessage(NamedTuple):
    """The text of a message as RETR sends it, and its SHA-256."""

    text: MessageText
    digest: bytes


_Key = tuple[object, FileIdentity]  # whose it is, and from which file


class SharedCache:
    """So many octets of memory, which all stores of a process share, whatever their threads.

    The oldest texts go when there are too many octets.
    """

    def __init__(self, octets: int = _OCTETS) -> None:
        self._most = octets
        self._octets = 0
        self._texts: dict[_Key, CachedMessage] = {}
        self._lock = Lock()

    @property
    def octets(self) -> int:
        """How many are taken."""
        return self._octets

    def get(self, key: _Key) -> CachedMessage | None:
        """What is still kept."""
        return self._texts.get(key)

    def keep(self, key: _Key, whole: CachedMessage) -> None:
        """Put it there, in place of what had the key."""
        with self._lock:
            self._drop(key)
            self._texts[key] = whole
            self._octets += _octets(whole.text)
            while self._octets > self._most:
                self._drop(next(iter(self._texts)))

    def _drop(self, key: _Key) -> None:
        if whole := self._texts.pop(key, None):
            self._octets -= _octets(whole.text)


def _octets(text: MessageText) -> int:
    """With those of its stuffed form, where that is another."""
    copies = 2 if text.octets[:1] == b"." or b"\n." in text.octets else 1
    return len(text.octets) * copies + _EACH


_SHARED_CACHE = SharedCache()


class MessageCache:
    """The texts of one store, by the files that they were read from."""

    def __init__(self, cache: SharedCache = _SHARED_CACHE) -> None:
        self._cache = cache
        self._whose = object()

    def get(self, file: FileIdentity) -> CachedMessage | None:
        """What was read from this very file, if it is still kept."""
        return self._cache.get((self._whose, file))

    def keep(self, file: FileIdentity, text: MessageText) -> CachedMessage:
        """Keep it, and give it back."""
        whole = CachedMessage(text, sha256(text.octets).digest())
        if file.ctime_ns:  # else it could be taken for another text some day
            self._cache.keep((self._whose, file), whole)
        return whole


# How many octets RETR sends of files that were counted before, whoever counted them.

_MOST = 131_072  # counts that are kept, of some 200 octets each

_CountKey = tuple[int, ...]


class OctetCounts:
    """By the identity of a file: device, number, size and times. The oldest go first."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._counts: dict[_CountKey, int] = {}
        self._lock = Lock()

    def get(self, directory: int, file: FileIdentity, count: Callable[[], int]) -> int:
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


OCTET_COUNTS = OctetCounts()  # of the process
