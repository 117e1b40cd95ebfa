"""A session's view of its maildrop."""

from collections.abc import Iterator

from pop3lab.core.errors import NoSuchMessage
from pop3lab.core.maildrop import Entry, Numbered, Snapshot, size_lines, uid_lines
from pop3lab.core.text import Text


class Messages:
    """A session's messages: numbers 1..n and deletion marks are resolved here and nowhere else."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._marked: dict[int, Entry] = {}
        self._marked_octets = 0
        self.not_sent: set[int] = set()  # numbers of those that RETR was refused

    def entry(self, number: int) -> Entry:
        """The message of this number. Raises NoSuchMessage, also for one marked as deleted."""
        entry = self._any(number)
        if number in self._marked:
            raise NoSuchMessage(f"message {number} is deleted")
        return entry

    def _any(self, number: int) -> Entry:
        entries = self._snapshot.entries
        if not 1 <= number <= len(entries):
            raise NoSuchMessage(f"no such message, there are {len(entries)}")
        return entries[number - 1]

    @property
    def count(self) -> int:
        """How many are not marked."""
        return len(self._snapshot.entries) - len(self._marked)

    @property
    def octets(self) -> int:
        """The sum of the sizes of those not marked."""
        return self._snapshot.octets - self._marked_octets

    @property
    def summary(self) -> str:
        """Both, in words."""
        return f"{self.count} message{'' if self.count == 1 else 's'} ({self.octets} octets)"

    @property
    def sizes(self) -> Text:
        """The lines of LIST."""
        return size_lines(self._live()) if self._marked else self._snapshot.sizes

    @property
    def uids(self) -> Text:
        """The lines of UIDL."""
        return uid_lines(self._live()) if self._marked else self._snapshot.uids

    def _live(self) -> Iterator[Numbered]:
        for number, entry in enumerate(self._snapshot.entries, 1):
            if number not in self._marked:
                yield number, entry

    def mark(self, number: int) -> None:
        """Mark as deleted. Raises NoSuchMessage."""
        entry = self._marked[number] = self.entry(number)
        self._marked_octets += entry.octets

    def unmark(self, number: int) -> None:
        """Take the mark from one message, if it has one. Raises NoSuchMessage."""
        entry = self._any(number)
        if self._marked.pop(number, None):
            self._marked_octets -= entry.octets

    def unmark_all(self) -> None:
        """Take all marks away (RFC 1939 section 5, RSET)."""
        self._marked.clear()
        self._marked_octets = 0

    @property
    def marked_uids(self) -> list[str]:
        """The unique-ids of the messages marked as deleted."""
        return [entry.uid for entry in self._marked.values()]
