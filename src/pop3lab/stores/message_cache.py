"""Caches of the process: small messages that were read, and octets of messages counted."""

import os
from collections.abc import Callable
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from pop3lab.core.text import DottedLines, MessageText
from pop3lab.stores.stuffed_file import MemoryFile

if TYPE_CHECKING:  # Windows has no such files
    from pop3lab.stores.file_identity import FileIdentity

_OCTETS = 67_108_864  # of memory, for the messages that this process keeps
_EACH = 600  # octets of memory that a message takes besides its text


class CachedMessage(NamedTuple):
    """The text of a message as RETR sends it, and its SHA-256."""

    text: MessageText
    digest: bytes


class LongMessage(NamedTuple):
    """What is known of a message that is too long to be kept: its SHA-256, and where dots are.

    stuffed_file: it is kept all the same, by the kernel.
    """

    digest: bytes
    dotted: DottedLines
    stuffed_file: MemoryFile | None = None


class GeneratedText(NamedTuple):
    """The text of a message that is made, not read."""

    text: MessageText


_Message = CachedMessage | LongMessage | GeneratedText
_Key: TypeAlias = "tuple[object, FileIdentity | bytes]"  # the cache it is of, and its file or name


class SharedCache:
    """A bounded cache of messages, shared by all stores and threads of a process.

    The oldest messages are dropped first.
    """

    def __init__(self, octets: int = _OCTETS) -> None:
        self._most = octets
        self._octets = 0
        self._texts: dict[_Key, _Message] = {}
        self._lock = Lock()

    @property
    def octets(self) -> int:
        """How many octets are in use."""
        return self._octets

    def get(self, key: _Key) -> _Message | None:
        """Return the message, if it is still kept."""
        return self._texts.get(key)

    def put(self, key: _Key, whole: _Message) -> None:
        """Store a message, in place of what had the key."""
        with self._lock:
            self._drop(key)
            self._texts[key] = whole
            self._octets += _octets(whole)
            while self._octets > self._most:
                self._drop(next(iter(self._texts)))

    def _drop(self, key: _Key) -> None:
        if whole := self._texts.pop(key, None):
            self._octets -= _octets(whole)


def _octets(message: _Message) -> int:
    """Count a message, and its stuffed form if that differs."""
    if isinstance(message, LongMessage):
        kept = message.stuffed_file
        return message.dotted.octets + (kept.octets if kept else 0) + _EACH
    octets = message.text.octets
    dots = octets.count(b"\n.") + octets.startswith(b".")
    return len(octets) * (2 if dots else 1) + dots + _EACH


_SHARED_CACHE = SharedCache()


class MessageCache:
    """The cached messages of one store, by the files that they were read from."""

    def __init__(self, cache: SharedCache = _SHARED_CACHE) -> None:
        self._cache = cache
        self._owner = object()

    def get(self, file: "FileIdentity") -> CachedMessage | None:
        """Return what was read from this very file, if it is still kept."""
        message = self._cache.get((self._owner, file))
        return message if isinstance(message, CachedMessage) else None

    def put(self, file: "FileIdentity", text: MessageText) -> CachedMessage:
        """Store a message, and return it."""
        whole = CachedMessage(text, sha256(text.octets).digest())
        if file.ctime_ns:  # else it could be taken for another text some day
            self._cache.put((self._owner, file), whole)
        return whole

    def get_long(self, file: "FileIdentity") -> LongMessage | None:
        """Return what is known of this very file, which is too long to be kept."""
        message = self._cache.get((self._owner, file))
        return message if isinstance(message, LongMessage) else None

    def put_long(self, file: "FileIdentity", message: LongMessage) -> None:
        """Store what is known of a file."""
        if file.ctime_ns:
            self._cache.put((self._owner, file), message)


class GeneratedCache:
    """The cached messages of one store that makes them, by what they are made of."""

    def __init__(self, cache: SharedCache = _SHARED_CACHE) -> None:
        self._cache = cache
        self._owner = object()

    def get(self, name: bytes, make: Callable[[], bytes]) -> MessageText:
        """Return the text, by `make` if it is not kept."""
        key = self._owner, name
        message = self._cache.get(key)
        if isinstance(message, GeneratedText):
            return message.text
        text = MessageText(make())
        self._cache.put(key, GeneratedText(text))
        return text


# Octets that RETR sends of files, as counted once for all stores.

_MOST = 131_072  # counts, of some 200 octets of memory each

_CountKey = tuple[int, ...]


class OctetCounts:
    """Counts by device, inode, size and times of a file. The oldest are dropped first."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._counts: dict[_CountKey, int] = {}
        self._lock = Lock()

    def get(self, directory: int, file: "FileIdentity", count: Callable[[], int]) -> int:
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
