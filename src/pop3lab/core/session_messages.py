"""The messages of one session: numbers, deletion marks, and what has been done with them."""

from functools import cached_property

from pop3lab.core.errors import NoSuchMessage
from pop3lab.core.events import MailCounts
from pop3lab.core.listing_lines import NumberedLines
from pop3lab.core.maildrop import Entry, Snapshot
from pop3lab.core.text import MessageText


class SessionMessages:
    """A session's messages: numbers 1..n and deletion marks are resolved here and nowhere else."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._marked: dict[int, Entry] = {}
        self._marked_octets = 0
        self.not_sent: set[int] = set()  # numbers of those that RETR was refused
        self.deleted = 0  # how many are gone since QUIT
        self.octets_sent: dict[str, int] = {}  # of the bodies of replies, by verb

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

    def is_as_at_login(self, number: int | None) -> bool:
        """Whether a message is neither marked nor was refused; 0 for all, None for no message."""
        if number is None:
            return True
        if number:
            return number not in self._marked and number not in self.not_sent
        return not self._marked

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
        count = self.count
        return f"{count} message{'' if count == 1 else 's'} ({self.octets} octets)"

    @cached_property
    def _sizes(self) -> NumberedLines:
        snapshot = self._snapshot
        return NumberedLines(lambda: snapshot.sizes)

    @cached_property
    def _uids(self) -> NumberedLines:
        snapshot = self._snapshot
        return NumberedLines(lambda: snapshot.uids)

    @property
    def sizes(self) -> MessageText:
        """The lines of LIST."""
        return self._sizes.without(self._marked)

    @property
    def uids(self) -> MessageText:
        """The lines of UIDL."""
        return self._uids.without(self._marked)

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

    def count_sent(self, verb: str, octets: int) -> None:
        """Count octets of the body of a reply."""
        self.octets_sent[verb] = self.octets_sent.get(verb, 0) + octets

    @property
    def counts(self) -> MailCounts:
        """What the session has done so far."""
        sent, there = self.octets_sent.get, self._snapshot
        texts = sent("TOP", 0), sent("RETR", 0)
        return MailCounts(*texts, self.deleted, len(there.entries), there.octets)

    @property
    def marked_uids(self) -> list[str]:
        """The unique-ids of the messages marked as deleted."""
        return [entry.uid for entry in self._marked.values()] if self._marked else []
