"""Caches of the process: small messages that were read, and octets of messages counted."""

import os
from collections.abc import Callable
from hashlib import sha256
from threading import Lock
from typing import NamedTuple

from pop3lab.core.text import MessageText
from pop3lab.stores.file_identity import FileIdentity

_OCTETS = 67_108_864  # of memory, for the messages that this process keeps
_EACH = 600  # octets of memory that a message takes besides its text


class CachedMessage(NamedTuple):
    """The text of a message as RETR sends it, and its SHA-256."""

    text: MessageText
    digest: bytes


_Key = tuple[object, FileIdentity]  # the cache that it belongs to, and its file


class SharedCache:
    """A bounded cache of messages, shared by all stores and threads of a process.

    The oldest messages are dropped first.
    """

    def __init__(self, octets: int = _OCTETS) -> None:
        self._most = octets
        self._octets = 0
        self._texts: dict[_Key, CachedMessage] = {}
        self._lock = Lock()

    @property
    def octets(self) -> int:
        """How many octets are in use."""
        return self._octets

    def get(self, key: _Key) -> CachedMessage | None:
        """Return the message, if it is still kept."""
        return self._texts.get(key)

    def put(self, key: _Key, whole: CachedMessage) -> None:
        """Store a message, in place of what had the key."""
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
    """Count a message, and its stuffed form if that differs."""
    copies = 2 if text.octets[:1] == b"." or b"\n." in text.octets else 1
    return len(text.octets) * copies + _EACH


_SHARED_CACHE = SharedCache()


class MessageCache:
    """The cached messages of one store, by the files that they were read from."""

    def __init__(self, cache: SharedCache = _SHARED_CACHE) -> None:
        self._cache = cache
        self._owner = object()

    def get(self, file: FileIdentity) -> CachedMessage | None:
        """Return what was read from this very file, if it is still kept."""
        return self._cache.get((self._owner, file))

    def put(self, file: FileIdentity, text: MessageText) -> CachedMessage:
        """Store a message, and return it."""
        whole = CachedMessage(text, sha256(text.octets).digest())
        if file.ctime_ns:  # else it could be taken for another text some day
            self._cache.put((self._owner, file), whole)
        return whole


# Octets that RETR sends of files, as counted once for all stores.

_MOST = 131_072  # counts, of some 200 octets of memory each

_CountKey = tuple[int, ...]


class OctetCounts:
    """Counts by device, inode, size and times of a file. The oldest are dropped first."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._counts: dict[_CountKey, int] = {}
        self._lock = Lock()

    def get(self, directory: int, file: FileIdentity, count: Callable[[], int]) -> int:
        """Return the count of a file, by `count` if it is not known; what that raises is not kept.

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


OCTET_COUNTS = OctetCounts()  # shared by the process
