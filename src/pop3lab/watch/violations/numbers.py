"""What a client knows of the numbers of its messages, and what they stand for."""

from pop3lab.core.commands import INFORMING
from pop3lab.core.maildrop import Snapshot
from pop3lab.watch.violations.said import Done, is_number


class Numbers:
    """Of one session. known: the highest number that it was told; None before that.

    asked: a question for numbers was granted, whatever the answer was.
    """

    def __init__(self) -> None:
        self.known: int | None = None
        self.asked = False
        self.marked: set[int] = set()
        self.snapshot: Snapshot | None = None
        self._shifted = False  # a number is not the message that the store has there

    def uid(self, number: int) -> str:
        """The unique-id of the message; empty if what the client is shown is something else."""
        stored = self.snapshot.entries if self.snapshot else ()
        other = self._shifted or self.known not in (None, len(stored))
        return "" if other or not 1 <= number <= len(stored) else stored[number - 1].uid

    def is_beyond(self, number: int) -> bool:
        """Whether it is more than there are messages, and the client is shown what there is."""
        if self.snapshot is None or self._shifted:
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
            case "LIST" | "UIDL" if done.ok and done.answer.lines is not None:
                self._listed(done.answer.lines)
            case "RSET" if done.ok:
                self.marked.clear()
            case "DELE" if done.ok and done.said.number is not None:
                self.marked.add(done.said.number)

    def note_read(self, number: int, uid: str) -> None:
        """For this number, that message was read."""
        self._shifted = self._shifted or self.uid(number) not in ("", uid)

    def _listed(self, lines: tuple[str, ...]) -> None:
        numbers = [line.split(" ")[0] for line in lines]
        if all(is_number(number) for number in numbers):
            self._know(max(map(int, numbers), default=0))

    def _know(self, number: int) -> None:
        self.known = max(number, self.known or 0, *self.marked)
