"""Unique-ids of messages in an mbox file, where nothing but their octets tells them apart."""

from collections import defaultdict
from collections.abc import Collection, Iterable

_MOST = 100_000  # messages that are gone and remembered


class Occurrences:
    """Numbers the copies of a message, and never gives a number again.

    The key is a digest of the message with its From_ line, so that two that were delivered at
    different seconds differ anyway. For real copies this remembers, as long as the process lives,
    which of them are left; a new process numbers those that it finds from 1.
    """

    def __init__(self) -> None:
        self._alive: dict[str, list[int]] = {}
        self._used: dict[str, int] = {}

    def uids(self, keys: Iterable[str]) -> list[str]:
        """A unique-id for each message of the file, in its order."""
        seen: defaultdict[str, list[int]] = defaultdict(list)
        uids = []
        for key in keys:
            number = self._number(key, len(seen[key]))
            seen[key].append(number)
            uids.append(f"{key}.{number}" if number > 1 else key)
        self._alive = seen
        return uids

    def _number(self, key: str, earlier: int) -> int:
        alive = self._alive.get(key, ())
        if earlier < len(alive):
            return alive[earlier]
        self._used[key] = self._used.get(key, 0) + 1
        return self._used[key]

    def gone(self, uids: Collection[str]) -> None:
        """These messages have been removed."""
        for uid in uids:
            key, _, number = uid.partition(".")
            self._alive[key].remove(int(number or 1))
        for key in list(self._used) if len(self._used) > len(self._alive) + _MOST else ():
            if not self._alive.get(key):
                del self._used[key]
