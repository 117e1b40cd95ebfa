"""What a client knows of the numbers of its messages, and what they stand for."""

from collections.abc import Sequence

from pop3lab.core.commands import INFORMING
from pop3lab.core.maildrop import Entry, Snapshot
from pop3lab.watch.violations.said import Done, is_number


class Numbers:
    """Of one session. known: the highest number that it was told; None before that.

    asked: a question for numbers was granted, whatever the answer was. shifted: a number is not
    the message that the store has there.
    """

    def __init__(self) -> None:
        self.known: int | None = None
        self.asked = False
        self.marked: set[int] = set()
        self.snapshot: Snapshot | None = None
        self.shifted = False

    def uid(self, number: int) -> str:
        """The unique-id of the message; empty if what the client is shown is something else."""
        stored = self.snapshot.entries if self.snapshot else ()
        other = self.shifted or self.known not in (None, len(stored))
        return "" if other or not 1 <= number <= len(stored) else stored[number - 1].uid

    def is_beyond(self, number: int) -> bool:
        """Whether it is more than there are messages, and the client is shown what there is."""
        if self.snapshot is None or self.shifted:
            return False
        return number > len(self.snapshot.entries)

    def learn(self, done: Done) -> None:
        """Of a line that was answered as it should be."""
        self.asked = self.asked or (done.ok and done.said.verb in INFORMING)
        match done.said.verb:
            case "STAT" if done.ok:
                count, _, _ = done.answer.text.partition(" ")
                if is_number(count):
                    self._know(int(count) + len(self.marked))
            case "UIDL" if done.ok:
                self._note_uids(done.answer.lines or (done.answer.text,))
                if done.answer.lines is not None:
                    self._listed(done.answer.lines)
            case "LIST" if done.ok and done.answer.lines is not None:
                self._listed(done.answer.lines)
            case "RSET" if done.ok:
                self.marked.clear()
            case "DELE" if done.ok and done.said.number is not None:
                self.marked.add(done.said.number)

    def note_read(self, number: int, uid: str) -> None:
        """For this number, that message was read."""
        self.shifted = self.shifted or self.uid(number) not in ("", uid)

    def _note_uids(self, lines: Sequence[str]) -> None:
        """Where the client is shown one message's unique-id at the number of another."""
        stored = self.snapshot.entries if self.snapshot else ()
        if len(lines) == len(stored) and all(map(_ends_in, lines, stored)):
            return  # as it mostly is, and soon seen
        others = [line for line in lines if not _is_stored(line, stored)]
        if others and not self.shifted:
            known = {entry.uid for entry in stored}
            self.shifted = any(line.partition(" ")[2] in known for line in others)

    def _listed(self, lines: tuple[str, ...]) -> None:
        numbers = [line.split(" ")[0] for line in lines]
        if all(is_number(number) for number in numbers):
            self._know(max(map(int, numbers), default=0))

    def _know(self, number: int) -> None:
        self.known = max(number, self.known or 0, *self.marked)


def _ends_in(line: str, entry: Entry) -> bool:
    return line.endswith(entry.uid)


def _is_stored(line: str, stored: Sequence[Entry]) -> bool:
    """Whether a line of UIDL has what the store has."""
    number, _, uid = line.partition(" ")
    at = int(number) if is_number(number) else 0
    return 0 < at <= len(stored) and stored[at - 1].uid == uid
