"""The unique-ids that a client was shown, by number."""

from pop3lab.core.maildrop import Snapshot
from pop3lab.watch.violations.said import Done, is_number


class Shown:
    """Of one session. snapshot: as the store has it; None before the login.

    What is shown as it is stored, as nearly always, costs nothing.
    """

    def __init__(self) -> None:
        self.snapshot: Snapshot | None = None
        self._as_stored = False
        self._others: dict[int, str] = {}

    def learn(self, done: Done) -> None:
        """Of a line that was answered as it should be."""
        if done.said.verb != "UIDL" or not done.ok:
            return
        if done.said.words:
            self._learn(_pair(done.answer.text))
        elif (lines := done.answer.lines) is not None:
            whole = self._whole(lines)
            for line in () if whole else lines:
                self._learn(_pair(line))
            self._as_stored = self._as_stored or whole

    def uid(self, number: int) -> str:
        """What UIDL said of this message; empty if it was not asked, or can't be read."""
        return self._others.get(number) or (self._stored(number) if self._as_stored else "")

    def _stored(self, number: int) -> str:
        entries = self.snapshot.entries if self.snapshot else ()
        return entries[number - 1].uid if 1 <= number <= len(entries) else ""

    def _whole(self, lines: tuple[str, ...]) -> bool:
        """Whether this is the list of the store, and all of it."""
        entries = self.snapshot.entries if self.snapshot else ()
        return len(lines) == len(entries) and all(
            line == f"{number} {entry.uid}"
            for number, (line, entry) in enumerate(zip(lines, entries, strict=True), 1)
        )

    def _learn(self, pair: tuple[int, str] | None) -> None:
        if pair and not (self._as_stored and self._stored(pair[0]) == pair[1]):
            self._others[pair[0]] = pair[1]


def _pair(line: str) -> tuple[int, str] | None:
    """A number and a unique-id, with whatever a server may put around them."""
    words = line.split()
    if len(words) < 2 or not is_number(words[0]):
        return None
    return int(words[0]), words[1]
